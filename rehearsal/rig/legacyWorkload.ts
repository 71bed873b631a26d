import { AGIC, AGIC_CLASS } from "../../components/plan";
import type { TwinClient } from "../../twin/client";
import type { KubeObject } from "../../twin/kubernetes/api/objects";

/** An application of another team, as it runs before a stack takes it over. */
export interface LegacyWorkload {
  readonly namespace: string;
  /** Such as `rehearsal/plain:1.0.0`. */
  readonly image: string;
  /** Environment of its containers, in clear. */
  readonly env: Readonly<Record<string, string>>;
  /** The same from a Secret: the password, by the name of its variable. */
  readonly secretEnv: Readonly<Record<string, string>>;
  /** Port of the Service, and of the containers. */
  readonly service: { readonly name: string; readonly port: number };
  /** Path that says whether a pod is ready. */
  readonly path: string;
  readonly ingress: string;
  /** Production's host. */
  readonly host: string;
  /** Name that the gateway has for the host's certificate. */
  readonly certificate: string;
  /** Seconds that a pod serves after it was told to stop: more than the gateway's lag. */
  readonly preStopSeconds: number;
  readonly replicas: number;
}

/** Puts it into the twin's cluster: nothing of it is in any stack. */
export async function deployLegacy(
  twin: Pick<TwinClient, "call">,
  workload: LegacyWorkload,
): Promise<void> {
  for (const object of legacyObjects(workload)) {
    await twin.call("apply", object);
  }
  const { namespace, service } = workload;
  await twin.call("rolledOut", { ...DEPLOYMENT, namespace, name: service.name });
}

const DEPLOYMENT = { apiVersion: "apps/v1", kind: "Deployment" } as const;

/** The Secret that pods behind a Service log in with. */
export function loginOf(namespace: string, service: string) {
  return { apiVersion: "v1", kind: "Secret", namespace, name: `${service}-login` } as const;
}

/** Its objects, the namespace first. The Ingress has left the chart that made it. */
export function legacyObjects(workload: LegacyWorkload): KubeObject[] {
  const { certificate, host, ingress, namespace, secretEnv, service } = workload;
  const { name, port } = service;
  const labels = { app: name, team: namespace };
  const login = loginOf(namespace, name);
  return [
    {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: {
        name: namespace,
        labels: { team: namespace, "pod-security.kubernetes.io/enforce": "baseline" },
      },
    },
    {
      apiVersion: login.apiVersion,
      kind: login.kind,
      metadata: { name: login.name, namespace, labels },
      type: "Opaque",
      data: Object.fromEntries(
        Object.entries(secretEnv).map(([key, value]) => [
          key,
          Buffer.from(value).toString("base64"),
        ]),
      ),
    },
    teamDeployment({
      ...workload,
      name,
      port,
      labels,
      secretEnv: Object.fromEntries(
        Object.keys(secretEnv).map((key) => [key, { name: login.name, key }]),
      ),
    }),
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name, namespace, labels },
      spec: { selector: labels, ports: [{ port, targetPort: port }] },
    },
    {
      apiVersion: "networking.k8s.io/v1",
      kind: "Ingress",
      metadata: {
        name: ingress,
        namespace,
        labels: { ...labels, "app.kubernetes.io/managed-by": "Helm" },
        annotations: {
          "meta.helm.sh/release-name": name,
          "meta.helm.sh/release-namespace": namespace,
          "helm.sh/resource-policy": "keep",
          [`${AGIC}/appgw-ssl-certificate`]: certificate,
        },
      },
      spec: {
        ingressClassName: AGIC_CLASS,
        rules: [
          {
            host,
            http: {
              paths: [
                {
                  path: "/",
                  pathType: "Prefix",
                  backend: { service: { name, port: { number: port } } },
                },
              ],
            },
          },
        ],
      },
    },
  ];
}

/** Pods of another team that have their password from a Secret. */
export interface TeamPods extends Pick<
  LegacyWorkload,
  "env" | "image" | "namespace" | "path" | "preStopSeconds" | "replicas"
> {
  readonly name: string;
  readonly port: number;
  readonly labels: Readonly<Record<string, string>>;
  /** Where they have it from, by variable. */
  readonly secretEnv: Readonly<Record<string, { readonly name: string; readonly key: string }>>;
}

export function teamDeployment({
  env,
  image,
  labels,
  name,
  namespace,
  path,
  port,
  preStopSeconds,
  replicas,
  secretEnv,
}: TeamPods): KubeObject {
  return {
    ...DEPLOYMENT,
    metadata: { name, namespace, labels: { ...labels } },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          terminationGracePeriodSeconds: preStopSeconds + 30,
          containers: [
            {
              name: "web",
              image,
              ports: [{ containerPort: port }],
              env: [
                { name: "PORT", value: `${port}` },
                ...Object.entries(env).map(([key, value]) => ({ name: key, value })),
                ...Object.entries(secretEnv).map(([variable, secretKeyRef]) => ({
                  name: variable,
                  valueFrom: { secretKeyRef },
                })),
              ],
              readinessProbe: { httpGet: { path, port }, timeoutSeconds: 5 },
              lifecycle: { preStop: { sleep: { seconds: preStopSeconds } } },
            },
          ],
        },
      },
    },
  };
}
