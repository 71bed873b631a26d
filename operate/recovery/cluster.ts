import {
  ApiException,
  BatchV1Api,
  CoreV1Api,
  CustomObjectsApi,
  KubeConfig,
} from "@kubernetes/client-node";
import { throughProxy } from "../../components/facts";
import type { State } from "../state/state";

/** A revision of a Helm release, as its Secret names it. */
export interface StoredRevision {
  readonly secret: string;
  readonly namespace: string;
  readonly release: string;
  readonly revision: number;
  /** `deployed`, `superseded`, `failed`, `pending-upgrade`, ... */
  readonly status: string;
}

/** The relevant part of a Job. */
export interface FoundJob {
  readonly namespace: string;
  readonly name: string;
  /** `running`, `succeeded` or `failed`. */
  readonly outcome: string;
}

/** What a recovery needs from the cluster. */
export interface ClusterAccess {
  revisions(namespace: string): Promise<StoredRevision[]>;
  deleteSecret(namespace: string, name: string): Promise<void>;
  /** Jobs that Pulumi has named. */
  autoNamedJobs(namespace: string): Promise<FoundJob[]>;
  /** Whether an object is there; `apiVersion` as in its manifest, no namespace is an empty one. */
  has(apiVersion: string, kind: string, namespace: string, name: string): Promise<boolean>;
  /** With its pods. */
  deleteJob(namespace: string, name: string): Promise<void>;
}

/** Set by Pulumi's provider on objects whose name it made up. */
const AUTO_NAMED = "pulumi.com/autonamed";

/** The cluster that a kubeconfig means, through its API. */
export function clusterAt(kubeconfig: string): ClusterAccess {
  const config = new KubeConfig();
  config.loadFromString(kubeconfig);
  throughProxy(config);
  const core = config.makeApiClient(CoreV1Api);
  const batch = config.makeApiClient(BatchV1Api);
  const others = config.makeApiClient(CustomObjectsApi);
  const read = (apiVersion: string, kind: string, namespace: string, name: string) => {
    const [group = "", version] = apiVersion.split("/");
    if (version !== undefined) {
      const plural = pluralOf(kind);
      return namespace === ""
        ? others.getClusterCustomObject({ group, version, plural, name })
        : others.getNamespacedCustomObject({ group, version, namespace, plural, name });
    }
    switch (kind) {
      case "ConfigMap":
        return core.readNamespacedConfigMap({ namespace, name });
      case "Namespace":
        return core.readNamespace({ name });
      case "Secret":
        return core.readNamespacedSecret({ namespace, name });
      case "ServiceAccount":
        return core.readNamespacedServiceAccount({ namespace, name });
      default:
        throw new Error(`No program of this repository has a ${kind}.`);
    }
  };
  return {
    async has(...object) {
      try {
        await read(...object);
        return true;
      } catch (error) {
        // A path that the server does not know says nothing about an object.
        const { code, message } = error as ApiException<unknown>;
        if (code === 404 && message.replaceAll("\\", "").includes(`"${object[3]}" not found`)) {
          return false;
        }
        throw error;
      }
    },
    async revisions(namespace) {
      const labelSelector = "owner=helm";
      const { items } = await core.listNamespacedSecret({ namespace, labelSelector });
      return items.map(({ metadata }) => ({
        secret: metadata?.name ?? "",
        namespace,
        release: metadata?.labels?.["name"] ?? "",
        revision: Number(metadata?.labels?.["version"]),
        status: metadata?.labels?.["status"] ?? "",
      }));
    },
    async deleteSecret(namespace, name) {
      await core.deleteNamespacedSecret({ namespace, name });
    },
    async autoNamedJobs(namespace) {
      const { items } = await batch.listNamespacedJob({ namespace });
      return items
        .filter(({ metadata }) => metadata?.annotations?.[AUTO_NAMED] === "true")
        .map(({ metadata, status }) => ({
          namespace,
          name: metadata?.name ?? "",
          outcome: status?.succeeded ? "succeeded" : status?.failed ? "failed" : "running",
        }));
    },
    async deleteJob(namespace, name) {
      // By default the API leaves a Job's pods behind.
      await batch.deleteNamespacedJob({ namespace, name, propagationPolicy: "Background" });
    },
  };
}

/** How the API's paths name a kind. */
function pluralOf(kind: string): string {
  const word = kind.toLowerCase();
  return word.endsWith("s")
    ? `${word}es`
    : word.endsWith("y")
      ? `${word.slice(0, -1)}ies`
      : `${word}s`;
}

const PROVIDER = "pulumi:providers:kubernetes";

/** Whether the stack already has a cluster. */
export function hasCluster({ deployment: { resources = [] } }: State): boolean {
  return resources.some(({ type }) => type === PROVIDER);
}

/** The kubeconfig of the stack's kubernetes provider; undefined while there is none. */
export function kubeconfigOf({ deployment: { resources = [] } }: State): string | undefined {
  return resources
    .filter(({ type }) => type === PROVIDER)
    .map(({ inputs }) => plain(inputs?.["kubeconfig"]))
    .find((kubeconfig) => kubeconfig !== undefined);
}

/** A value of a state with secrets in clear text: a secret is an envelope around JSON. */
function plain(value: unknown): string | undefined {
  if (typeof value === "string") {
    return value;
  }
  const { plaintext } = (value ?? {}) as { plaintext?: string };
  return plaintext === undefined ? undefined : (JSON.parse(plaintext) as string);
}
