import type { KubeObject, ObjectReference } from "./objects";
import { collectGarbage, dependentsOf } from "./garbage";
import { kindOf } from "./kinds";
import { deletePod } from "./pods";
import { refOf, type ObjectStore } from "./store";
import { as, timestamp, type Pod } from "./types";

export type Propagation = "Foreground" | "Background";

/** Deletes an object and what it owns; resolves when the object is gone. */
export async function deleteObject(
  store: ObjectStore,
  ref: ObjectReference,
  propagation: Propagation,
): Promise<void> {
  const object = store.require(ref);
  if (object.kind === "Pod") {
    deletePod(store, as<Pod>(object));
    await gone(store, ref);
    return;
  }
  const owned =
    object.kind === "Namespace" ? contentOf(store, object) : controlledObjects(store, object);
  if (propagation === "Background" && object.kind !== "Namespace") {
    if (isHeld(object)) {
      await finalized(store, ref);
    }
    store.remove(ref);
    owned.forEach((dependent) => void deleteIfThere(store, refOf(dependent)));
    collectGarbage(store, object);
    return;
  }
  store.change(ref, (draft) => {
    draft.metadata.deletionTimestamp = timestamp();
  });
  await Promise.all(owned.map((dependent) => deleteIfThere(store, refOf(dependent))));
  if (isHeld(object)) {
    await finalized(store, ref);
  }
  store.remove(ref);
  collectGarbage(store, object);
}

function isHeld(object: KubeObject | undefined): boolean {
  const finalizers = object?.metadata["finalizers"];
  return Array.isArray(finalizers) && finalizers.length > 0;
}

/** An object stays until whoever wrote a finalizer into it has taken it out. */
async function finalized(store: ObjectStore, ref: ObjectReference): Promise<void> {
  store.change(ref, (draft) => {
    draft.metadata.deletionTimestamp ??= timestamp();
  });
  await store.until(ref, (object) => !isHeld(object));
}

async function deleteIfThere(store: ObjectStore, ref: ObjectReference): Promise<void> {
  if (store.get(ref)) {
    await deleteObject(store, ref, "Foreground");
  }
}

function gone(store: ObjectStore, ref: ObjectReference): Promise<unknown> {
  return store.until(ref, (object) => object === undefined);
}

/** What that object has made: its own deletion waits for these. */
function controlledObjects(store: ObjectStore, { metadata }: KubeObject): KubeObject[] {
  return dependentsOf(store, metadata.uid).filter((each) =>
    each.metadata.ownerReferences?.some(
      ({ controller, uid }) => controller && uid === metadata.uid,
    ),
  );
}

/** What lives in a namespace, without what goes with its owner. */
function contentOf(store: ObjectStore, namespace: KubeObject): KubeObject[] {
  return store
    .all()
    .filter(
      (o) =>
        kindOf(o).namespaced &&
        o.metadata.namespace === namespace.metadata.name &&
        o.metadata.ownerReferences === undefined,
    );
}
