/** Where helm keeps its revisions: Secrets in the namespace of the release. */
import { gunzipSync, gzipSync } from "node:zlib";

import type { ClusterApi, KubeObject } from "../api/objects";
import type { Revision } from "./release";
import { refOf } from "../api/store";

const SECRETS = { apiVersion: "v1", kind: "Secret" };

/** All revisions of a release, oldest first. */
export function revisionsOf(cluster: ClusterApi, namespace: string, name: string): Revision[] {
  return cluster
    .list(SECRETS, namespace)
    .filter(({ metadata: { labels } }) => labels?.owner === "helm" && labels.name === name)
    .map(decode)
    .sort((a, b) => a.revision - b.revision);
}

/** Writes a revision, a new one or a new state of one. */
export async function storeRevision(cluster: ClusterApi, revision: Revision): Promise<void> {
  await cluster.apply(encode(revision));
}

export async function removeRevision(cluster: ClusterApi, revision: Revision): Promise<void> {
  await cluster.delete(refOf(encode(revision)));
}

/** Makes room for one more revision, but never removes the one that is deployed. */
export async function pruneRevisions(
  cluster: ClusterApi,
  revisions: readonly Revision[],
  maxHistory: number,
): Promise<void> {
  const surplus = maxHistory > 0 ? Math.max(revisions.length + 1 - maxHistory, 0) : 0;
  const old = revisions.filter(({ status }) => status !== "deployed").slice(0, surplus);
  for (const revision of old) {
    await removeRevision(cluster, revision);
  }
}

function encode(record: Revision): KubeObject {
  const { name, namespace, revision, status } = record;
  // Helm encodes once itself, Kubernetes once more.
  const release = gzipSync(JSON.stringify(record)).toString("base64");
  return {
    ...SECRETS,
    metadata: {
      name: `sh.helm.release.v1.${name}.v${revision}`,
      namespace,
      labels: { name, owner: "helm", status, version: String(revision) },
    },
    type: "helm.sh/release.v1",
    data: { release: Buffer.from(release).toString("base64") },
  };
}

function decode(secret: KubeObject): Revision {
  const { release = "" } = (secret.data ?? {}) as { release?: string };
  const zipped = Buffer.from(Buffer.from(release, "base64").toString(), "base64");
  return JSON.parse(gunzipSync(zipped).toString()) as Revision;
}
