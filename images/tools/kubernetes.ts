import { readFile } from "node:fs/promises";
import { namedBy } from "./credentials.ts";
import type { Credential, PodSpec } from "./credentials.ts";
import { ask } from "./http.ts";
import type { Answer, Request } from "./http.ts";
import type { Settings } from "./settings.ts";

/** The API server, the namespace of the application, and as whom it is asked. */
export interface Cluster {
  readonly api: URL;
  readonly namespace: string;
  readonly tokenFile: string;
  readonly authorityFile: string;
}

/** A pod that runs, is about to, or ends: one that can hold a session. */
export interface Pod {
  readonly name: string;
  /** By which selectors it was found. */
  readonly selectors: readonly string[];
  /** Name of its Deployment, StatefulSet or whatever else made it. */
  readonly workload: string;
  /** Which template of that made it; empty where there is only one. */
  readonly template: string;
  /** Whether it says that it can serve. */
  readonly ready: boolean;
  /** What it reads credentials from. */
  readonly credentials: readonly Credential[];
  /** Whether it was told to end. */
  readonly ending: boolean;
  /** When the API took it, in milliseconds since the epoch. */
  readonly created: number;
}

/** What the proofs read of a Deployment; the API leaves out a count of 0. */
export interface Deployment {
  readonly metadata: {
    readonly generation: number;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: {
    readonly replicas: number;
    readonly template: { readonly spec: PodSpec };
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly readyReplicas?: number;
    readonly availableReplicas?: number;
  };
}

export function readCluster(settings: Settings): Cluster {
  return {
    api: settings.url("KUBERNETES_URL", ["https"]),
    namespace: settings.text("NAMESPACE"),
    tokenFile: settings.file("TOKEN_FILE"),
    authorityFile: settings.file("CA_FILE"),
  };
}

/**
 * Pods of these selectors, each once; those that failed or completed hold no session and are left out.
 */
export async function listPods(cluster: Cluster, selectors: readonly string[]): Promise<Pod[]> {
  const pods = new Map<string, Pod>();
  for (const selector of selectors) {
    for (const pod of await podsOf(cluster, selector)) {
      const found = pods.get(pod.name)?.selectors ?? [];
      pods.set(pod.name, { ...pod, selectors: [...found, selector] });
    }
  }
  return [...pods.values()];
}

/** What reads credentials, or is about to. */
export interface Reader {
  readonly kind: "pods" | "jobs" | "cronJobs";
  readonly name: string;
  readonly credentials: readonly Credential[];
}

/** A Job, or the template of one. */
interface ApiJob {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly template: { readonly spec: PodSpec } };
  readonly status?: { readonly conditions?: readonly Condition[] };
}

interface ApiCronJob {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly suspend?: boolean; readonly jobTemplate: Pick<ApiJob, "spec"> };
}

/**
 * Everything in the namespace that runs a pod or will: pods that have not finished, Jobs that have not
 * finished, whether or not they have a pod right now, and CronJobs that are not suspended.
 */
export async function listReaders(cluster: Cluster): Promise<Reader[]> {
  const [pods, jobs, cronJobs] = await Promise.all([
    list<ApiPod>(cluster, "/api/v1", "pods"),
    list<ApiJob>(cluster, "/apis/batch/v1", "jobs"),
    list<ApiCronJob>(cluster, "/apis/batch/v1", "cronjobs"),
  ]);
  const reader = (kind: Reader["kind"], name: string, spec: PodSpec): Reader => ({
    kind,
    name,
    credentials: namedBy(spec),
  });
  const isFinished = ({ status }: ApiJob) =>
    (status?.conditions ?? []).some(
      ({ type, status }) => (type === "Complete" || type === "Failed") && status === "True",
    );
  return [
    ...pods.filter(isLeft).map(({ metadata, spec }) => reader("pods", metadata.name, spec)),
    ...jobs
      .filter((job) => !isFinished(job))
      .map(({ metadata, spec }) => reader("jobs", metadata.name, spec.template.spec)),
    ...cronJobs
      .filter(({ spec }) => spec.suspend !== true)
      .map(({ metadata, spec }) =>
        reader("cronJobs", metadata.name, spec.jobTemplate.spec.template.spec),
      ),
  ];
}

interface Condition {
  readonly type: string;
  readonly status: string;
}

/** A pod as the API says it, as far as the proofs read it. */
interface ApiPod {
  readonly metadata: {
    readonly name: string;
    readonly creationTimestamp: string;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly { readonly name: string }[];
  };
  readonly spec: PodSpec;
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly Condition[];
  };
}

async function podsOf(cluster: Cluster, selector: string): Promise<Omit<Pod, "selectors">[]> {
  const pods = await list<ApiPod>(
    cluster,
    "/api/v1",
    `pods?labelSelector=${encodeURIComponent(selector)}`,
  );
  return pods.filter(isLeft).map(({ metadata, spec, status }) => {
    const { labels = {}, ownerReferences: [owner] = [] } = metadata;
    const ofReplicaSet = labels["pod-template-hash"];
    return {
      name: metadata.name,
      // Of a Deployment's ReplicaSet the name ends with the hash.
      workload: owner?.name.replace(`-${ofReplicaSet}`, "") ?? "",
      template: ofReplicaSet ?? labels["controller-revision-hash"] ?? "",
      ready: (status?.conditions ?? []).some(
        (condition) => condition.type === "Ready" && condition.status === "True",
      ),
      credentials: namedBy(spec),
      ending: metadata.deletionTimestamp !== undefined,
      created: Date.parse(metadata.creationTimestamp),
    };
  });
}

/** Whether a pod can hold a session, or will. */
function isLeft({ status }: ApiPod): boolean {
  return status?.phase !== "Succeeded" && status?.phase !== "Failed";
}

async function list<T>(cluster: Cluster, api: string, query: string): Promise<T[]> {
  const namespace = encodeURIComponent(cluster.namespace);
  const { body } = await call(cluster, `${api}/namespaces/${namespace}/${query}`);
  return (JSON.parse(body) as { items: T[] }).items;
}

/** @returns undefined when there is none of this name */
export async function readDeployment(
  cluster: Cluster,
  name: string,
): Promise<Deployment | undefined> {
  const { status, body } = await call(cluster, deploymentPath(cluster, name), {}, [200, 404]);
  return status === 404 ? undefined : (JSON.parse(body) as Deployment);
}

/** A variable in the environment of a Deployment's pods; undefined when there is none. */
export function variable({ spec }: Deployment, name: string): string | undefined {
  const variables = spec.template.spec.containers.flatMap(({ env = [] }) => env);
  return variables.find((each) => each.name === name)?.value;
}

/** Label of a SecretProviderClass: the generation whose password it mounts. */
const GENERATION = "rotation/generation";

/** The generation that a SecretProviderClass says it mounts; undefined when it, or there is, none. */
export async function generationOfClass(
  cluster: Cluster,
  name: string,
): Promise<string | undefined> {
  const path = objectPath(cluster, "secrets-store.csi.x-k8s.io/v1", "secretproviderclasses", name);
  const { status, body } = await call(cluster, path, {}, [200, 404]);
  const { metadata } = JSON.parse(body) as { metadata?: { labels?: Record<string, string> } };
  return status === 404 ? undefined : metadata?.labels?.[GENERATION];
}

/** Names of the Services that an Ingress leads a host to. */
export async function servicesOf(
  cluster: Cluster,
  ingress: string,
  host: string,
): Promise<string[]> {
  const path = objectPath(cluster, "networking.k8s.io/v1", "ingresses", ingress);
  const { body } = await call(cluster, path);
  const { spec } = JSON.parse(body) as {
    spec: {
      rules?: {
        host?: string;
        http?: { paths: { backend: { service?: { name: string } } }[] };
      }[];
    };
  };
  const paths = (spec.rules ?? [])
    .filter((rule) => rule.host === host)
    .flatMap(({ http }) => http?.paths ?? []);
  return [...new Set(paths.map(({ backend }) => backend.service?.name ?? "no Service"))];
}

/** Says how many pods a Deployment has to have; which come and go is the cluster's business. */
export async function scale(cluster: Cluster, name: string, replicas: number): Promise<void> {
  await call(cluster, `${deploymentPath(cluster, name)}/scale`, {
    method: "PATCH",
    headers: { "content-type": "application/merge-patch+json" },
    body: JSON.stringify({ spec: { replicas } }),
  });
}

function deploymentPath(cluster: Cluster, name: string): string {
  return objectPath(cluster, "apps/v1", "deployments", name);
}

function objectPath({ namespace }: Cluster, version: string, plural: string, name: string): string {
  return `/apis/${version}/namespaces/${encodeURIComponent(namespace)}/${plural}/${encodeURIComponent(name)}`;
}

/** @throws when the API answers with another status than these */
async function call(
  { api, tokenFile, authorityFile }: Cluster,
  path: string,
  request: Omit<Request, "authorities"> = {},
  statuses: readonly number[] = [200],
): Promise<Answer> {
  // Read each time: the kubelet replaces the token before it expires.
  const token = (await readFile(tokenFile, "utf8")).trim();
  const answer = await ask(new URL(path, api), {
    ...request,
    headers: { ...request.headers, authorization: `Bearer ${token}` },
    authorities: await readFile(authorityFile, "utf8"),
  });
  if (!statuses.includes(answer.status)) {
    const asked = `${request.method ?? "GET"} ${path}`;
    throw new Error(`the Kubernetes API answered ${answer.status} to ${asked}`);
  }
  return answer;
}
