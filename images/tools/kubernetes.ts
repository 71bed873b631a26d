import { readFile } from "node:fs/promises";
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
  /** Label `pod-template-hash`: which ReplicaSet of its Deployment it is of. */
  readonly template: string;
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
    readonly template: {
      readonly spec: {
        readonly containers: readonly {
          readonly env?: readonly { readonly name: string; readonly value?: string }[];
        }[];
      };
    };
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

/** Pods of a selector; those that failed or completed hold no session and are left out. */
export async function listPods(cluster: Cluster, selector: string): Promise<Pod[]> {
  const path = `/api/v1/namespaces/${encodeURIComponent(cluster.namespace)}/pods`;
  const { body } = await call(cluster, `${path}?labelSelector=${encodeURIComponent(selector)}`);
  const { items } = JSON.parse(body) as {
    items: {
      metadata: {
        name: string;
        creationTimestamp: string;
        deletionTimestamp?: string;
        labels?: Record<string, string>;
      };
      status?: { phase?: string };
    }[];
  };
  return items
    .filter(({ status }) => status?.phase !== "Succeeded" && status?.phase !== "Failed")
    .map(({ metadata: { name, creationTimestamp, deletionTimestamp, labels } }) => ({
      name,
      template: labels?.["pod-template-hash"] ?? "",
      ending: deletionTimestamp !== undefined,
      created: Date.parse(creationTimestamp),
    }));
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

/** Says how many pods a Deployment has to have; which come and go is the cluster's business. */
export async function scale(cluster: Cluster, name: string, replicas: number): Promise<void> {
  await call(cluster, `${deploymentPath(cluster, name)}/scale`, {
    method: "PATCH",
    headers: { "content-type": "application/merge-patch+json" },
    body: JSON.stringify({ spec: { replicas } }),
  });
}

function deploymentPath({ namespace }: Cluster, name: string): string {
  return `/apis/apps/v1/namespaces/${encodeURIComponent(namespace)}/deployments/${encodeURIComponent(name)}`;
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
