import { randomBytes } from "node:crypto";
import path from "node:path";
import type { World } from "../../world/world";
import { denialOf } from "./admissionPolicies";
import { admitted } from "./defaults";
import { collectGarbage } from "./garbage";
import { ApiError, type KubeObject, type ObjectReference, type OwnerReference } from "./objects";
import { ENFORCE, restrictedViolations } from "./podSecurity";
import { refOf, type ObjectStore } from "./store";
import { as, isTerminating, timestamp, type Pod, type PodTemplate } from "./types";

const PODS = { apiVersion: "v1", kind: "Pod" };

/** The pods that a workload made itself, terminating ones included. */
export function podsOf(store: ObjectStore, owner: Pick<KubeObject, "metadata">): Pod[] {
  return store
    .list(PODS, owner.metadata.namespace)
    .filter((pod) => pod.metadata.ownerReferences?.some((o) => o.uid === owner.metadata.uid))
    .map((pod) => as<Pod>(pod));
}

/** The object that made a pod or a ReplicaSet. */
export function ownerOf(object: KubeObject): ObjectReference | undefined {
  const owner = object.metadata.ownerReferences?.[0];
  return owner && { ...owner, namespace: object.metadata.namespace };
}

/** How what a controller makes names it. */
export function controlledBy(owner: KubeObject): OwnerReference {
  const { apiVersion, kind, metadata } = owner;
  return { apiVersion, kind, name: metadata.name, uid: metadata.uid ?? "", controller: true };
}

/** The pod's folder: logs, and volumes as long as it runs. */
export function podDirectory(world: World, pod: Pod): string {
  return path.join(world.directory, "pods", `${pod.metadata.namespace}_${pod.metadata.name}`);
}

/** A folder for each of its volumes, as long as it runs. */
export function volumesDirectory(world: World, pod: Pod): string {
  return path.join(podDirectory(world, pod), "volumes");
}

/** What a template does not say of a pod. */
export interface PodIdentity {
  /** Default: the owner's, and five characters. */
  readonly name?: string;
  readonly finalizers?: string[];
}

/** Stores a pod made from a template; fails with what admission would say. */
export function createPod(
  store: ObjectStore,
  owner: KubeObject,
  template: PodTemplate,
  { name = `${owner.metadata.name}-${suffix()}`, finalizers }: PodIdentity = {},
): void {
  const { metadata } = owner;
  const pod: KubeObject = {
    ...PODS,
    metadata: {
      name,
      namespace: metadata.namespace,
      labels: { ...template.metadata?.labels },
      annotations: { ...template.metadata?.annotations },
      ...(finalizers === undefined ? {} : { finalizers }),
    },
    spec: structuredClone(template.spec) as unknown as NonNullable<KubeObject["spec"]>,
  };
  admitPod(store, as<Pod>(pod));
  const stored = admitted(pod, undefined);
  stored.metadata.ownerReferences = [controlledBy(owner)];
  store.put(stored);
}

/** Begins the graceful end of a pod; the kubelet takes it out of the store. */
export function deletePod(store: ObjectStore, pod: Pod): void {
  if (!isTerminating(pod)) {
    const { terminationGracePeriodSeconds: seconds } = pod.spec;
    store.change(refOf(pod), (draft) => {
      // When it will be gone at the latest, as the API server writes it.
      draft.metadata.deletionTimestamp = timestamp(Date.now() + seconds * 1000);
      draft.metadata.deletionGracePeriodSeconds = seconds;
    });
  }
}

/** Takes a pod that has ended out of the store, unless somebody still has to look at it. */
export function removePod(store: ObjectStore, ref: ObjectReference): void {
  const pod = store.get(ref);
  const finalizers = (pod?.metadata.finalizers ?? []) as string[];
  if (pod && isTerminating(pod) && finalizers.length === 0) {
    store.remove(ref);
    // Objects that name it as their owner, such as the driver's statuses, go with it.
    collectGarbage(store, pod);
  }
}

function admitPod(store: ObjectStore, pod: Pod): void {
  const { name, namespace = "" } = pod.metadata;
  const account = pod.spec.serviceAccountName ?? "default";
  const ref = { apiVersion: "v1", kind: "ServiceAccount", namespace, name: account };
  if (!store.get(ref)) {
    throw forbidden(
      name,
      `error looking up service account ${namespace}/${account}: serviceaccount "${account}" not found`,
    );
  }
  const home = store.get({ apiVersion: "v1", kind: "Namespace", name: namespace });
  if (home?.metadata.labels?.[ENFORCE] === "restricted") {
    const violations = restrictedViolations(pod.spec);
    if (violations.length > 0) {
      throw forbidden(name, `violates PodSecurity "restricted:latest": ${violations.join(", ")}`);
    }
  }
  const denial = denialOf(store, pod as unknown as KubeObject);
  if (denial !== undefined) {
    throw forbidden(name, denial);
  }
}

function forbidden(pod: string, text: string): ApiError {
  return new ApiError(`pods "${pod}" is forbidden: ${text}`, 403, "Forbidden");
}

/** Five characters as the API server makes them for generated names. */
function suffix(): string {
  const alphabet = "bcdfghjklmnpqrstvwxz2456789";
  return [...randomBytes(5)].map((byte) => alphabet[byte % alphabet.length]).join("");
}
