import type { Values } from "../../../policy/rules";
import { type Examples, pair, type Pair, setting } from "./example";

const NO_MORE_RIGHTS = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
};

const SERVING = { ports: [{ containerPort: 8080 }] };
const SERVING_DEPLOYMENT = {
  spec: {
    selector: { matchLabels: { app: "a" } },
    template: { spec: { containers: [SERVING] } },
  },
};

export const KUBERNETES_EXAMPLES: Examples = {
  CKV_K8S_17: pod({}, { hostPID: true }),
  CKV_K8S_18: pod({}, { hostIPC: true }),
  CKV_K8S_19: pod({}, { hostNetwork: true }),
  CKV_K8S_27: pod(
    { volumes: [{ csi: { driver: "secrets-store.csi.k8s.io" } }] },
    { volumes: [{ hostPath: { path: "/var/run/docker.sock" } }] },
  ),
  CKV_K8S_29: pod({ securityContext: { runAsNonRoot: true } }, {}),
  CKV_K8S_31: pod({ securityContext: { seccompProfile: { type: "RuntimeDefault" } } }, {}),
  CKV_K8S_23: pod({ securityContext: { runAsNonRoot: true } }, { securityContext: {} }),
  CKV_K8S_38: pod({ automountServiceAccountToken: false }, {}),
  "CIS-AKS-5.2.1": pod({ serviceAccountName: "app-blue" }, { serviceAccountName: "default" }),
  CKV_K8S_16: container({}, { securityContext: { privileged: true } }),
  CKV_K8S_20: container({ securityContext: NO_MORE_RIGHTS }, { securityContext: {} }),
  CKV_K8S_22: container({ securityContext: NO_MORE_RIGHTS }, { securityContext: {} }),
  CKV_K8S_37: container({ securityContext: NO_MORE_RIGHTS }, { securityContext: {} }),
  CKV_K8S_25: container(
    { securityContext: NO_MORE_RIGHTS },
    { securityContext: { capabilities: { add: ["SYS_ADMIN"] } } },
  ),
  CKV_K8S_26: container(
    { ports: [{ containerPort: 8080 }] },
    { ports: [{ containerPort: 8080, hostPort: 80 }] },
  ),
  CKV_K8S_10: container({ resources: { requests: { cpu: "50m" } } }, {}),
  CKV_K8S_12: container({ resources: { requests: { memory: "64Mi" } } }, {}),
  CKV_K8S_13: container({ resources: { limits: { memory: "64Mi" } } }, {}),
  CKV_K8S_14: container(
    { image: "example.azurecr.io/app:1.0.0" },
    { image: "example.azurecr.io/app:latest" },
  ),
  CKV_K8S_35: container(
    { env: [{ name: "PASSWORD_FILE", value: "/mnt/secrets/password" }] },
    { env: [{ name: "PASSWORD", valueFrom: { secretKeyRef: { name: "db", key: "password" } } }] },
  ),
  CKV_K8S_8: container({ ...SERVING, livenessProbe: {} }, SERVING),
  CKV_K8S_9: container({ ...SERVING, readinessProbe: {} }, SERVING),
  "APRL-928fcc6f": pod(
    {
      containers: [SERVING],
      topologySpreadConstraints: [{ topologyKey: "topology.kubernetes.io/zone" }],
    },
    { containers: [SERVING] },
  ),
  "APRL-a08a06a0": {
    good: {
      props: SERVING_DEPLOYMENT,
      others: [
        {
          type: "kubernetes:policy/v1:PodDisruptionBudget",
          name: "budget",
          props: { spec: { selector: { matchLabels: { app: "a" } } } },
        },
      ],
    },
    bad: { props: SERVING_DEPLOYMENT },
  },
  CKV_K8S_49: {
    good: { props: { rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["list"] }] } },
    bad: { props: { rules: [{ apiGroups: [""], resources: ["*"], verbs: ["list"] }] } },
  },
  "CIS-AKS-4.1.2": {
    good: { props: { rules: [{ resources: ["pods"], verbs: ["list"] }] } },
    bad: { props: { rules: [{ resources: ["secrets"], verbs: ["get"] }] } },
  },
  CKV_K8S_21: {
    good: { props: { metadata: { namespace: "app" } } },
    bad: { props: { metadata: { namespace: "default" } } },
  },
  "CIS-AKS-4.2.2": {
    good: {
      props: { metadata: { labels: { "pod-security.kubernetes.io/enforce": "restricted" } } },
    },
    bad: { props: { metadata: { labels: {} } } },
  },
  "CIS-AKS-4.4.2": {
    good: {
      props: { metadata: { name: "app" } },
      others: [
        {
          type: "kubernetes:networking.k8s.io/v1:NetworkPolicy",
          name: "default",
          props: { metadata: { namespace: "app" }, spec: { podSelector: {} } },
        },
      ],
    },
    bad: { props: { metadata: { name: "app" } } },
  },
  "CIS-AKS-4.1.5": setting("automountServiceAccountToken", false, undefined),
  "CIS-AKS-4.5.2": {
    good: {
      props: {
        metadata: { name: "app-blue-4-01234567" },
        spec: { secretObjects: [{ secretName: "app-blue-4-01234567" }] },
      },
    },
    bad: {
      props: {
        metadata: { name: "app-blue-01234567" },
        spec: { secretObjects: [{ secretName: "copy" }] },
      },
    },
  },
};

function pod(good: Values, bad: Values): Pair {
  return pair((spec) => ({ props: { spec: { template: { spec } } } }), good, bad);
}

function container(good: Values, bad: Values): Pair {
  const part = (of: Values) => ({ containers: [{ name: "app", ...of }] });
  return pod(part(good), part(bad));
}
