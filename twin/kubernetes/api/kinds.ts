import { ApiError } from "./objects";

export interface Kind {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  /** Whether the server counts changes of the spec in `metadata.generation`. */
  readonly counted: boolean;
}

function kind(
  apiVersion: string,
  name: string,
  plural: string,
  { namespaced = true, counted = false } = {},
): Kind {
  return { apiVersion, kind: name, plural, namespaced, counted };
}

const secretsStore = "secrets-store.csi.x-k8s.io/v1";

const kinds: readonly Kind[] = [
  kind("v1", "Namespace", "namespaces", { namespaced: false }),
  kind("v1", "ServiceAccount", "serviceaccounts"),
  kind("v1", "ConfigMap", "configmaps"),
  kind("v1", "Secret", "secrets"),
  kind("v1", "Service", "services"),
  kind("v1", "Endpoints", "endpoints"),
  kind("v1", "Pod", "pods"),
  kind("apps/v1", "Deployment", "deployments", { counted: true }),
  kind("apps/v1", "ReplicaSet", "replicasets", { counted: true }),
  kind("apps/v1", "StatefulSet", "statefulsets", { counted: true }),
  kind("apps/v1", "ControllerRevision", "controllerrevisions"),
  kind("batch/v1", "Job", "jobs", { counted: true }),
  kind("batch/v1", "CronJob", "cronjobs", { counted: true }),
  kind("autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers"),
  kind(
    "admissionregistration.k8s.io/v1",
    "ValidatingAdmissionPolicy",
    "validatingadmissionpolicies",
    { namespaced: false, counted: true },
  ),
  kind(
    "admissionregistration.k8s.io/v1",
    "ValidatingAdmissionPolicyBinding",
    "validatingadmissionpolicybindings",
    { namespaced: false, counted: true },
  ),
  kind("networking.k8s.io/v1", "Ingress", "ingresses", { counted: true }),
  kind("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies", { counted: true }),
  kind("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets", { counted: true }),
  kind("rbac.authorization.k8s.io/v1", "Role", "roles"),
  kind("rbac.authorization.k8s.io/v1", "RoleBinding", "rolebindings"),
  kind(secretsStore, "SecretProviderClass", "secretproviderclasses", { counted: true }),
  kind(secretsStore, "SecretProviderClassPodStatus", "secretproviderclasspodstatuses"),
];

/** Kinds of custom resource definitions, for which no Go type stands. */
export function isCustom(apiVersion: string): boolean {
  return apiVersion === secretsStore;
}

/** Every kind that the cluster has. */
export function servedKinds(): readonly Kind[] {
  return kinds;
}

/** What charts can ask for: `apps/v1` and `apps/v1/Deployment`. */
export function servedVersions(): string[] {
  const versions = kinds.flatMap(({ apiVersion, kind: name }) => [
    apiVersion,
    `${apiVersion}/${name}`,
  ]);
  return [...new Set(versions)];
}

/** Fails as the API server does for a kind it does not serve. */
export function kindOf(object: { apiVersion: string; kind: string }): Kind {
  const found = kinds.find((k) => k.kind === object.kind && k.apiVersion === object.apiVersion);
  if (!found) {
    const text = `no matches for kind "${object.kind}" in version "${object.apiVersion}"`;
    throw new ApiError(text, 404, "NotFound");
  }
  return found;
}

/** The kind behind the first parts of a path, `/api/v1` or `/apis/batch/v1`, and a plural. */
export function kindAt(base: string, plural: string): Kind | undefined {
  const apiVersion = base.replace(/^\/apis?\//, "");
  return kinds.find((k) => k.apiVersion === apiVersion && k.plural === plural);
}

/** `deployments.apps`, `pods`: how messages of the API server name a resource. */
export function resourceName(kind: Kind): string {
  const group = groupOf(kind);
  return group === "" ? kind.plural : `${kind.plural}.${group}`;
}

export function groupOf(kind: Kind): string {
  return kind.apiVersion.includes("/") ? (kind.apiVersion.split("/")[0] ?? "") : "";
}
