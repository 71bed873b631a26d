import type { Rule, Values } from "./rule";
import { settings } from "./setting";
import { at, list, ofType, text, words } from "./values";

const JOB = "kubernetes:batch/v1:Job";
const DEPLOYMENT = "kubernetes:apps/v1:Deployment";
const NAMESPACE = "kubernetes:core/v1:Namespace";
const ACCOUNT = "kubernetes:core/v1:ServiceAccount";
const ROLE = "kubernetes:rbac.authorization.k8s.io/v1:Role";
const CLUSTER_ROLE = "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole";
const NETWORK_POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy";
const INGRESS = "kubernetes:networking.k8s.io/v1:Ingress";
const SECRET_CLASS = "kubernetes:secrets-store.csi.x-k8s.io/v1:SecretProviderClass";

/** What runs pods, and what belongs to a namespace. */
const WORKLOADS = [JOB, DEPLOYMENT];
const NAMESPACED = [
  ...WORKLOADS,
  ACCOUNT,
  ROLE,
  INGRESS,
  `${INGRESS}Patch`,
  SECRET_CLASS,
  "kubernetes:core/v1:Secret",
  "kubernetes:core/v1:Service",
  "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding",
  "kubernetes:policy/v1:PodDisruptionBudget",
];

type Check = (part: Values, pod: Values) => boolean;

/** Rules about what is in the cluster, chapters 4 of the CIS benchmark and Checkov's. */
export const KUBERNETES_RULES: readonly Rule[] = [
  pods(
    "CKV_K8S_17",
    "No pod shares the node's process namespace.",
    ({ hostPID }) => hostPID !== true,
  ),
  pods("CKV_K8S_18", "No pod shares the node's IPC namespace.", ({ hostIPC }) => hostIPC !== true),
  pods("CKV_K8S_19", "No pod uses the node's network.", ({ hostNetwork }) => hostNetwork !== true),
  pods(
    "CKV_K8S_27",
    "No pod mounts a node's folder.",
    ({ volumes }) => list(volumes).every(({ hostPath }) => hostPath === undefined),
    ["CIS-AKS-4.2.1"],
  ),
  pods(
    "CKV_K8S_29",
    "A pod sets a security context.",
    ({ securityContext }) => securityContext !== undefined,
  ),
  pods(
    "CKV_K8S_31",
    "A pod uses the runtime's default seccomp profile.",
    (pod) => at(pod, "securityContext.seccompProfile.type") === "RuntimeDefault",
  ),
  pods(
    "CKV_K8S_23",
    "No pod runs as root.",
    (pod) => at(pod, "securityContext.runAsNonRoot") === true,
  ),
  pods(
    "CKV_K8S_38",
    "A pod mounts its service account token only explicitly.",
    ({ automountServiceAccountToken, serviceAccountName }) =>
      automountServiceAccountToken === false || serviceAccountName !== undefined,
    ["CIS-AKS-4.1.6"],
  ),
  pods(
    "CIS-AKS-5.2.1",
    "A pod has its own service account.",
    ({ serviceAccountName }) => !["", "default"].includes(text(serviceAccountName)),
    ["CKV_K8S_41"],
  ),
  containers(
    "CKV_K8S_16",
    "No container is privileged.",
    (container) => at(container, "securityContext.privileged") !== true,
  ),
  containers(
    "CKV_K8S_20",
    "No container can escalate its privileges.",
    (container) => at(container, "securityContext.allowPrivilegeEscalation") === false,
    ["CIS-AKS-4.2.5"],
  ),
  containers(
    "CKV_K8S_22",
    "A container's root file system is read-only.",
    (container) => at(container, "securityContext.readOnlyRootFilesystem") === true,
  ),
  containers(
    "CKV_K8S_37",
    "A container drops all Linux capabilities.",
    (container) => words(at(container, "securityContext.capabilities.drop")).includes("ALL"),
    ["CKV_K8S_28"],
  ),
  containers(
    "CKV_K8S_25",
    "No container adds a Linux capability.",
    (container) => words(at(container, "securityContext.capabilities.add")).length === 0,
    ["CKV_K8S_39"],
  ),
  containers("CKV_K8S_26", "No container uses a host port.", ({ ports }) =>
    list(ports).every(({ hostPort }) => hostPort === undefined),
  ),
  containers(
    "CKV_K8S_10",
    "A container requests CPU.",
    (container) => at(container, "resources.requests.cpu") !== undefined,
  ),
  containers(
    "CKV_K8S_12",
    "A container requests memory.",
    (container) => at(container, "resources.requests.memory") !== undefined,
  ),
  containers(
    "CKV_K8S_13",
    "A container has a memory limit.",
    (container) => at(container, "resources.limits.memory") !== undefined,
  ),
  containers("CKV_K8S_14", "An image is pinned to a version.", ({ image }) =>
    /(?:@sha256:[0-9a-f]{64}|:(?!latest$)[\w.-]+)$/.test(text(image)),
  ),
  containers(
    "CKV_K8S_35",
    "No container gets a secret in an environment variable.",
    ({ env, envFrom }) =>
      list(env).every((variable) => at(variable, "valueFrom.secretKeyRef") === undefined) &&
      list(envFrom).every(({ secretRef }) => secretRef === undefined),
    ["CIS-AKS-4.5.1"],
  ),
  containers(
    "CKV_K8S_8",
    "A serving container has a liveness probe.",
    (container) => !serves(container) || container["livenessProbe"] !== undefined,
    [],
    [DEPLOYMENT],
  ),
  containers(
    "CKV_K8S_9",
    "A serving container has a readiness probe.",
    (container) => !serves(container) || container["readinessProbe"] !== undefined,
    ["APRL-cd6791b1"],
    [DEPLOYMENT],
  ),
  pods(
    "APRL-928fcc6f",
    "Serving pods are spread across zones.",
    (pod) => !podServes(pod) || list(pod["topologySpreadConstraints"]).length > 0,
    [],
    [DEPLOYMENT],
  ),
  {
    id: "APRL-a08a06a0",
    title: "A PodDisruptionBudget keeps most of a slot's pods during maintenance.",
    appliesTo: [DEPLOYMENT],
    needsStack: true,
    check: (props, { all }) =>
      !podServes(podOf(props)) ||
      ofType(all, "kubernetes:policy/v1:PodDisruptionBudget").some(
        (budget) =>
          JSON.stringify(at(budget.props, "spec.selector")) ===
          JSON.stringify(at(props, "spec.selector")),
      )
        ? undefined
        : "no PodDisruptionBudget has its selector.",
  },
  {
    id: "CKV_K8S_49",
    also: ["CIS-AKS-4.1.3"],
    title: "No role uses wildcards.",
    appliesTo: [ROLE, CLUSTER_ROLE],
    check: ({ rules }) =>
      list(rules).some((rule) =>
        ["verbs", "resources", "apiGroups"].some((key) => words(rule[key]).includes("*")),
      )
        ? "rules have *: list verbs and resources."
        : undefined,
  },
  {
    id: "CIS-AKS-4.1.2",
    title: "No role can access the cluster's Secrets.",
    appliesTo: [ROLE, CLUSTER_ROLE],
    check: ({ rules }) =>
      list(rules).some(({ resources }) => words(resources).includes("secrets"))
        ? "rules have secrets."
        : undefined,
  },
  {
    id: "CKV_K8S_21",
    also: ["CIS-AKS-4.6.3"],
    title: "Nothing uses the default namespace.",
    appliesTo: NAMESPACED,
    check: (props) =>
      ["", "default"].includes(text(at(props, "metadata.namespace")))
        ? "metadata.namespace is not set, or default."
        : undefined,
  },
  {
    id: "CIS-AKS-4.2.2",
    title: "The namespace enforces restricted pod security.",
    appliesTo: [NAMESPACE],
    check: (props) => {
      const labels = (at(props, "metadata.labels") ?? {}) as Values;
      return labels["pod-security.kubernetes.io/enforce"] === "restricted"
        ? undefined
        : "metadata.labels must have pod-security.kubernetes.io/enforce: restricted.";
    },
  },
  {
    id: "CIS-AKS-4.4.2",
    title: "The namespace denies traffic to its pods by default.",
    appliesTo: [NAMESPACE],
    needsStack: true,
    check: (props, { all }) =>
      ofType(all, NETWORK_POLICY).some(
        (policy) =>
          at(policy.props, "metadata.namespace") === at(props, "metadata.name") &&
          Object.keys(at(policy.props, "spec.podSelector") ?? { none: 1 }).length === 0,
      )
        ? undefined
        : "no NetworkPolicy selects all of its pods.",
  },
  ...settings(ACCOUNT, {
    id: "CIS-AKS-4.1.5",
    title: "A service account does not mount its token automatically.",
    path: "automountServiceAccountToken",
    must: { met: (value) => value === false, wanted: "false" },
  }),
  {
    id: "CIS-AKS-4.5.2",
    title:
      "Secrets stay in the vault: none is copied into the cluster, but for a class that a Secret is named after (rotation:secretFrom vault).",
    appliesTo: [SECRET_CLASS],
    check: (props) =>
      list(at(props, "spec.secretObjects")).every(
        ({ secretName }) => secretName === at(props, "metadata.name"),
      )
        ? undefined
        : "spec.secretObjects must be left out, or name Secrets as the class is named.",
  },
];

/** Whether anybody can send it anything. */
function serves({ ports }: Values): boolean {
  return list(ports).length > 0;
}

function podServes(pod: Values): boolean {
  return list(pod["containers"]).some(serves);
}

function pods(
  id: string,
  title: string,
  right: (pod: Values) => boolean,
  also: readonly string[] = [],
  appliesTo: readonly string[] = WORKLOADS,
): Rule {
  return {
    id,
    also,
    title,
    appliesTo,
    check: (props) => (right(podOf(props)) ? undefined : "spec.template.spec does not comply."),
  };
}

function containers(
  id: string,
  title: string,
  right: Check,
  also: readonly string[] = [],
  appliesTo: readonly string[] = WORKLOADS,
): Rule {
  return {
    id,
    also,
    title,
    appliesTo,
    check: (props) => {
      const pod = podOf(props);
      const wrong = [...list(pod["containers"]), ...list(pod["initContainers"])]
        .filter((container) => !right(container, pod))
        .map(({ name }) => text(name));
      return wrong.length === 0 ? undefined : `container ${wrong.join(", ")} does not comply.`;
    },
  };
}

function podOf(props: Values): Values {
  return (at(props, "spec.template.spec") ?? {}) as Values;
}
