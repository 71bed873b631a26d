import type { ClusterAccess } from "./cluster";
import { type Finding, mended } from "./findings";
import type { State } from "../state/state";

const RELEASE = "kubernetes:helm.sh/v3:Release";

/** A Helm release that the stack has, or was about to make. */
export interface OwnRelease {
  readonly namespace: string;
  readonly name: string;
}

/** The Helm releases of a stack. */
export function releasesOf({ deployment }: State): OwnRelease[] {
  const { resources = [], pending_operations: pending = [] } = deployment;
  const own = [...resources, ...pending.map(({ resource }) => resource)]
    .filter(({ type }) => type === RELEASE)
    .map(({ inputs }) => inputs as Partial<OwnRelease> | undefined)
    .map((inputs) => ({ namespace: inputs?.namespace ?? "", name: inputs?.name ?? "" }));
  return [...new Map(own.map((release) => [`${release.namespace}/${release.name}`, release]))].map(
    ([, release]) => release,
  );
}

/**
 * Takes away the revisions that a Helm which died has left pending; with one, every later upgrade
 * says "another operation (install/upgrade/rollback) is in progress" (helm/helm#7476). The revision
 * before is what Helm then upgrades from. No pod is touched: what the dead upgrade had changed, the
 * next one makes as it should be. A rollback would undo it first, for nothing.
 */
export async function unblockReleases(
  releases: readonly OwnRelease[],
  cluster: ClusterAccess,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const namespace of new Set(releases.map((release) => release.namespace))) {
    const names = releases.filter((r) => r.namespace === namespace).map(({ name }) => name);
    for (const stored of await cluster.revisions(namespace)) {
      if (names.includes(stored.release) && stored.status.startsWith("pending-")) {
        await cluster.deleteSecret(namespace, stored.secret);
        findings.push(
          mended(
            "release",
            `Helm release ${namespace}/${stored.release} is stuck: its revision ` +
              `${stored.revision} is ${stored.status}, and nothing is working on it`,
            `that revision's record (Secret ${stored.secret}) is deleted; no pod is touched, and ` +
              "the next `pulumi up` upgrades from the revision before",
          ),
        );
      }
    }
  }
  return findings;
}
