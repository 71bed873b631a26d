/** Which fields the twin knows. What it does not know it refuses: a field must never be ignored. */
export type Shape =
  | "string"
  | "integer"
  | "boolean"
  /** A port or a number of pods: whole number, name or percentage. */
  | "intOrString"
  /** An object with any string values. */
  | "strings"
  /** An object with any values that are quantities, e.g. `500m`. */
  | "quantities"
  | "any"
  | readonly [Shape]
  | { readonly [field: string]: Shape };

const httpGet = {
  path: "string",
  port: "intOrString",
  host: "string",
  scheme: "string",
  httpHeaders: [{ name: "string", value: "string" }],
} as const satisfies Shape;

const exec = { command: ["string"] } as const satisfies Shape;

const probe = {
  exec,
  httpGet,
  tcpSocket: { port: "intOrString" },
  initialDelaySeconds: "integer",
  periodSeconds: "integer",
  timeoutSeconds: "integer",
  successThreshold: "integer",
  failureThreshold: "integer",
} as const satisfies Shape;

const keySelector = { name: "string", key: "string", optional: "boolean" } as const;
const fieldRef = { apiVersion: "string", fieldPath: "string" } as const;
const items = [{ key: "string", path: "string" }] as const;
const downwardItems = [{ path: "string", fieldRef }] as const;
const seccompProfile = { type: "string" } as const;

const securityContext = {
  allowPrivilegeEscalation: "boolean",
  privileged: "boolean",
  readOnlyRootFilesystem: "boolean",
  runAsNonRoot: "boolean",
  runAsUser: "integer",
  runAsGroup: "integer",
  capabilities: { add: ["string"], drop: ["string"] },
  seccompProfile,
} as const satisfies Shape;

const container = {
  name: "string",
  image: "string",
  imagePullPolicy: "string",
  command: ["string"],
  args: ["string"],
  workingDir: "string",
  env: [
    {
      name: "string",
      value: "string",
      valueFrom: { fieldRef, secretKeyRef: keySelector, configMapKeyRef: keySelector },
    },
  ],
  ports: [{ name: "string", containerPort: "integer", protocol: "string" }],
  volumeMounts: [{ name: "string", mountPath: "string", subPath: "string", readOnly: "boolean" }],
  startupProbe: probe,
  readinessProbe: probe,
  livenessProbe: probe,
  lifecycle: { preStop: { exec, httpGet, sleep: { seconds: "integer" } } },
  resources: { limits: "quantities", requests: "quantities" },
  securityContext,
  terminationMessagePath: "string",
  terminationMessagePolicy: "string",
} as const satisfies Shape;

const labelSelector = { matchLabels: "strings" } as const satisfies Shape;

const podSpec = {
  containers: [container],
  volumes: [
    {
      name: "string",
      emptyDir: { medium: "string", sizeLimit: "any" },
      configMap: { name: "string", items, optional: "boolean", defaultMode: "integer" },
      secret: { secretName: "string", items, optional: "boolean", defaultMode: "integer" },
      projected: {
        defaultMode: "integer",
        sources: [
          {
            serviceAccountToken: {
              path: "string",
              audience: "string",
              expirationSeconds: "integer",
            },
            configMap: { name: "string", items, optional: "boolean" },
            secret: { name: "string", items, optional: "boolean" },
            downwardAPI: { items: downwardItems },
          },
        ],
      },
      csi: { driver: "string", readOnly: "boolean", volumeAttributes: "strings" },
    },
  ],
  restartPolicy: "string",
  terminationGracePeriodSeconds: "integer",
  serviceAccountName: "string",
  serviceAccount: "string",
  automountServiceAccountToken: "boolean",
  enableServiceLinks: "boolean",
  dnsPolicy: "string",
  schedulerName: "string",
  priorityClassName: "string",
  nodeSelector: "strings",
  tolerations: [
    {
      key: "string",
      operator: "string",
      value: "string",
      effect: "string",
      tolerationSeconds: "integer",
    },
  ],
  // Scheduling has no meaning for processes on one machine; the fields are stored, not followed.
  affinity: "any",
  topologySpreadConstraints: [
    {
      maxSkew: "integer",
      minDomains: "integer",
      topologyKey: "string",
      whenUnsatisfiable: "string",
      labelSelector,
      matchLabelKeys: ["string"],
      nodeAffinityPolicy: "string",
      nodeTaintsPolicy: "string",
    },
  ],
  securityContext: {
    runAsNonRoot: "boolean",
    runAsUser: "integer",
    runAsGroup: "integer",
    fsGroup: "integer",
    fsGroupChangePolicy: "string",
    supplementalGroups: ["integer"],
    seccompProfile,
  },
} as const satisfies Shape;

const template = {
  metadata: { name: "string", labels: "strings", annotations: "strings" },
  spec: podSpec,
} as const satisfies Shape;

const metadata = {
  name: "string",
  namespace: "string",
  labels: "strings",
  annotations: "strings",
  finalizers: ["string"],
  // What the server sets; it comes back when a client sends a whole object.
  uid: "string",
  generation: "integer",
  resourceVersion: "string",
  creationTimestamp: "any",
  deletionTimestamp: "any",
  deletionGracePeriodSeconds: "integer",
  ownerReferences: "any",
  managedFields: "any",
} as const satisfies Shape;

const networkPeers = [
  {
    podSelector: labelSelector,
    namespaceSelector: labelSelector,
    ipBlock: { cidr: "string", except: ["string"] },
  },
] as const satisfies Shape;
const networkPorts = [
  { protocol: "string", port: "intOrString", endPort: "integer" },
] as const satisfies Shape;

const shapes = {
  Namespace: { spec: { finalizers: ["string"] } },
  ServiceAccount: {
    automountServiceAccountToken: "boolean",
    secrets: [{ name: "string" }],
    imagePullSecrets: [{ name: "string" }],
  },
  ConfigMap: { data: "strings", binaryData: "strings", immutable: "boolean" },
  Secret: { data: "strings", stringData: "strings", type: "string", immutable: "boolean" },
  Service: {
    spec: {
      selector: "strings",
      type: "string",
      clusterIP: "string",
      clusterIPs: ["string"],
      ports: [
        {
          name: "string",
          port: "integer",
          targetPort: "intOrString",
          protocol: "string",
          appProtocol: "string",
        },
      ],
      sessionAffinity: "string",
      internalTrafficPolicy: "string",
      ipFamilies: ["string"],
      ipFamilyPolicy: "string",
      publishNotReadyAddresses: "boolean",
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
        type: "string",
        rollingUpdate: { maxSurge: "intOrString", maxUnavailable: "intOrString" },
      },
      minReadySeconds: "integer",
      revisionHistoryLimit: "integer",
      progressDeadlineSeconds: "integer",
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
  Job: {
    spec: {
      template,
      backoffLimit: "integer",
      activeDeadlineSeconds: "integer",
      parallelism: "integer",
      completions: "integer",
      completionMode: "string",
      manualSelector: "boolean",
      podFailurePolicy: {
        rules: [{ action: "string", onPodConditions: [{ type: "string", status: "string" }] }],
      },
      podReplacementPolicy: "string",
      selector: labelSelector,
      suspend: "boolean",
    },
  },
  Ingress: {
    spec: {
      ingressClassName: "string",
      defaultBackend: "any",
      tls: [{ hosts: ["string"], secretName: "string" }],
      rules: [
        {
          host: "string",
          http: {
            paths: [
              {
                path: "string",
                pathType: "string",
                backend: {
                  service: { name: "string", port: { number: "integer", name: "string" } },
                },
              },
            ],
          },
        },
      ],
    },
  },
  NetworkPolicy: {
    spec: {
      // Stored, as the whole policy is, and not looked at: elsewhere pods are chosen by it.
      podSelector: {
        ...labelSelector,
        matchExpressions: [{ key: "string", operator: "string", values: ["string"] }],
      },
      policyTypes: ["string"],
      ingress: [{ from: networkPeers, ports: networkPorts }],
      egress: [{ to: networkPeers, ports: networkPorts }],
    },
  },
  PodDisruptionBudget: {
    spec: {
      selector: labelSelector,
      minAvailable: "intOrString",
      maxUnavailable: "intOrString",
      unhealthyPodEvictionPolicy: "string",
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
    subjects: [{ apiGroup: "string", kind: "string", name: "string", namespace: "string" }],
  },
  SecretProviderClass: {
    spec: {
      provider: "string",
      parameters: "strings",
    },
  },
  SecretProviderClassPodStatus: {},
} as const satisfies Record<string, Shape>;

/** The shape of a whole object of a kind that `kinds.ts` lists. */
export function shapeOf(kind: string): Shape {
  const own = (shapes as Record<string, Readonly<Record<string, Shape>>>)[kind] ?? {};
  return { apiVersion: "string", kind: "string", metadata, status: "any", ...own };
}
