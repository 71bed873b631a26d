/** What of an object goes into the state, next to the inputs it was made of. */
import type { Properties } from "../../plugin/provider";
import type { KubeObject } from "../api/objects";
import { isObject } from "../../plugin/values";
import { revealed, textAt, withSecretsOf } from "./properties";

const INPUTS = "__inputs";
const INITIAL_API_VERSION = "__initialApiVersion";
const FIELD_MANAGER = "__fieldManager";

/**
 * @param inputs as stored in the cluster
 * @param marked the same as the engine sent them, for their marks of secrets
 */
export function checkpoint(
  inputs: Properties,
  live: KubeObject,
  marked: Properties,
  fieldManager: string,
  initialApiVersion = textAt(inputs, "apiVersion"),
): Properties {
  return {
    ...withSecretsOf(liveOf(live), marked),
    [INPUTS]: withSecretsOf(inputs, marked),
    [INITIAL_API_VERSION]: initialApiVersion,
    [FIELD_MANAGER]: fieldManager,
  };
}

/** An old checkpoint, without marks. */
export interface State {
  readonly inputs: Properties;
  readonly live: Properties;
  readonly fieldManager: string;
  readonly initialApiVersion: string | undefined;
}

export function stateOf(outputs: Properties): State {
  const {
    [INPUTS]: inputs = {},
    [INITIAL_API_VERSION]: initialApiVersion,
    [FIELD_MANAGER]: fieldManager,
    ...live
  } = revealed(outputs);
  return {
    inputs: isObject(inputs) ? inputs : {},
    live,
    fieldManager: typeof fieldManager === "string" ? fieldManager : "pulumi-kubernetes",
    initialApiVersion: typeof initialApiVersion === "string" ? initialApiVersion : undefined,
  };
}

/** A stored object as property values: it is JSON. */
export function liveOf(object: KubeObject): Properties {
  return structuredClone(object) as unknown as Properties;
}
