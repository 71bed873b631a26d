import { admitted } from "../api/defaults";
import type { KubeObject } from "../api/objects";
import { controlledBy } from "../api/pods";
import { refOf, type ObjectStore } from "../api/store";
import {
  as,
  type ControllerRevision,
  type Pod,
  type PodTemplate,
  type StatefulSet,
} from "../api/types";
import { templateHash } from "./templateHash";

const REVISIONS = { apiVersion: "apps/v1", kind: "ControllerRevision" };
/** Of a revision: the hash of its template. */
const HASH = "controller.kubernetes.io/hash";
/** Of a pod: the name of its revision. */
export const POD_REVISION = "controller-revision-hash";

/** The templates that matter to a StatefulSet. */
export interface Revisions {
  /** The one that all its pods had last. */
  readonly current: ControllerRevision;
  /** The newest one. */
  readonly update: ControllerRevision;
}

/** Finds the revision of the present template, which becomes the newest one, or makes it. */
export function revisionsFor(store: ObjectStore, object: KubeObject): Revisions {
  const { metadata, spec, status } = as<StatefulSet>(object);
  const all = revisionsOf(store, object);
  const hash = templateHash(spec.template, metadata.uid ?? "");
  const known = all.find((revision) => revision.metadata.labels?.[HASH] === hash);
  const latest = Math.max(0, ...all.map(({ revision }) => revision));
  const update =
    known === undefined
      ? createRevision(store, object, hash, latest + 1)
      : renewed(store, known, latest);
  const current = all.find((revision) => revision.metadata.name === status?.currentRevision);
  return { current: current ?? update, update };
}

export function templateOf({ data }: ControllerRevision): PodTemplate {
  const { metadata, spec } = data.spec.template;
  return { ...(metadata && { metadata }), spec };
}

/** Deletes revisions that no pod has and nobody goes to, but as many as the history is long. */
export function trimRevisions(
  store: ObjectStore,
  object: KubeObject,
  { current, update }: Revisions,
  pods: readonly Pod[],
): void {
  const { revisionHistoryLimit } = as<StatefulSet>(object).spec;
  const live = new Set([
    current.metadata.name,
    update.metadata.name,
    ...pods.map(({ metadata }) => metadata.labels?.[POD_REVISION]),
  ]);
  const history = revisionsOf(store, object).filter(({ metadata }) => !live.has(metadata.name));
  history
    .slice(0, Math.max(history.length - revisionHistoryLimit, 0))
    .forEach((revision) => store.remove(refOf(revision)));
}

/** The newest one last. */
function revisionsOf(store: ObjectStore, { metadata }: KubeObject): ControllerRevision[] {
  return store
    .list(REVISIONS, metadata.namespace)
    .filter((revision) => revision.metadata.ownerReferences?.[0]?.uid === metadata.uid)
    .map((revision) => as<ControllerRevision>(revision))
    .sort((one, other) => one.revision - other.revision);
}

function createRevision(
  store: ObjectStore,
  owner: KubeObject,
  hash: string,
  revision: number,
): ControllerRevision {
  const { name, namespace, annotations } = owner.metadata;
  const { template } = as<StatefulSet>(owner).spec;
  const object = admitted(
    {
      ...REVISIONS,
      metadata: {
        name: `${name}-${hash}`,
        namespace,
        labels: { ...template.metadata?.labels, [HASH]: hash },
        ...(annotations && { annotations }),
      },
      data: { spec: { template: { ...template, $patch: "replace" } } },
      revision,
    },
    undefined,
  );
  object.metadata.ownerReferences = [controlledBy(owner)];
  return as<ControllerRevision>(store.put(object));
}

/** A template that comes back keeps its revision, as the newest one. */
function renewed(store: ObjectStore, known: ControllerRevision, latest: number) {
  if (known.revision < latest) {
    store.change(refOf(known), (draft) => Object.assign(draft, { revision: latest + 1 }));
  }
  return as<ControllerRevision>(store.require(refOf(known)));
}
