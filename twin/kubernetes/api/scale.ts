import { admitted } from "./defaults";
import type { FieldOwners } from "./fieldOwners";
import { kindOf, resourceName } from "./kinds";
import { ApiError, type Json, type KubeObject, type ObjectReference } from "./objects";
import type { ObjectStore } from "./store";
import { as, type Deployment } from "./types";

/** Resources that have the subresource `scale`. */
const SCALED: ReadonlySet<string> = new Set(["Deployment", "StatefulSet"]);

/** How many pods an object is to have and has; zero is left out of the spec, as in Go. */
export interface Scale {
  readonly apiVersion: "autoscaling/v1";
  readonly kind: "Scale";
  readonly metadata: Record<string, Json>;
  readonly spec: { readonly replicas?: number };
  readonly status: { readonly replicas: number; readonly selector: string };
}

export function hasScale({ kind }: { kind: string }): boolean {
  return SCALED.has(kind);
}

/** The subresource `scale`: read and written without the rest of the object. */
export class Scales {
  constructor(
    private readonly store: ObjectStore,
    private readonly owners: FieldOwners,
  ) {}

  /** @throws ApiError (404) when the object is not there */
  read(ref: ObjectReference): Scale {
    return scaleOf(this.store.require(ref));
  }

  /**
   * Writes the number of pods, which then belongs to that client.
   * @throws ApiError (404) when the object is not there, (422) for a number below zero
   */
  write(ref: ObjectReference, replicas: number, manager: string): Scale {
    if (replicas < 0) {
      const text =
        `Scale.autoscaling "${ref.name}" is invalid: spec.replicas: Invalid value: ${replicas}: ` +
        "must be greater than or equal to 0";
      throw new ApiError(text, 422, "Invalid");
    }
    const old = this.store.require(ref);
    const object = admitted({ ...old, spec: { ...old.spec, replicas } }, old);
    const note = this.owners.claim(object, old, { manager, force: true });
    const stored = this.store.put(object);
    note(stored.metadata.uid ?? "");
    return scaleOf(stored);
  }

  /**
   * Writes what a JSON merge patch makes of the scale.
   * @throws ApiError (400) for a field or a type that a Scale does not have, (409) when the patch
   * names a version that is not the present one; else as {@link write}
   */
  patch(ref: ObjectReference, patch: unknown, manager: string): Scale {
    const old = this.read(ref);
    const { metadata, spec, ...others } = fieldsOf(mergePatched(old, patch), "Scale");
    const { replicas = 0, ...more } = fieldsOf(spec, "Scale.spec");
    const unknown = [
      ...Object.keys(others).filter((key) => !(key in old)),
      ...Object.keys(more).map((key) => `spec.${key}`),
    ];
    if (unknown.length > 0) {
      const list = unknown.map((field) => `unknown field "${field}"`).join(", ");
      throw new ApiError(`strict decoding error: ${list}`, 400, "BadRequest");
    }
    if (!Number.isInteger(replicas)) {
      throw new ApiError("Scale.spec.replicas: expected an integer", 400, "BadRequest");
    }
    const { resourceVersion } = fieldsOf(metadata, "Scale.metadata");
    if (resourceVersion !== undefined && resourceVersion !== old.metadata.resourceVersion) {
      const text =
        `Operation cannot be fulfilled on ${resourceName(kindOf(ref))} "${ref.name}": the object has ` +
        "been modified; please apply your changes to the latest version and try again";
      throw new ApiError(text, 409, "Conflict");
    }
    return this.write(ref, replicas as number, manager);
  }
}

function scaleOf(object: KubeObject): Scale {
  const { metadata, spec, status } = as<Deployment>(object);
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadata;
  const labels = Object.entries(spec.selector.matchLabels ?? {});
  return {
    apiVersion: "autoscaling/v1",
    kind: "Scale",
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp } as Record<string, Json>,
    spec: spec.replicas === 0 ? {} : { replicas: spec.replicas },
    status: {
      replicas: status?.replicas ?? 0,
      selector: labels.map(([key, value]) => `${key}=${value}`).join(","),
    },
  };
}

/** RFC 7386. */
function mergePatched(target: unknown, patch: unknown): unknown {
  if (!isMap(patch)) {
    return patch;
  }
  const result: Record<string, unknown> = isMap(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) {
      delete result[key];
    } else {
      result[key] = mergePatched(result[key], value);
    }
  }
  return result;
}

function fieldsOf(value: unknown, path: string): Record<string, unknown> {
  if (value !== undefined && !isMap(value)) {
    throw new ApiError(`${path}: expected an object`, 400, "BadRequest");
  }
  return value ?? {};
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
