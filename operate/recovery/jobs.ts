import type { ClusterAccess } from "./cluster";
import { type Finding, mended } from "./findings";
import type { State, StateResource } from "../state/state";

const JOB = "kubernetes:batch/v1:Job";
/** The cluster's name of a proof: name and plan as in the program, then what Pulumi appends. */
const PROOF = /^(.+)-(before-promotion|after-promotion|drained|refused)-\d+-live-\d+(-[0-9a-f]+)?$/;

/** Which Jobs are proofs of a stack, and which of those it knows. */
export interface OwnJobs {
  readonly namespaces: readonly string[];
  /** What the names of the stack's proofs begin with. */
  readonly prefixes: readonly string[];
  /** `namespace/name` of those in the state. */
  readonly known: ReadonlySet<string>;
}

export function jobsOf({ deployment }: State): OwnJobs {
  const { resources = [], pending_operations: pending = [] } = deployment;
  const recorded = resources.filter(({ type }) => type === JOB);
  const begun = pending.map(({ resource }) => resource).filter(({ type }) => type === JOB);
  const all = [...recorded, ...begun];
  const prefixes = all.flatMap(({ urn }) => PROOF.exec(urn.split("::").at(-1) ?? "")?.[1] ?? []);
  return {
    namespaces: [...new Set(all.map((job) => metadataOf(job).namespace ?? "default"))],
    prefixes: [...new Set(prefixes)],
    known: new Set(recorded.map(({ id }) => id ?? "")),
  };
}

/**
 * Removes the proofs that were created and not recorded. Nobody waits for them, the next `up` makes
 * its own; and one that runs late could end sessions of a role that has been given out again.
 */
export async function removeOrphanedJobs(
  { namespaces, prefixes, known }: OwnJobs,
  cluster: ClusterAccess,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const namespace of namespaces) {
    for (const { name, outcome } of await cluster.autoNamedJobs(namespace)) {
      const prefix = PROOF.exec(name)?.[1];
      const own = prefix !== undefined && prefixes.includes(prefix);
      if (own && !known.has(`${namespace}/${name}`)) {
        await cluster.deleteJob(namespace, name);
        findings.push(
          mended(
            "job",
            `proof ${namespace}/${name} (${outcome}) was created but is not in the state`,
            "deleted with its pods; the next `pulumi up` runs its own proof",
          ),
        );
      }
    }
  }
  return findings;
}

function metadataOf({ inputs }: StateResource): { namespace?: string } {
  return ((inputs ?? {}) as { metadata?: { namespace?: string } }).metadata ?? {};
}
