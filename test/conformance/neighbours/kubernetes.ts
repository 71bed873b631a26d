import type { Recorded } from "../../support/comparison";

type Inputs = { [property: string]: Recorded };

/** What is asked about the properties of one kind. */
export interface KindProbes {
  /** What comes out as another property, which specs of the provider show. */
  readonly becomesAnother?: readonly string[];
  readonly base: Inputs;
  /** Paths that the server takes only with what others say; specs of the provider show them. */
  readonly bound?: readonly string[];
  /** Paths of which a change replaces the object, with everything below them. */
  readonly replaces: readonly string[];
  /** Paths that the server takes out, so that nothing follows from them. */
  readonly dropped?: readonly string[];
  /** Paths that the twin refuses, with everything below them; its README says why. */
  readonly unmodelled: readonly string[];
}

/** What the server owns: the provider takes it out of the inputs (pk `normalizeInputs`). */
export const READ_ONLY = [
  "metadata.creationTimestamp",
  "metadata.deletionGracePeriodSeconds",
  "metadata.deletionTimestamp",
  "metadata.generation",
  "metadata.managedFields",
  "metadata.resourceVersion",
  "metadata.uid",
];

/** Of no use since Kubernetes 1.24 and 1.20, and refused by the provider under server-side apply. */
const DEAD_METADATA = ["metadata.clusterName", "metadata.generateName", "metadata.selfLink"];

/** For every kind, as in pk `metadataForceNewProperties`. */
const IDENTITY = ["metadata.name", "metadata.namespace"];

const metadata = { name: "n", namespace: "c-ns" };

const IN_CONTAINER = [
  "env.valueFrom.fileKeyRef",
  "env.valueFrom.resourceFieldRef",
  "lifecycle.postStart",
  "lifecycle.preStop.httpGet.protocol",
  "lifecycle.preStop.tcpSocket",
  "lifecycle.stopSignal",
  ...["livenessProbe", "readinessProbe", "startupProbe"].flatMap((probe) =>
    ["grpc", "httpGet.protocol", "tcpSocket.host", "terminationGracePeriodSeconds"].map(
      (field) => `${probe}.${field}`,
    ),
  ),
  "ports.hostIP",
  "ports.hostPort",
  "resizePolicy",
  "resources.claims",
  "restartPolicyRules",
  "securityContext.windowsOptions",
  "stdin",
  "stdinOnce",
  "tty",
  "volumeDevices",
  "volumeMounts.bindMountOptions",
  "volumeMounts.mountPropagation",
  "volumeMounts.recursiveReadOnly",
  "volumeMounts.subPathExpr",
];

const IN_POD = [
  "activeDeadlineSeconds",
  ...["containers", "initContainers"].flatMap((kind) =>
    IN_CONTAINER.map((field) => `${kind}.${field}`),
  ),
  // Of a sidecar only.
  "containers.restartPolicy",
  "dnsConfig",
  "ephemeralContainers",
  "evictionResponders",
  "hostAliases",
  "hostIPC",
  "hostNetwork",
  "hostPID",
  "hostname",
  "hostnameOverride",
  "nodeName",
  "os",
  "overhead",
  "priority",
  "readinessGates",
  "resourceClaims",
  "resources",
  "runtimeClassName",
  "schedulingGates",
  "schedulingGroup",
  "securityContext.seLinuxChangePolicy",
  "securityContext.sysctls",
  "securityContext.windowsOptions",
  "setHostnameAsFQDN",
  "shareProcessNamespace",
  "subdomain",
  ...[
    "awsElasticBlockStore",
    "azureDisk",
    "azureFile",
    "cephfs",
    "cinder",
    "configMap.defaultUser",
    "configMap.items.user",
    "csi.fsType",
    "csi.nodePublishSecretRef",
    "downwardAPI",
    "emptyDir.mode",
    "ephemeral",
    "fc",
    "flexVolume",
    "flocker",
    "gcePersistentDisk",
    "gitRepo",
    "glusterfs",
    "hostPath",
    "image",
    "iscsi",
    "nfs",
    "persistentVolumeClaim",
    "photonPersistentDisk",
    "portworxVolume",
    "projected.defaultUser",
    "projected.sources.clusterTrustBundle",
    "projected.sources.configMap.items.user",
    "projected.sources.downwardAPI.items.mode",
    "projected.sources.downwardAPI.items.resourceFieldRef",
    "projected.sources.downwardAPI.items.user",
    "projected.sources.podCertificate",
    "projected.sources.secret.items.user",
    "projected.sources.serviceAccountToken.user",
    "quobyte",
    "rbd",
    "scaleIO",
    "secret.defaultUser",
    "secret.items.user",
    "storageos",
    "vsphereVolume",
  ].map((volume) => `volumes.${volume}`),
  "workloadRef",
];

/** What is refused in the pods that a workload makes. */
const IN_TEMPLATE = [
  ...[
    "clusterName",
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "finalizers",
    "generateName",
    "generation",
    "managedFields",
    "namespace",
    "ownerReferences",
    "resourceVersion",
    "selfLink",
    "uid",
  ].map((field) => `spec.template.metadata.${field}`),
  ...IN_POD.map((field) => `spec.template.spec.${field}`),
];

/** By type token. */
export const KINDS: Readonly<Record<string, KindProbes>> = {
  "kubernetes:core/v1:Namespace": {
    base: { metadata: { name: "n" } },
    replaces: ["metadata.name"],
    dropped: ["metadata.namespace"],
    unmodelled: DEAD_METADATA,
  },
  "kubernetes:core/v1:ConfigMap": {
    base: { metadata, data: { key: "value" } },
    // As long as the provider is not told otherwise (`enableConfigMapMutable`).
    replaces: [...IDENTITY, "binaryData", "data"],
    unmodelled: DEAD_METADATA,
  },
  "kubernetes:core/v1:Secret": {
    base: { metadata, data: { password: "c2VjcmV0" } },
    // As long as the provider is not told otherwise (`enableSecretMutable`).
    replaces: [...IDENTITY, "data", "stringData", "type"],
    unmodelled: DEAD_METADATA,
    becomesAnother: ["stringData"],
  },
  "kubernetes:core/v1:ServiceAccount": {
    base: { metadata },
    replaces: IDENTITY,
    unmodelled: [
      ...DEAD_METADATA,
      ...["apiVersion", "fieldPath", "kind", "namespace", "resourceVersion", "uid"].map(
        (field) => `secrets.${field}`,
      ),
    ],
  },
  "kubernetes:rbac.authorization.k8s.io/v1:Role": {
    base: { metadata, rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }] },
    replaces: IDENTITY,
    // A Role has no rules about what is outside of namespaces: the server refuses them too.
    unmodelled: [...DEAD_METADATA, "rules.nonResourceURLs"],
  },
  "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding": {
    base: {
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "r" },
      subjects: [{ kind: "ServiceAccount", name: "a", namespace: "c-ns" }],
    },
    replaces: [...IDENTITY, "roleRef"],
    unmodelled: DEAD_METADATA,
  },
  "kubernetes:batch/v1:Job": {
    base: {
      metadata,
      spec: {
        template: {
          spec: {
            restartPolicy: "Never",
            containers: [{ name: "c", image: "docker.io/local/pause:1" }],
            volumes: [
              { name: "v", emptyDir: {} },
              { name: "w", emptyDir: {} },
            ],
          },
        },
      },
    },
    replaces: [...IDENTITY, "spec.completions", "spec.parallelism", "spec.template"],
    unmodelled: [
      ...DEAD_METADATA,
      "spec.backoffLimitPerIndex",
      "spec.managedBy",
      "spec.maxFailedIndexes",
      "spec.podFailurePolicy.rules.onExitCodes",
      "spec.scheduling",
      // Without `manualSelector` the server makes the selector, and refuses any other.
      "spec.selector",
      "spec.successPolicy",
      ...IN_TEMPLATE,
    ],
  },
  "kubernetes:apps/v1:Deployment": {
    base: {
      metadata,
      spec: {
        selector: { matchLabels: { app: "a" } },
        template: {
          metadata: { labels: { app: "a" } },
          spec: {
            containers: [{ name: "c", image: "docker.io/local/pause:1" }],
            volumes: [
              { name: "v", emptyDir: {} },
              { name: "w", emptyDir: {} },
            ],
          },
        },
      },
    },
    replaces: IDENTITY,
    // A selector that does not match the labels is refused, and any restart policy but Always.
    bound: ["spec.selector", "spec.template.metadata.labels", "spec.template.spec.restartPolicy"],
    unmodelled: [...DEAD_METADATA, "spec.paused", ...IN_TEMPLATE],
  },
  "kubernetes:autoscaling/v2:HorizontalPodAutoscaler": {
    base: {
      metadata,
      spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "app" },
        minReplicas: 1,
        maxReplicas: 6,
        metrics: [
          {
            type: "Resource",
            resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 70 } },
          },
        ],
      },
    },
    replaces: IDENTITY,
    unmodelled: [
      ...DEAD_METADATA,
      "spec.behavior",
      "spec.metrics.containerResource",
      "spec.metrics.external",
      "spec.metrics.object",
      "spec.metrics.pods",
      "spec.metrics.resource.target.averageValue",
      "spec.metrics.resource.target.value",
    ],
  },
  "kubernetes:networking.k8s.io/v1:Ingress": {
    base: {
      metadata,
      spec: {
        rules: [
          {
            host: "a.example",
            http: {
              paths: [
                {
                  path: "/",
                  pathType: "Prefix",
                  backend: { service: { name: "s", port: { number: 80 } } },
                },
              ],
            },
          },
        ],
      },
    },
    replaces: IDENTITY,
    unmodelled: [...DEAD_METADATA, "spec.rules.http.paths.backend.resource"],
  },
  "kubernetes:networking.k8s.io/v1:NetworkPolicy": {
    base: { metadata, spec: { podSelector: { matchLabels: { app: "a" } } } },
    replaces: IDENTITY,
    unmodelled: DEAD_METADATA,
  },
  "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy": {
    base: {
      metadata: { name: "n" },
      spec: {
        matchConstraints: {
          resourceRules: [
            { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] },
          ],
        },
        validations: [{ expression: "true" }],
      },
    },
    replaces: ["metadata.name"],
    dropped: ["metadata.namespace"],
    unmodelled: [
      ...DEAD_METADATA,
      "spec.auditAnnotations",
      "spec.matchConditions",
      "spec.matchConstraints.excludeResourceRules",
      "spec.matchConstraints.namespaceSelector.matchExpressions",
      "spec.matchConstraints.namespaceSelector.matchLabels",
      "spec.matchConstraints.objectSelector.matchExpressions",
      "spec.matchConstraints.objectSelector.matchLabels",
      "spec.matchConstraints.resourceRules.resourceNames",
      "spec.paramKind",
      "spec.validations.messageExpression",
    ],
  },
  "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicyBinding": {
    base: {
      metadata: { name: "n" },
      spec: { policyName: "p", validationActions: ["Deny"], matchResources: {} },
    },
    replaces: ["metadata.name"],
    dropped: ["metadata.namespace"],
    unmodelled: [
      ...DEAD_METADATA,
      "spec.matchResources.excludeResourceRules",
      "spec.matchResources.namespaceSelector.matchExpressions",
      "spec.matchResources.objectSelector.matchExpressions",
      "spec.matchResources.objectSelector.matchLabels",
      "spec.matchResources.resourceRules",
      "spec.paramRef",
    ],
  },
};
