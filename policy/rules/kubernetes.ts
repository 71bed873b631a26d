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
  SECRET_CLASS,
  "kubernetes:core/v1:Service",
  "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding",
  "kubernetes:policy/v1:PodDisruptionBudget",
];

type Check = (part: Values, pod: Values) => boolean;

/** Rules about what is in the cluster, chapters 4 of the CIS benchmark and Checkov's. */
export const KUBERNETES_RULES: readonly Rule[] = [
  pods("CKV_K8S_17", "No pod sees the node's processes.", ({ hostPID }) => hostPID !== true),
  pods("CKV_K8S_18", "No pod talks with the node's processes.", ({ hostIPC }) => hostIPC !== true),
  pods("CKV_K8S_19", "No pod has the node's network.", ({ hostNetwork }) => hostNetwork !== true),
  pods(
    "CKV_K8S_27",
    "No pod has a folder of the node.",
    ({ volumes }) => list(volumes).every(({ hostPath }) => hostPath === undefined),
    ["CIS-AKS-4.2.1"],
  ),
  pods(
    "CKV_K8S_29",
    "A pod says with what rights it runs.",
    ({ securityContext }) => securityContext !== undefined,
  ),
  pods(
    "CKV_K8S_31",
    "A pod can call what the runtime allows by default, no more.",
    (pod) => at(pod, "securityContext.seccompProfile.type") === "RuntimeDefault",
  ),
  pods(
    "CKV_K8S_23",
    "No pod runs as root.",
    (pod) => at(pod, "securityContext.runAsNonRoot") === true,
  ),
  pods(
    "CKV_K8S_38",
    "A pod gets the token of its account only where it says so.",
    ({ automountServiceAccountToken, serviceAccountName }) =>
      automountServiceAccountToken === false || serviceAccountName !== undefined,
    ["CIS-AKS-4.1.6"],
  ),
  pods(
    "CIS-AKS-5.2.1",
    "A pod has an account of its own.",
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
    "No container gets more rights than it was started with.",
    (container) => at(container, "securityContext.allowPrivilegeEscalation") === false,
    ["CIS-AKS-4.2.5"],
  ),
  containers(
    "CKV_K8S_22",
    "No container writes to its own disk.",
    (container) => at(container, "securityContext.readOnlyRootFilesystem") === true,
  ),
  containers(
    "CKV_K8S_37",
    "No container keeps a capability of Linux.",
    (container) => words(at(container, "securityContext.capabilities.drop")).includes("ALL"),
    ["CKV_K8S_28"],
  ),
  containers(
    "CKV_K8S_25",
    "No container asks for a capability of Linux.",
    (container) => words(at(container, "securityContext.capabilities.add")).length === 0,
    ["CKV_K8S_39"],
  ),
  containers("CKV_K8S_26", "No container takes a port of the node.", ({ ports }) =>
    list(ports).every(({ hostPort }) => hostPort === undefined),
  ),
  containers(
    "CKV_K8S_10",
    "A container says how much processor it needs.",
    (container) => at(container, "resources.requests.cpu") !== undefined,
  ),
  containers(
    "CKV_K8S_12",
    "A container says how much memory it needs.",
    (container) => at(container, "resources.requests.memory") !== undefined,
  ),
  containers(
    "CKV_K8S_13",
    "A container cannot take all the memory of a node.",
    (container) => at(container, "resources.limits.memory") !== undefined,
  ),
  containers("CKV_K8S_14", "An image is of one version.", ({ image }) =>
    /(?:@sha256:[0-9a-f]{64}|:(?!latest$)[\w.-]+)$/.test(text(image)),
  ),
  containers(
    "CKV_K8S_35",
    "No container gets a secret as a variable.",
    ({ env, envFrom }) =>
      list(env).every((variable) => at(variable, "valueFrom.secretKeyRef") === undefined) &&
      list(envFrom).every(({ secretRef }) => secretRef === undefined),
    ["CIS-AKS-4.5.1"],
  ),
  containers(
    "CKV_K8S_8",
    "A container that serves is started again when it hangs.",
    ({ livenessProbe }) => livenessProbe !== undefined,
    [],
    [DEPLOYMENT],
  ),
  containers(
    "CKV_K8S_9",
    "A container that serves says when it is ready.",
    ({ readinessProbe }) => readinessProbe !== undefined,
    ["APRL-cd6791b1"],
    [DEPLOYMENT],
  ),
  pods(
    "APRL-928fcc6f",
    "Pods that serve are spread over zones.",
    ({ topologySpreadConstraints }) => list(topologySpreadConstraints).length > 0,
    [],
    [DEPLOYMENT],
  ),
  {
    id: "APRL-a08a06a0",
    title: "Maintenance leaves most pods of a slot alone.",
    appliesTo: [DEPLOYMENT],
    needsStack: true,
    check: (props, { all }) =>
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
    title: "No role allows everything.",
    appliesTo: [ROLE, CLUSTER_ROLE],
    check: ({ rules }) =>
      list(rules).some((rule) =>
        ["verbs", "resources", "apiGroups"].some((key) => words(rule[key]).includes("*")),
      )
        ? "rules have *: name verbs and resources."
        : undefined,
  },
  {
    id: "CIS-AKS-4.1.2",
    title: "No role reads the cluster's secrets.",
    appliesTo: [ROLE, CLUSTER_ROLE],
    check: ({ rules }) =>
      list(rules).some(({ resources }) => words(resources).includes("secrets"))
        ? "rules have secrets."
        : undefined,
  },
  {
    id: "CKV_K8S_21",
    also: ["CIS-AKS-4.6.3"],
    title: "Nothing is in the default namespace.",
    appliesTo: NAMESPACED,
    check: (props) =>
      ["", "default"].includes(text(at(props, "metadata.namespace")))
        ? "metadata.namespace is not set, or default."
        : undefined,
  },
  {
    id: "CIS-AKS-4.2.2",
    title: "The namespace admits restricted pods only.",
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
    title: "The namespace says who may talk to its pods, and everybody else may not.",
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
    title: "An account gives its token to no pod unasked.",
    path: "automountServiceAccountToken",
    must: { met: (value) => value === false, wanted: "false" },
  }),
  ...settings(SECRET_CLASS, {
    id: "CIS-AKS-4.5.2",
    title: "Secrets stay in the vault: no copy is made in the cluster.",
    path: "spec.secretObjects",
    must: { met: (value) => list(value).length === 0, wanted: "left out" },
  }),
];

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
    check: (props) => (right(podOf(props)) ? undefined : "spec.template.spec does not say so."),
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
      return wrong.length === 0 ? undefined : `container ${wrong.join(", ")} does not say so.`;
    },
  };
}

function podOf(props: Values): Values {
  return (at(props, "spec.template.spec") ?? {}) as Values;
}
