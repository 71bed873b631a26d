import { isDeepStrictEqual } from "node:util";
import { kindOf, resourceName } from "./kinds";
import { ApiError, type KubeObject, type ObjectReference } from "./objects";

export interface Change {
  readonly type: "added" | "modified" | "deleted";
  readonly object: KubeObject;
}

export interface WarningEvent {
  readonly reason: string;
  readonly message: string;
}

type Listener = (change: Change) => void;

/**
 * The objects of one cluster. Stored objects are never changed in place: every write makes a new
 * object with the next resource version and tells the listeners at once.
 */
export class ObjectStore {
  private readonly objects = new Map<string, KubeObject>();
  private readonly warnings = new Map<string, WarningEvent[]>();
  private readonly listeners = new Set<Listener>();
  private version = 1;

  get(ref: ObjectReference): KubeObject | undefined {
    return this.objects.get(keyOf(ref));
  }

  /** Fails with NotFound. */
  require(ref: ObjectReference): KubeObject {
    const object = this.get(ref);
    if (!object) {
      const text = `${resourceName(kindOf(ref))} "${ref.name}" not found`;
      throw new ApiError(text, 404, "NotFound");
    }
    return object;
  }

  list(kind: { apiVersion: string; kind: string }, namespace?: string): KubeObject[] {
    return [...this.objects.values()].filter(
      (o) =>
        o.kind === kind.kind &&
        o.apiVersion === kind.apiVersion &&
        (namespace === undefined || o.metadata.namespace === namespace),
    );
  }

  all(): KubeObject[] {
    return [...this.objects.values()];
  }

  /** Stores a new object or a new state of a known one; an equal state is no write. */
  put(object: KubeObject): KubeObject {
    const key = keyOf(refOf(object));
    const old = this.objects.get(key);
    const resourceVersion = old?.metadata.resourceVersion;
    const same = { ...object, metadata: { ...object.metadata, resourceVersion } };
    if (old && isDeepStrictEqual(same, old)) {
      return old;
    }
    const stored = {
      ...object,
      metadata: { ...object.metadata, resourceVersion: String(++this.version) },
    };
    this.objects.set(key, stored);
    this.tell({ type: old ? "modified" : "added", object: stored });
    return stored;
  }

  /** Writes what `change` makes of a copy; does nothing when the object is gone. */
  change(ref: ObjectReference, change: (draft: KubeObject) => void): void {
    const object = this.get(ref);
    if (object) {
      const draft = structuredClone(object);
      change(draft);
      this.put(draft);
    }
  }

  remove(ref: ObjectReference): void {
    const key = keyOf(ref);
    const object = this.objects.get(key);
    if (object) {
      this.objects.delete(key);
      this.warnings.delete(object.metadata.uid ?? "");
      this.tell({ type: "deleted", object });
    }
  }

  watch(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Resolves with the first state for which the predicate holds, the present one included. */
  until(
    ref: ObjectReference,
    predicate: (object: KubeObject | undefined) => boolean,
    signal?: AbortSignal,
  ): Promise<KubeObject | undefined> {
    return new Promise((resolve, reject) => {
      const check = () => {
        const object = this.get(ref);
        if (predicate(object)) {
          settle();
          resolve(object);
        }
      };
      const abort = () => {
        settle();
        reject(signal?.reason as Error);
      };
      const settle = () => {
        unwatch();
        signal?.removeEventListener("abort", abort);
      };
      const key = keyOf(ref);
      const unwatch = this.watch((change) => {
        if (keyOf(refOf(change.object)) === key) {
          check();
        }
      });
      signal?.addEventListener("abort", abort);
      if (signal?.aborted) {
        abort();
      } else {
        check();
      }
    });
  }

  /**
   * Records a Warning event of an object and of its owners, which outlive it; one that repeats an
   * earlier one takes its place.
   */
  warn(object: KubeObject, reason: string, message: string): void {
    for (const uid of [object.metadata.uid ?? "", ...this.ownersOf(object)]) {
      const others = (this.warnings.get(uid) ?? []).filter(
        (e) => e.reason !== reason || e.message !== message,
      );
      this.warnings.set(uid, [...others, { reason, message }]);
    }
  }

  warningsOf(object: KubeObject): readonly WarningEvent[] {
    return this.warnings.get(object.metadata.uid ?? "") ?? [];
  }

  /** The owners of an object and theirs. */
  private ownersOf({ metadata }: KubeObject): string[] {
    return (metadata.ownerReferences ?? []).flatMap((owner) => {
      const above = this.get({ ...owner, namespace: metadata.namespace });
      return [owner.uid, ...(above ? this.ownersOf(above) : [])];
    });
  }

  private tell(change: Change): void {
    for (const listener of [...this.listeners]) {
      listener(change);
    }
  }
}

export function refOf(
  object: Pick<KubeObject, "apiVersion" | "kind" | "metadata">,
): ObjectReference {
  const { apiVersion, kind, metadata } = object;
  return { apiVersion, kind, namespace: metadata.namespace, name: metadata.name };
}

function keyOf(ref: ObjectReference): string {
  return [ref.apiVersion, ref.kind, ref.namespace ?? "", ref.name].join("|");
}
