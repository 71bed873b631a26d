import { Undecided } from "./evidence.ts";
import { readDeployment } from "./kubernetes.ts";
import type { Cluster } from "./kubernetes.ts";
import { lookUntil } from "./looking.ts";

/**
 * Waits until as many pods of a Deployment are ready as another one has to have, so that it can take
 * over what that one does; without another one there is nothing to take over.
 *
 * @param deadline milliseconds since the epoch
 * @returns how many pods are ready
 */
export async function asManyAs(
  cluster: Cluster,
  name: string,
  other: string,
  deadline: number,
): Promise<number> {
  const { done, facts } = await lookUntil(deadline, { deployment: name }, async () => {
    const ready = (await readDeployment(cluster, name))?.status?.readyReplicas ?? 0;
    const wanted = (await readDeployment(cluster, other))?.spec.replicas ?? 0;
    return { done: ready >= wanted, facts: { ready, wanted, other } };
  });
  if (!done) {
    throw new Undecided(`${name} has fewer ready pods than ${other} should have`, facts);
  }
  return Number(facts["ready"]);
}
