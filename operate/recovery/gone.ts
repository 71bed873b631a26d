import type { ClusterAccess } from "./cluster";
import { presentIn, type State, type StateResource } from "../state/state";

/** A patch is of an object of the same kind. */
const TYPE = /^kubernetes:(?:core\/)?([^:]+):(\w+?)(?:Patch)?$/;
const RELEASE = "kubernetes:helm.sh/v3:Release";
const JOB = "kubernetes:batch/v1:Job";

/**
 * What the state has and the cluster has not. Pulumi's provider changes what is there; of what is
 * gone it says "not found" at every `up`. A Job that ended well is of no concern: it is not changed
 * any more, and the cluster clears such Jobs away by itself.
 */
export async function goneFromCluster(
  state: State,
  cluster: ClusterAccess,
): Promise<StateResource[]> {
  const gone: StateResource[] = [];
  for (const resource of presentIn(state).values()) {
    if (isConcerned(resource) && !(await isThere(resource, cluster))) {
      gone.push(resource);
    }
  }
  return gone;
}

function isConcerned({ type, custom, initErrors = [] }: StateResource): boolean {
  return custom !== false && TYPE.test(type) && (type !== JOB || initErrors.length > 0);
}

async function isThere({ type, id = "" }: StateResource, cluster: ClusterAccess): Promise<boolean> {
  const [name = "", namespace = ""] = id.split("/").reverse();
  if (type === RELEASE) {
    return (await cluster.revisions(namespace)).some(({ release }) => release === name);
  }
  const [, apiVersion = "", kind = ""] = TYPE.exec(type) ?? [];
  return cluster.has(apiVersion, kind, namespace, name);
}
