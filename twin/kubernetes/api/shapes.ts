/**
 * Which fields the twin knows. What it does not know it refuses: a field must never be ignored. The
 * kinds follow the Go types of k8s.io/api: what has `omitempty` and is no pointer is the same as
 * none when it is zero.
 */
export type Shape =
  | "string"
  /** Empty is none. */
  | "text"
  | "integer"
  /** At least zero. */
  | "natural"
  /** At least zero, which is none. */
  | "count"
  /** From 1 to 65535. */
  | "port"
  | "boolean"
  /** False is none. */
  | "flag"
  /** A port or a number of pods: whole number, name or percentage. */
  | "intOrString"
  /** An object with any string values. */
  | "strings"
  /** An amount, e.g. `500m`, which can be written in more than one way. */
  | "quantity"
  /** An object with any values that are quantities. */
  | "quantities"
  | "any"
  | OneOf
  | readonly [Shape]
  | { readonly [field: string]: Shape };

/** One of some texts; empty is none. */
export type OneOf = readonly ["one of", ...string[]];

export function isOneOf(shape: Shape): shape is OneOf {
  return Array.isArray(shape) && shape[0] === "one of";
}

const oneOf = <Texts extends string[]>(...texts: Texts) => ["one of", ...texts] as const;

const httpGet = {
  path: "text",
  port: "intOrString",
  host: "text",
  scheme: oneOf("HTTP", "HTTPS"),
  httpHeaders: [{ name: "string", value: "string" }],
} as const satisfies Shape;

const exec = { command: ["string"] } as const satisfies Shape;

const probe = {
  exec,
  httpGet,
  tcpSocket: { port: "intOrString" },
  initialDelaySeconds: "count",
  periodSeconds: "count",
  timeoutSeconds: "count",
  successThreshold: "count",
  failureThreshold: "count",
} as const satisfies Shape;

const keySelector = { name: "text", key: "string", optional: "boolean" } as const;
const source = { name: "text", optional: "boolean" } as const;
const fieldRef = { apiVersion: "text", fieldPath: "string" } as const;
const items = [{ key: "string", path: "string", mode: "natural" }] as const;
const downwardItems = [{ path: "string", fieldRef }] as const;

// What a kernel would enforce is stored, not followed: processes run as the user of the twin.
const profile = {
  type: oneOf("Localhost", "RuntimeDefault", "Unconfined"),
  localhostProfile: "string",
} as const;
const confinement = {
  appArmorProfile: profile,
  seccompProfile: profile,
  seLinuxOptions: { level: "text", role: "text", type: "text", user: "text" },
} as const;

const securityContext = {
  allowPrivilegeEscalation: "boolean",
  privileged: "boolean",
  readOnlyRootFilesystem: "boolean",
  runAsNonRoot: "boolean",
  runAsUser: "natural",
  runAsGroup: "natural",
  capabilities: { add: ["string"], drop: ["string"] },
  procMount: oneOf("Default", "Unmasked"),
  ...confinement,
} as const satisfies Shape;

const protocol = oneOf("SCTP", "TCP", "UDP");

const container = {
  name: "string",
  image: "text",
  imagePullPolicy: oneOf("Always", "IfNotPresent", "Never"),
  command: ["string"],
  args: ["string"],
  workingDir: "text",
  envFrom: [{ prefix: "text", configMapRef: source, secretRef: source }],
  env: [
    {
      name: "string",
      value: "text",
      valueFrom: { fieldRef, secretKeyRef: keySelector, configMapKeyRef: keySelector },
    },
  ],
  ports: [{ name: "text", containerPort: "port", protocol }],
  volumeMounts: [{ name: "string", mountPath: "string", subPath: "text", readOnly: "flag" }],
  startupProbe: probe,
  readinessProbe: probe,
  livenessProbe: probe,
  lifecycle: { preStop: { exec, httpGet, sleep: { seconds: "integer" } } },
  resources: { limits: "quantities", requests: "quantities" },
  securityContext,
  terminationMessagePath: "text",
  terminationMessagePolicy: oneOf("FallbackToLogsOnError", "File"),
} as const satisfies Shape;

const labelSelector = { matchLabels: "strings" } as const satisfies Shape;

/** Where nothing is chosen by it: stored, and not looked at. */
const anySelector = {
  ...labelSelector,
  matchExpressions: [
    {
      key: "string",
      operator: oneOf("DoesNotExist", "Exists", "In", "NotIn"),
      values: ["string"],
    },
  ],
} as const satisfies Shape;

const podSpec = {
  initContainers: [{ ...container, restartPolicy: oneOf("Always") }],
  containers: [container],
  volumes: [
    {
      name: "string",
      emptyDir: { medium: "text", sizeLimit: "quantity" },
      configMap: { ...source, items, defaultMode: "natural" },
      secret: { secretName: "text", items, optional: "boolean", defaultMode: "natural" },
      projected: {
        defaultMode: "natural",
        sources: [
          {
            serviceAccountToken: {
              path: "string",
              audience: "text",
              expirationSeconds: "natural",
            },
            configMap: { ...source, items },
            secret: { ...source, items },
            downwardAPI: { items: downwardItems },
          },
        ],
      },
      csi: { driver: "string", readOnly: "boolean", volumeAttributes: "strings" },
    },
  ],
  restartPolicy: "text",
  terminationGracePeriodSeconds: "integer",
  serviceAccountName: "text",
  serviceAccount: "text",
  automountServiceAccountToken: "boolean",
  enableServiceLinks: "boolean",
  dnsPolicy: oneOf("ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"),
  // Images are programs of this machine, which nobody pulls.
  imagePullSecrets: [{ name: "text" }],
  // Scheduling has no meaning for processes on one machine; the fields are stored, not followed.
  schedulerName: "text",
  priorityClassName: "text",
  preemptionPolicy: oneOf("Never", "PreemptLowerPriority"),
  nodeSelector: "strings",
  tolerations: [
    {
      key: "text",
      operator: oneOf("Equal", "Exists"),
      value: "text",
      effect: oneOf("NoExecute", "NoSchedule", "PreferNoSchedule"),
      tolerationSeconds: "integer",
    },
  ],
  affinity: "any",
  topologySpreadConstraints: [
    {
      maxSkew: "natural",
      minDomains: "natural",
      topologyKey: "string",
      whenUnsatisfiable: oneOf("DoNotSchedule", "ScheduleAnyway"),
      labelSelector: anySelector,
      matchLabelKeys: ["string"],
      nodeAffinityPolicy: oneOf("Honor", "Ignore"),
      nodeTaintsPolicy: oneOf("Honor", "Ignore"),
    },
  ],
  hostUsers: "boolean",
  securityContext: {
    runAsNonRoot: "boolean",
    runAsUser: "natural",
    runAsGroup: "natural",
    fsGroup: "natural",
    fsGroupChangePolicy: oneOf("Always", "OnRootMismatch"),
    supplementalGroups: ["natural"],
    supplementalGroupsPolicy: oneOf("Merge", "Strict"),
    ...confinement,
  },
} as const satisfies Shape;

const template = {
  metadata: { name: "text", labels: "strings", annotations: "strings" },
  spec: podSpec,
} as const satisfies Shape;

const jobSpec = {
  template,
  backoffLimit: "natural",
  activeDeadlineSeconds: "natural",
  parallelism: "natural",
  completions: "natural",
  completionMode: oneOf("Indexed", "NonIndexed"),
  manualSelector: "boolean",
  podFailurePolicy: {
    rules: [
      {
        action: oneOf("Count", "FailJob", "Ignore"),
        onPodConditions: [{ type: "string", status: "string" }],
      },
    ],
  },
  podReplacementPolicy: oneOf("Failed", "TerminatingOrFailed"),
  suspend: "boolean",
  ttlSecondsAfterFinished: "natural",
} as const satisfies Shape;

const metadata = {
  name: "text",
  namespace: "text",
  labels: "strings",
  annotations: "strings",
  finalizers: ["string"],
  // What the server sets; it comes back when a client sends a whole object.
  uid: "text",
  generation: "count",
  resourceVersion: "text",
  creationTimestamp: "any",
  deletionTimestamp: "any",
  deletionGracePeriodSeconds: "integer",
  ownerReferences: "any",
  managedFields: "any",
} as const satisfies Shape;

const networkPeers = [
  {
    podSelector: anySelector,
    namespaceSelector: anySelector,
    ipBlock: { cidr: "string", except: ["string"] },
  },
] as const satisfies Shape;
const networkPorts = [{ protocol, port: "intOrString", endPort: "port" }] as const satisfies Shape;

const shapes = {
  Namespace: { spec: { finalizers: [oneOf("kubernetes")] } },
  ServiceAccount: {
    automountServiceAccountToken: "boolean",
    secrets: [{ name: "text" }],
    imagePullSecrets: [{ name: "text" }],
  },
  ConfigMap: { data: "strings", binaryData: "strings", immutable: "boolean" },
  Secret: { data: "strings", stringData: "strings", type: "text", immutable: "boolean" },
  Service: {
    spec: {
      selector: "strings",
      type: "text",
      clusterIP: "text",
      clusterIPs: ["string"],
      ports: [
        {
          name: "text",
          port: "port",
          targetPort: "intOrString",
          protocol,
          appProtocol: "string",
        },
      ],
      sessionAffinity: oneOf("ClientIP", "None"),
      internalTrafficPolicy: oneOf("Cluster", "Local"),
      ipFamilies: ["string"],
      ipFamilyPolicy: oneOf("PreferDualStack", "RequireDualStack", "SingleStack"),
      publishNotReadyAddresses: "flag",
    },
  },
  Endpoints: { subsets: "any" },
  Pod: { spec: podSpec },
  Deployment: {
    spec: {
      replicas: "integer",
      selector: labelSelector,
      template,
      strategy: {
        type: oneOf("Recreate", "RollingUpdate"),
        rollingUpdate: { maxSurge: "intOrString", maxUnavailable: "intOrString" },
      },
      minReadySeconds: "count",
      revisionHistoryLimit: "natural",
      progressDeadlineSeconds: "natural",
    },
  },
  ReplicaSet: {
    spec: {
      replicas: "integer",
      selector: labelSelector,
      template,
      minReadySeconds: "integer",
    },
  },
  StatefulSet: {
    spec: {
      replicas: "integer",
      selector: labelSelector,
      serviceName: "string",
      template,
      podManagementPolicy: oneOf("OrderedReady", "Parallel"),
      updateStrategy: {
        type: oneOf("OnDelete", "RollingUpdate"),
        rollingUpdate: { partition: "natural" },
      },
      minReadySeconds: "count",
      revisionHistoryLimit: "natural",
      // Of claims, which there are none.
      persistentVolumeClaimRetentionPolicy: {
        whenDeleted: oneOf("Delete", "Retain"),
        whenScaled: oneOf("Delete", "Retain"),
      },
    },
  },
  ControllerRevision: { data: "any", revision: "natural" },
  Job: { spec: jobSpec },
  CronJob: {
    spec: {
      schedule: "string",
      // Others have summer times, and their rules.
      timeZone: oneOf("Etc/UTC", "UTC"),
      startingDeadlineSeconds: "natural",
      concurrencyPolicy: oneOf("Allow", "Forbid", "Replace"),
      suspend: "boolean",
      jobTemplate: {
        metadata: { labels: "strings", annotations: "strings" },
        spec: jobSpec,
      },
      successfulJobsHistoryLimit: "natural",
      failedJobsHistoryLimit: "natural",
    },
  },
  HorizontalPodAutoscaler: {
    spec: {
      scaleTargetRef: { apiVersion: "text", kind: "string", name: "string" },
      minReplicas: "integer",
      maxReplicas: "integer",
      // Nothing is measured; somebody recommends a number of pods.
      metrics: [
        {
          type: oneOf("Resource"),
          resource: {
            name: "string",
            target: { type: oneOf("Utilization"), averageUtilization: "integer" },
          },
        },
      ],
    },
  },
  Ingress: {
    spec: {
      ingressClassName: "string",
      defaultBackend: "any",
      tls: [{ hosts: ["string"], secretName: "text" }],
      rules: [
        {
          host: "text",
          http: {
            paths: [
              {
                path: "text",
                pathType: "string",
                backend: { service: { name: "string", port: { number: "count", name: "text" } } },
              },
            ],
          },
        },
      ],
    },
  },
  NetworkPolicy: {
    spec: {
      podSelector: anySelector,
      policyTypes: [oneOf("Egress", "Ingress")],
      ingress: [{ from: networkPeers, ports: networkPorts }],
      egress: [{ to: networkPeers, ports: networkPorts }],
    },
  },
  PodDisruptionBudget: {
    spec: {
      selector: labelSelector,
      minAvailable: "intOrString",
      maxUnavailable: "intOrString",
      unhealthyPodEvictionPolicy: oneOf("AlwaysAllow", "IfHealthyBudget"),
    },
  },
  Role: {
    rules: [
      {
        apiGroups: ["string"],
        resources: ["string"],
        resourceNames: ["string"],
        verbs: ["string"],
      },
    ],
  },
  RoleBinding: {
    roleRef: { apiGroup: "string", kind: "string", name: "string" },
    subjects: [
      {
        apiGroup: "text",
        kind: oneOf("Group", "ServiceAccount", "User"),
        name: "string",
        namespace: "text",
      },
    ],
  },
  SecretProviderClass: {
    spec: {
      provider: "string",
      parameters: "strings",
      secretObjects: [
        {
          secretName: "string",
          // Of certificates the driver takes apart what it read.
          type: oneOf("Opaque"),
          labels: "strings",
          annotations: "strings",
          data: [{ objectName: "string", key: "string" }],
        },
      ],
    },
  },
  SecretProviderClassPodStatus: {},
  ValidatingAdmissionPolicy: {
    spec: {
      failurePolicy: oneOf("Fail", "Ignore"),
      matchConstraints: {
        resourceRules: [
          {
            apiGroups: ["string"],
            apiVersions: ["string"],
            operations: [oneOf("*", "CONNECT", "CREATE", "DELETE", "UPDATE")],
            resources: ["string"],
            scope: oneOf("*", "Cluster", "Namespaced"),
          },
        ],
        matchPolicy: oneOf("Equivalent", "Exact"),
        namespaceSelector: {},
        objectSelector: {},
      },
      variables: [{ name: "string", expression: "string" }],
      validations: [
        {
          expression: "string",
          message: "text",
          reason: oneOf("Forbidden", "Invalid", "RequestEntityTooLarge", "Unauthorized"),
        },
      ],
    },
  },
  ValidatingAdmissionPolicyBinding: {
    spec: {
      policyName: "text",
      validationActions: [oneOf("Audit", "Deny", "Warn")],
      matchResources: {
        matchPolicy: oneOf("Equivalent", "Exact"),
        namespaceSelector: labelSelector,
        objectSelector: {},
      },
    },
  },
} as const satisfies Record<string, Shape>;

/** The shape of a whole object of a kind that `kinds.ts` lists. */
export function shapeOf(kind: string): Shape {
  const own = (shapes as Record<string, Readonly<Record<string, Shape>>>)[kind] ?? {};
  return { apiVersion: "string", kind: "string", metadata, status: "any", ...own };
}
