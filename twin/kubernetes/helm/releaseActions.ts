/** Install, upgrade, rollback and uninstall, as helm 3 does them. */
import { isDeepStrictEqual } from "node:util";
import { GivenUp } from "../../plugin/interruptions";
import { kindOf } from "../api/kinds";
import { ApiError, type ClusterApi, type KubeObject } from "../api/objects";
import { manifestObjects } from "./releaseChart";
import type { Release, Rendered, Revision, RevisionStatus } from "./release";
import { pruneRevisions, removeRevision, revisionsOf, storeRevision } from "./releaseStore";
import { untilHelmReady } from "./releaseWait";
import { threeWayMerged } from "./threeWayMerge";
import { refOf } from "../api/store";

const MANAGED_BY = { key: "app.kubernetes.io/managed-by", value: "Helm" };
const RELEASE_NAME = "meta.helm.sh/release-name";
const RELEASE_NAMESPACE = "meta.helm.sh/release-namespace";
const RESOURCE_POLICY = "helm.sh/resource-policy";

/** The release is recorded, but its objects are not all there or not all ready. */
export class ReleaseFailed extends Error {
  constructor(
    message: string,
    readonly revision: Revision,
  ) {
    super(message);
  }
}

export interface ActionArgs {
  readonly cluster: ClusterApi;
  readonly release: Release;
  /** Aborted when the engine is interrupted. */
  readonly cancelled: AbortSignal;
  /** Called when the objects are written and Helm begins to wait for them. */
  readonly midway: () => Promise<void>;
}

export async function install(args: ActionArgs, rendered: Rendered): Promise<Revision> {
  const { cluster, release } = args;
  const { name, namespace } = release;
  if (revisionsOf(cluster, namespace, name).length > 0) {
    throw new Error("cannot re-use a name that is still in use");
  }
  refuseForeign(args, located(rendered.manifest, release), "install");
  if (release.createNamespace) {
    await ensureNamespace(cluster, namespace);
  }
  const revision = newRevision(release, rendered, 1);
  await record(cluster, revision, "pending-install").catch((error: unknown) => {
    throw new Error(`create: failed to create: ${(error as Error).message}`);
  });
  try {
    await bringAbout(args, revision, []);
  } catch (error) {
    const { message } = passGivenUp(error);
    const failed = await record(cluster, revision, "failed");
    if (release.atomic) {
      await uninstall(args);
      throw new Error(
        `release ${name} failed, and has been uninstalled due to atomic being set: ${message}`,
      );
    }
    throw new ReleaseFailed(message, failed);
  }
  return record(cluster, revision, "deployed");
}

export async function upgrade(args: ActionArgs, rendered: Rendered): Promise<Revision> {
  const { cluster, release } = args;
  const revisions = revisionsOf(cluster, release.namespace, release.name);
  const { last, current } = upgradable(revisions, release.name);
  const before = located(current.manifest, release);
  const after = located(rendered.manifest, release);
  const fresh = after.filter((object) => !includes(before, object));
  refuseForeign(args, fresh, "update");
  await pruneRevisions(cluster, revisions, release.maxHistory);
  const revision = newRevision(release, rendered, last.revision + 1);
  await record(cluster, revision, "pending-upgrade");
  try {
    await bringAbout(args, revision, before);
  } catch (error) {
    const { message } = passGivenUp(error);
    const failed = await record(cluster, revision, "failed");
    if (release.cleanupOnFail || release.atomic) {
      await remove(cluster, fresh);
    }
    if (!release.atomic) {
      throw new ReleaseFailed(message, failed);
    }
    const restored = await rollback(args, revision);
    throw new ReleaseFailed(
      `release ${release.name} failed, and has been rolled back due to atomic being set: ${message}`,
      restored,
    );
  }
  return deployed(cluster, revision);
}

/** An upgrade that gives no values keeps those of the release, unless it is told to reset them. */
export function withKeptValues({ cluster, release }: ActionArgs): Release {
  if (release.resetValues || Object.keys(release.values).length > 0) {
    return release;
  }
  const revisions = revisionsOf(cluster, release.namespace, release.name);
  return { ...release, values: upgradable(revisions, release.name).current.values };
}

/** Brings back the newest revision that was deployed. */
async function rollback(args: ActionArgs, failed: Revision): Promise<Revision> {
  const { cluster, release } = args;
  const target = revisionsOf(cluster, release.namespace, release.name)
    .reverse()
    .find(({ status }) => status === "deployed" || status === "superseded");
  if (!target) {
    throw new Error("unable to find a previously successful release when attempting to rollback");
  }
  const revision = { ...target, revision: failed.revision + 1 };
  await record(cluster, revision, "pending-rollback");
  try {
    await bringAbout(args, revision, located(failed.manifest, release));
  } catch (error) {
    await record(cluster, revision, "failed");
    throw new Error(
      `an error occurred while rolling back the release. original upgrade error: ${(error as Error).message}`,
    );
  }
  return deployed(cluster, revision);
}

/** Deletes in the background: pods may still be draining when their Deployment is gone. */
export async function uninstall({
  cluster,
  release,
}: Pick<ActionArgs, "cluster" | "release">): Promise<void> {
  const revisions = revisionsOf(cluster, release.namespace, release.name);
  const last = revisions.at(-1);
  if (!last) {
    throw new Error(`uninstall: Release not loaded: ${release.name}: release: not found`);
  }
  await record(cluster, last, "uninstalling");
  await remove(cluster, located(last.manifest, release).reverse());
  for (const revision of revisions) {
    await removeRevision(cluster, revision);
  }
}

function upgradable(revisions: readonly Revision[], name: string) {
  const last = revisions.at(-1);
  if (last?.status.startsWith("pending-")) {
    throw new Error("another operation (install/upgrade/rollback) is in progress");
  }
  const deployedOne = [...revisions].reverse().find(({ status }) => status === "deployed");
  const usable = last?.status === "failed" || last?.status === "superseded" ? last : undefined;
  const current = deployedOne ?? usable;
  if (!last || !current) {
    throw new Error(`"${name}" has no deployed releases`);
  }
  return { last, current };
}

/** Makes the cluster hold what a revision says and no longer what only the one before said. */
async function bringAbout(
  { cluster, release, cancelled, midway }: ActionArgs,
  { manifest }: Revision,
  before: readonly KubeObject[],
): Promise<void> {
  const timeout = AbortSignal.timeout(release.timeoutSeconds * 1000);
  const objects = located(manifest, release);
  for (const object of objects) {
    const former = before.find((other) => isSame(other, object));
    await write(cluster, owned(object, release), former);
  }
  const dropped = before.filter((object) => !includes(objects, object));
  await remove(
    cluster,
    dropped.filter((object) => !isKept(object)),
  );
  await midway();
  if (release.skipAwait && !release.atomic) {
    return;
  }
  try {
    const signal = AbortSignal.any([timeout, cancelled]);
    await untilHelmReady(cluster, objects, { jobs: release.waitForJobs, signal });
  } catch (error) {
    if (cancelled.aborted || timeout.aborted) {
      throw new Error(cancelled.aborted ? "context canceled" : "context deadline exceeded");
    }
    throw error;
  }
}

/** A Helm that was killed leaves its revision pending, for ever. */
function passGivenUp(error: unknown): Error {
  if (error instanceof GivenUp) {
    throw error;
  }
  return error as Error;
}

/** @param former as the manifest before has it; what only the cluster has is taken over as it is */
async function write(
  cluster: ClusterApi,
  object: KubeObject,
  former: KubeObject = object,
): Promise<void> {
  const { kind, metadata } = object;
  const live = cluster.get(refOf(object));
  try {
    await cluster.apply(live ? threeWayMerged(former, object, live) : object);
  } catch (error) {
    const { message } = error as Error;
    throw new Error(
      live
        ? `cannot patch "${metadata.name}" with kind ${kind}: ${message}`
        : `failed to create resource: ${message}`,
    );
  }
}

async function remove(cluster: ClusterApi, objects: readonly KubeObject[]): Promise<void> {
  for (const object of objects.filter((candidate) => !isKept(candidate))) {
    await cluster.delete(refOf(object), { propagation: "Background" }).catch((error: unknown) => {
      if (!(error instanceof ApiError && error.reason === "NotFound")) {
        throw error;
      }
    });
  }
}

async function ensureNamespace(cluster: ClusterApi, name: string): Promise<void> {
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name, labels: { name } } };
  if (!cluster.get(refOf(namespace))) {
    await cluster.create(namespace);
  }
}

function newRevision(release: Release, { chart, manifest }: Rendered, revision: number): Revision {
  const { name, namespace, values } = release;
  return { name, namespace, revision, status: "deployed", chart, values, manifest };
}

async function record(
  cluster: ClusterApi,
  revision: Revision,
  status: RevisionStatus,
): Promise<Revision> {
  const recorded = { ...revision, status };
  await storeRevision(cluster, recorded);
  return recorded;
}

async function deployed(cluster: ClusterApi, revision: Revision): Promise<Revision> {
  for (const old of revisionsOf(cluster, revision.namespace, revision.name)) {
    if (old.status === "deployed") {
      await record(cluster, old, "superseded");
    }
  }
  return record(cluster, revision, "deployed");
}

/** The objects of a manifest in the namespaces they live in. */
function located(manifest: string, release: Release): KubeObject[] {
  return manifestObjects(manifest).map((object) => {
    const { namespace = release.namespace, ...metadata } = object.metadata;
    return kindOf(object).namespaced
      ? { ...object, metadata: { ...metadata, namespace } }
      : { ...object, metadata };
  });
}

function owned(object: KubeObject, { name, namespace }: Release): KubeObject {
  const { labels, annotations, ...metadata } = object.metadata;
  return {
    ...object,
    metadata: {
      ...metadata,
      labels: { ...labels, [MANAGED_BY.key]: MANAGED_BY.value },
      annotations: { ...annotations, [RELEASE_NAME]: name, [RELEASE_NAMESPACE]: namespace },
    },
  };
}

/** Objects that are there but belong to somebody else stop a release before it begins. */
function refuseForeign(
  { cluster, release }: ActionArgs,
  objects: readonly KubeObject[],
  operation: "install" | "update",
): void {
  for (const object of objects) {
    const live = cluster.get(refOf(object));
    const problems = live ? ownershipProblems(live, release) : [];
    if (problems.length > 0) {
      const { name, namespace = "" } = object.metadata;
      throw new Error(
        `Unable to continue with ${operation}: ${object.kind} "${name}" in namespace "${namespace}" ` +
          `exists and cannot be imported into the current release: invalid ownership metadata; ${problems.join("; ")}`,
      );
    }
  }
}

function ownershipProblems(live: KubeObject, { name, namespace }: Release): string[] {
  const { labels = {}, annotations = {} } = live.metadata;
  const problem = (what: string, key: string, found: string | undefined, wanted: string) => {
    if (found === wanted) {
      return [];
    }
    return found === undefined
      ? [`${what} validation error: missing key "${key}": must be set to "${wanted}"`]
      : [
          `${what} validation error: key "${key}" must equal "${wanted}": current value is "${found}"`,
        ];
  };
  return [
    ...problem("label", MANAGED_BY.key, labels[MANAGED_BY.key], MANAGED_BY.value),
    ...problem("annotation", RELEASE_NAME, annotations[RELEASE_NAME], name),
    ...problem("annotation", RELEASE_NAMESPACE, annotations[RELEASE_NAMESPACE], namespace),
  ];
}

function includes(objects: readonly KubeObject[], object: KubeObject): boolean {
  return objects.some((other) => isSame(other, object));
}

function isSame(one: KubeObject, other: KubeObject): boolean {
  return isDeepStrictEqual(refOf(one), refOf(other));
}

function isKept(object: KubeObject): boolean {
  return object.metadata.annotations?.[RESOURCE_POLICY] === "keep";
}
