/** Server-side apply of a part of an object that is others' besides. */
import { ApiError, type ClusterApi, type KubeObject, type ObjectReference } from "../api/objects";

/** Applies a part of an object. */
export async function applyPart(
  cluster: ClusterApi,
  object: KubeObject,
  writing: { dryRun: boolean; manager: string; force: boolean },
): Promise<KubeObject> {
  try {
    return await cluster.patch(object, writing);
  } catch (error) {
    throw explained(error, writing.manager);
  }
}

const CONFLICT_LINK =
  "https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/" +
  "managing-resources-with-server-side-apply/#handle-field-conflicts-on-existing-resources";

/** A conflict of server-side apply, in the official provider's words. */
export function explained(error: unknown, manager: string): unknown {
  if (!(error instanceof ApiError) || error.reason !== "Conflict") {
    return error;
  }
  const text =
    `server-side apply field conflict detected, see ${CONFLICT_LINK} for troubleshooting help\n` +
    `The resource managed by field manager "${manager}" had an apply conflict: ${error.message}`;
  return new ApiError(text, error.code, error.reason);
}

/** Gives up every field that is one client's: what nobody else says goes. */
export async function relinquish(
  cluster: ClusterApi,
  ref: ObjectReference,
  manager: string,
): Promise<void> {
  const { apiVersion, kind, ...metadata } = ref;
  await cluster.patch({ apiVersion, kind, metadata }, { manager, force: false });
}
