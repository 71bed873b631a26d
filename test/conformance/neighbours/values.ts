import type { Recorded } from "../../support/comparison";
import type { SdkProperty } from "../../support/sdkTypes";

type Inputs = { [property: string]: Recorded };

/** Two values that the server takes, by the end of the path; the longest end counts. */
const VALUES: Readonly<Record<string, readonly [Recorded, Recorded]>> = {
  "appArmorProfile.type": ["RuntimeDefault", "Unconfined"],
  "metadata.namespace": ["c-ns", "app"],
  "onPodConditions.status": ["True", "False"],
  "onPodConditions.type": ["DisruptionTarget", "Ready"],
  "rules.action": ["Ignore", "Count"],
  "seccompProfile.type": ["RuntimeDefault", "Unconfined"],
  sizeLimit: ["1Gi", "2Gi"],
  "volumeMounts.name": ["v", "w"],
  "httpGet.port": [80, 81],
  "initContainers.restartPolicy": ["Always", "Always"],
  "ports.port": [80, 81],
  "tcpSocket.port": [80, 81],
  "spec.finalizers": [["kubernetes"], ["kubernetes"]],
  "rollingUpdate.maxSurge": [1, 2],
  "rollingUpdate.maxUnavailable": [1, 2],
  "strategy.type": ["RollingUpdate", "RollingUpdate"],
  annotations: [{ a: "1" }, { a: "2" }],
  cidr: ["10.0.0.0/8", "10.1.0.0/16"],
  completionMode: ["NonIndexed", "NonIndexed"],
  dnsPolicy: ["Default", "ClusterFirst"],
  effect: ["NoSchedule", "NoExecute"],
  except: [["10.1.0.0/16"], ["10.2.0.0/16"]],
  failurePolicy: ["Fail", "Ignore"],
  fieldPath: ["metadata.name", "metadata.namespace"],
  fsGroupChangePolicy: ["Always", "OnRootMismatch"],
  host: ["a.example", "b.example"],
  image: ["local/a:1", "local/b:1"],
  imagePullPolicy: ["Always", "Never"],
  "spec.maxReplicas": [3, 4],
  "spec.metrics.type": ["Resource", "Resource"],
  "target.type": ["Utilization", "Utilization"],
  labels: [{ a: "1" }, { a: "2" }],
  limits: [{ memory: "1Gi" }, { memory: "2Gi" }],
  manualSelector: [false, false],
  matchPolicy: ["Equivalent", "Exact"],
  nodeAffinityPolicy: ["Honor", "Ignore"],
  nodeTaintsPolicy: ["Honor", "Ignore"],
  operations: [["CREATE"], ["UPDATE"]],
  operator: ["Exists", "DoesNotExist"],
  pathType: ["Prefix", "Exact"],
  podReplacementPolicy: ["TerminatingOrFailed", "TerminatingOrFailed"],
  policyTypes: [["Ingress"], ["Egress"]],
  preemptionPolicy: ["Never", "PreemptLowerPriority"],
  procMount: ["Default", "Unmasked"],
  protocol: ["TCP", "UDP"],
  requests: [{ memory: "1Gi" }, { memory: "2Gi" }],
  restartPolicy: ["Never", "OnFailure"],
  scheme: ["HTTP", "HTTPS"],
  "resourceRules.scope": ["Cluster", "Namespaced"],
  "roleRef.apiGroup": ["rbac.authorization.k8s.io", "rbac.authorization.k8s.io"],
  "roleRef.kind": ["Role", "ClusterRole"],
  "startupProbe.successThreshold": [1, 1],
  "livenessProbe.successThreshold": [1, 1],
  "subjects.kind": ["User", "Group"],
  supplementalGroups: [[1], [2]],
  supplementalGroupsPolicy: ["Merge", "Strict"],
  terminationMessagePolicy: ["File", "FallbackToLogsOnError"],
  "tolerations.operator": ["Exists", "Equal"],
  validationActions: [["Deny"], ["Audit"]],
  "validations.reason": ["Forbidden", "Invalid"],
  "volumes.name": ["v", "x"],
  whenUnsatisfiable: ["DoNotSchedule", "ScheduleAnyway"],
};

/** Ways of asking a container, of which there is one only. */
const HANDLERS = ["exec", "httpGet", "sleep", "tcpSocket", "grpc"];

/** What an object needs beside its required properties, by the end of its path. */
const SEEDS: Readonly<Record<string, Inputs>> = {
  "downwardAPI.items": { fieldRef: { fieldPath: "metadata.name" } },
  // The twin runs sidecars only.
  initContainers: { image: "docker.io/local/pause:1", restartPolicy: "Always" },
  livenessProbe: { exec: { command: ["true"] } },
  "podFailurePolicy.rules": {
    action: "Ignore",
    onPodConditions: [{ type: "DisruptionTarget", status: "True" }],
  },
  preStop: { exec: { command: ["true"] } },
  readinessProbe: { exec: { command: ["true"] } },
  startupProbe: { exec: { command: ["true"] } },
};

const BY_KIND: Readonly<Record<string, readonly [Recorded, Recorded]>> = {
  any: [{ a: "1" }, { a: "2" }],
  boolean: [true, false],
  map: [{ a: "1" }, { a: "2" }],
  number: [1, 2],
  string: ["a", "b"],
};

/** Two values of a property, with what is required in them; twice what the base has if it is an object. */
export function valuesOf(
  { path, kind }: SdkProperty,
  declared: readonly SdkProperty[],
  base: Inputs = {},
): readonly [Recorded, Recorded] {
  const known = atEndOf(path, VALUES);
  if (known) {
    return known;
  }
  const present = valueAt(base, path) as Recorded | undefined;
  if (present !== undefined && kind.startsWith("object")) {
    return [present, present];
  }
  const isList = kind.endsWith("[]");
  const one = isList ? kind.slice(0, -2) : kind;
  const seed = one === "object" ? seedOf(path, declared) : undefined;
  const [first, second] = seed ? [seed, seed] : (BY_KIND[one] ?? ["a", "b"]);
  return isList ? [[first], [second]] : [first, second];
}

/** The inputs with a value at a path; what is on the way is made, in lists as the first element. */
export function withValue(
  inputs: Inputs,
  path: string,
  value: Recorded,
  declared: readonly SdkProperty[],
  within = "",
): Inputs {
  const [key = "", ...rest] = path.split(".");
  if (rest.length === 0) {
    return { ...inputs, [key]: value };
  }
  const at = within === "" ? key : `${within}.${key}`;
  const isList = declared.find((one) => one.path === at)?.kind.endsWith("[]") === true;
  const present = inputs[key];
  const inner = (isList ? (present as Inputs[] | undefined)?.[0] : present) as Inputs | undefined;
  const seed = HANDLERS.includes(rest[0] ?? "") ? {} : seedOf(at, declared);
  const made = withValue(inner ?? seed, rest.join("."), value, declared, at);
  const others = isList ? ((present as Inputs[] | undefined) ?? []).slice(1) : [];
  return { ...inputs, [key]: isList ? [made, ...others] : made };
}

/** What is at a path, in lists in the first element. */
export function valueAt(value: unknown, path: string): unknown {
  const inner = Array.isArray(value) ? (value as unknown[])[0] : value;
  const [key = "", ...rest] = path.split(".");
  return key === "" || inner === null || typeof inner !== "object"
    ? inner
    : rest.length === 0
      ? (inner as Inputs)[key]
      : valueAt((inner as Inputs)[key], rest.join("."));
}

function seedOf(path: string, declared: readonly SdkProperty[]): Inputs {
  const required = declared.filter(
    (one) => one.required && one.path.slice(0, one.path.lastIndexOf(".")) === path,
  );
  const seed = Object.fromEntries(
    required.map((one) => [one.path.slice(path.length + 1), valuesOf(one, declared)[0]]),
  );
  return { ...seed, ...atEndOf(path, SEEDS) };
}

function atEndOf<T>(path: string, table: Readonly<Record<string, T>>): T | undefined {
  const ends = Object.keys(table).filter((end) => path === end || path.endsWith(`.${end}`));
  const longest = ends.sort((left, right) => right.length - left.length)[0];
  return longest === undefined ? undefined : table[longest];
}
