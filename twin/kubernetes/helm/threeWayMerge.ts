/** What an upgrade of Helm makes of an object that is there. */
import { isDeepStrictEqual } from "node:util";

import { isCustom } from "../api/kinds";
import type { KubeObject } from "../api/objects";

type Fields = Readonly<Record<string, unknown>>;

/** By which field elements of a list are told apart (`patchMergeKey`); other lists are one value. */
const MERGE_KEYS: Readonly<Record<string, string>> = {
  containers: "name",
  env: "name",
  imagePullSecrets: "name",
  initContainers: "name",
  secrets: "name",
  topologySpreadConstraints: "topologyKey",
  volumeMounts: "mountPath",
  volumes: "name",
};

/** The same of `ports`, by what has them; those of a NetworkPolicy are one value. */
const PORT_KEYS: Readonly<Record<string, string>> = {
  containers: "containerPort",
  initContainers: "containerPort",
  spec: "port",
};

/** Where nothing stays that the new manifest does not have (`retainKeys`), in lists of each element. */
const RETAINED: ReadonlySet<string> = new Set(["strategy", "volumes"]);

/**
 * The live object with what the new manifest says, and without what only the manifest before said.
 * What neither of them says stays as somebody else wrote it. Of a custom resource only that is
 * written which differs between the manifests.
 */
export function threeWayMerged(
  before: KubeObject,
  after: KubeObject,
  live: KubeObject,
): KubeObject {
  const merge = isCustom(after.apiVersion) ? twoWay : threeWay;
  return merge(before, after, live) as KubeObject;
}

function threeWay(
  before: unknown,
  after: unknown,
  live: unknown,
  field = "",
  parent = "",
): unknown {
  if (isMap(after)) {
    const old = mapOf(before);
    const base = RETAINED.has(field) ? pick(mapOf(live), Object.keys(after)) : mapOf(live);
    return withChanges(base, old, after, (key) =>
      threeWay(old[key], after[key], base[key], key, field),
    );
  }
  const key = field === "ports" ? PORT_KEYS[parent] : MERGE_KEYS[field];
  return key !== undefined && Array.isArray(after) && after.every(isMap)
    ? mergedList(listOf(before), after, listOf(live), { key, field })
    : after;
}

/** Elements of the new manifest in their order, then those that only the cluster has. */
function mergedList(
  before: readonly Fields[],
  after: readonly Fields[],
  live: readonly Fields[],
  { key, field }: { readonly key: string; readonly field: string },
): unknown[] {
  const find = (list: readonly Fields[], element: Fields) =>
    list.find((other) => other[key] === element[key]);
  const foreign = live.filter((element) => !find(before, element) && !find(after, element));
  return [
    ...after.map((element) => threeWay(find(before, element), element, find(live, element), field)),
    ...foreign,
  ];
}

function twoWay(before: unknown, after: unknown, live: unknown): unknown {
  if (!isMap(before) || !isMap(after)) {
    return isDeepStrictEqual(before, after) ? live : after;
  }
  const base = mapOf(live);
  return withChanges(base, before, after, (key) => twoWay(before[key], after[key], base[key]));
}

/** `base` without keys that only `before` has, and with a value for each key of `after`. */
function withChanges(
  base: Fields,
  before: Fields,
  after: Fields,
  valueOf: (key: string) => unknown,
): Fields {
  const named = [...Object.keys(before), ...Object.keys(after)];
  const gone = named.filter((key) => isNothing(after[key]));
  const written = Object.keys(after).filter((key) => !isNothing(after[key]));
  return {
    ...Object.fromEntries(Object.entries(base).filter(([key]) => !gone.includes(key))),
    ...Object.fromEntries(written.map((key) => [key, valueOf(key)])),
  };
}

function pick(value: Fields, keys: readonly string[]): Fields {
  return Object.fromEntries(Object.entries(value).filter(([key]) => keys.includes(key)));
}

function listOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.filter(isMap) : [];
}

function mapOf(value: unknown): Fields {
  return isMap(value) ? value : {};
}

function isMap(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null;
}
