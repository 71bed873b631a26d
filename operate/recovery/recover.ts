import { removeCutOffAttributes } from "./attributes";
import { clusterAt, type ClusterAccess, hasCluster, kubeconfigOf } from "./cluster";
import { type Finding, leftOver } from "./findings";
import { goneFromCluster } from "./gone";
import { jobsOf, removeOrphanedJobs } from "./jobs";
import { readLocks, refuseLiveEngine, removeLock } from "./lock";
import { endOrphans } from "./processes";
import type { OwnHosts } from "../../components";
import { requireOwn } from "../state/foreign";
import type { PulumiProject } from "../state/pulumi";
import { releasesOf, unblockReleases } from "./releases";
import { settle } from "./settling";
import { placeOfState, requireWhole } from "./stateFolder";
import { exportState, type State, type StateResource } from "../state/state";

export interface RecoverArgs extends PulumiProject {
  /** A person has made sure that no engine is working elsewhere. */
  readonly yes?: boolean;
  /** Where whoever runs this may log in, whatever the state says. */
  readonly own: OwnHosts;
  /** Content of a kubeconfig; that of the stack's provider when not given. */
  readonly kubeconfig?: string;
}

/**
 * Puts in order what a killed engine leaves, so that the next `up` goes on, whatever its plan. What
 * an engine has recorded the end of is not touched, and nothing at all while an engine is at work:
 * the lock of the dead one keeps others away until the state is written.
 *
 * @returns what was found and done, in this order
 * @throws EngineAtWork when an engine is at work, or may be
 * @throws ForeignState when somebody has written the state; then nothing of it was used
 */
export async function recover(args: RecoverArgs): Promise<Finding[]> {
  const place = await placeOfState(args);
  const locks = await readLocks(place);
  await refuseLiveEngine(locks, args.yes === true);
  await requireWhole(place);
  const attributes = await removeCutOffAttributes(place);
  const state = await exportState(args, { secrets: false });
  requireOwn(state, args.own);
  const orphans = await endOrphans(args.folder);
  const kubeconfig = args.kubeconfig ?? (await ownKubeconfig(args, state));
  const { findings, gone } = await recoverCluster(state, kubeconfig);
  const unlocked = await removeLock(args, place, locks);
  return [
    ...orphans,
    ...attributes,
    ...findings,
    ...unlocked,
    ...(await settle(args, state, gone)),
  ];
}

/** The kubeconfig is secret in the state, and nothing else of it has to be read in clear text. */
async function ownKubeconfig(args: RecoverArgs, state: State): Promise<string | undefined> {
  if (!hasCluster(state)) {
    return undefined;
  }
  const clear = await exportState(args, { secrets: true });
  requireOwn(clear, args.own);
  return kubeconfigOf(clear);
}

/**
 * What is left over in the cluster, and what is missing from it; a stack without a cluster has
 * neither.
 */
async function recoverCluster(
  state: State,
  kubeconfig: string | undefined,
): Promise<{ findings: Finding[]; gone: StateResource[] }> {
  if (kubeconfig === undefined) {
    return { findings: [], gone: [] };
  }
  try {
    const cluster: ClusterAccess = clusterAt(kubeconfig);
    const gone = await goneFromCluster(state, cluster);
    const releases = await unblockReleases(releasesOf(state), cluster);
    const jobs = await removeOrphanedJobs(jobsOf(state), cluster);
    return { findings: [...releases, ...jobs], gone };
  } catch (error) {
    const unasked = leftOver(
      "cluster",
      "the cluster could not be read for stuck Helm releases and for proofs that nobody waits for",
      `${(error as Error).message.trim()}\n` +
        "Run this where `pulumi up` runs, or pass a kubeconfig with --kubeconfig",
    );
    return { findings: [unasked], gone: [] };
  }
}
