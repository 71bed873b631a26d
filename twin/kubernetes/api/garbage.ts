import type { KubeObject } from "./objects";
import { refOf, type ObjectStore } from "./store";

/** What names that object as an owner. */
export function dependentsOf(store: ObjectStore, uid: string | undefined): KubeObject[] {
  return store.all().filter((o) => o.metadata.ownerReferences?.some((r) => r.uid === uid));
}

/**
 * Removes what an object that is gone was the last owner of. What its controller made is deleted with
 * it, in the order that the deletion asks for.
 */
export function collectGarbage(
  store: ObjectStore,
  { metadata }: Pick<KubeObject, "metadata">,
): void {
  dependentsOf(store, metadata.uid)
    .filter((each) => isOrphan(store, each))
    .forEach((each) => store.remove(refOf(each)));
}

/** Whether an object has owners and none of them is there. */
export function isOrphan(store: ObjectStore, { metadata }: KubeObject): boolean {
  const { namespace, ownerReferences = [] } = metadata;
  return (
    ownerReferences.length > 0 &&
    ownerReferences.every(
      ({ controller, uid, ...owner }) =>
        controller !== true && store.get({ ...owner, namespace })?.metadata.uid !== uid,
    )
  );
}
