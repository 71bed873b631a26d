/** The annotations with which a program steers the provider. */
import type { Properties } from "../../plugin/provider";
import { objectAt, textAt } from "./properties";

const PREFIX = "pulumi.com/";

export const AUTO_NAMED = `${PREFIX}autonamed`;
export const REPLACE_UNREADY = `${PREFIX}replaceUnready`;
const SKIP_AWAIT = `${PREFIX}skipAwait`;
const TIMEOUT_SECONDS = `${PREFIX}timeoutSeconds`;
const FIELD_MANAGER = `${PREFIX}patchFieldManager`;
const DELETION_PROPAGATION = `${PREFIX}deletionPropagationPolicy`;
const PATCH_FORCE = `${PREFIX}patchForce`;

const KNOWN: ReadonlySet<string> = new Set([
  AUTO_NAMED,
  REPLACE_UNREADY,
  SKIP_AWAIT,
  TIMEOUT_SECONDS,
  FIELD_MANAGER,
  DELETION_PROPAGATION,
  PATCH_FORCE,
]);

const DEFAULT_TIMEOUT_SECONDS = 600;

/** Annotations that would steer the official provider but not this one. */
export function unknownAnnotations(inputs: Properties): string[] {
  return Object.keys(annotationsOf(inputs)).filter((key) => {
    const orphans = key === DELETION_PROPAGATION && propagationText(inputs) === "orphan";
    return key.startsWith(PREFIX) && (orphans || !KNOWN.has(key));
  });
}

export function isAutoNamed(inputs: Properties): boolean {
  return annotationsOf(inputs)[AUTO_NAMED] === "true";
}

export function skipsAwait(inputs: Properties): boolean {
  return annotationsOf(inputs)[SKIP_AWAIT] === "true";
}

export function replacesUnready(inputs: Properties): boolean {
  return annotationsOf(inputs)[REPLACE_UNREADY] === "true";
}

/** Whether fields are taken over that another client has written. */
export function forcesPatch(inputs: Properties): boolean {
  return annotationsOf(inputs)[PATCH_FORCE] === "true";
}

/** @param customTimeout seconds from `customTimeouts`, 0 when there are none */
export function timeoutSeconds(customTimeout: number, inputs: Properties): number {
  const annotated = Number.parseInt(textAt(annotationsOf(inputs), TIMEOUT_SECONDS), 10);
  return customTimeout || (Number.isNaN(annotated) ? DEFAULT_TIMEOUT_SECONDS : annotated);
}

export function fieldManager(inputs: Properties): string | undefined {
  return textAt(annotationsOf(inputs), FIELD_MANAGER) || undefined;
}

export function propagation(inputs: Properties): "Foreground" | "Background" {
  return propagationText(inputs) === "background" ? "Background" : "Foreground";
}

function propagationText(inputs: Properties): string {
  return textAt(annotationsOf(inputs), DELETION_PROPAGATION).toLowerCase();
}

function annotationsOf(inputs: Properties): Properties {
  return objectAt(objectAt(inputs, "metadata"), "annotations");
}
