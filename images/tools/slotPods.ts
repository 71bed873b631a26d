import { namedBy, othersThan } from "./credentials.ts";
import type { Credential } from "./credentials.ts";
import { Undecided } from "./evidence.ts";
import { listPods, readDeployment } from "./kubernetes.ts";
import type { Cluster, Deployment, Pod } from "./kubernetes.ts";
import { lookUntil } from "./looking.ts";

/** The pods that have to be there, and what they have to read. */
export interface SlotPods {
  /** Of all workloads of the slot, one for each. */
  readonly selectors: readonly string[];
  readonly credential: Credential;
}

/**
 * Waits until the selectors find pods, and, where these have to read a credential, until all is right
 * with them; pods that were told to end are left out.
 *
 * @param name the Deployment that serves
 * @param deadline milliseconds since the epoch
 * @returns the pods' names
 */
export async function podsReady(
  cluster: Cluster,
  name: string,
  {
    selectors,
    credential,
  }: Pick<SlotPods, "selectors"> & {
    readonly credential: Credential | undefined;
  },
  deadline: number,
): Promise<string[]> {
  const { done, facts } = await lookUntil(deadline, { deployment: name, credential }, async () => {
    const deployment = await readDeployment(cluster, name);
    const pods = (await listPods(cluster, selectors)).filter(({ ending }) => !ending);
    const missing =
      deployment && credential
        ? wrongWith(deployment, pods, { selectors, credential })
        : unfound(selectors, pods);
    return { done: missing.length === 0, facts: { pods: pods.map((pod) => pod.name), missing } };
  });
  if (!done) {
    throw new Undecided(`The pods of ${name} are not as they have to be`, facts);
  }
  return facts["pods"] as string[];
}

/**
 * What is wrong with a slot's pods; nothing when every one that is to stay is ready, and reads this
 * credential of the slot or none: a chart can have pods that need no database. Those of the Deployment
 * that serves need it.
 *
 * @param pods those that were not told to end
 */
export function wrongWith(
  deployment: Deployment,
  pods: readonly Pod[],
  { selectors, credential }: SlotPods,
): string[] {
  const template = namedBy(deployment.spec.template.spec);
  const others = othersThan(credential, template);
  return [
    ...(template.includes(credential) && others.length === 0
      ? []
      : [`its pods read ${others.join(", ") || "no credential of the slot"}, not ${credential}`]),
    ...unfound(selectors, pods),
    // Pods of Jobs come and go.
    ...pods
      .filter(({ ready, template }) => !ready && template !== "")
      .map(({ name }) => `${name} is not ready`),
    ...pods
      .map(({ name, credentials }) => ({ name, read: othersThan(credential, credentials) }))
      .filter(({ read }) => read.length > 0)
      .map(({ name, read }) => `${name} reads ${read.join(", ")}, not ${credential}`),
  ];
}

/** Selectors that find no pod: wrong ones find none for ever, and nothing would be wrong with it. */
function unfound(selectors: readonly string[], pods: readonly Pod[]): string[] {
  return selectors
    .filter((selector) => !pods.some((pod) => pod.selectors.includes(selector)))
    .map((selector) => `no pod has these labels: ${selector}`);
}
