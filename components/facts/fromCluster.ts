import type {
  KubeConfig,
  KubernetesObject,
  V1Deployment,
  V1Ingress,
} from "@kubernetes/client-node";
import { AppsV1Api, CoreV1Api, CustomObjectsApi, NetworkingV1Api } from "@kubernetes/client-node";
import { type HostName, type ReleaseFacts } from "./facts";
import { type ClusterSource } from "./gather";

const CSI = { group: "secrets-store.csi.x-k8s.io", version: "v1" } as const;

/** The driver's record of what one pod has mounted. */
interface PodStatus {
  readonly status?: {
    readonly secretProviderClassName?: string;
    readonly mounted?: boolean;
    readonly objects?: readonly { readonly id: string; readonly version: string }[];
  };
}

/**
 * A cluster through the official client.
 *
 * @param hosts the three hosts of the Ingress
 */
export function clusterSource(
  config: KubeConfig,
  namespace: string,
  hosts: Readonly<Record<HostName, string>>,
): ClusterSource {
  const apps = config.makeApiClient(AppsV1Api);
  const core = config.makeApiClient(CoreV1Api);
  const networking = config.makeApiClient(NetworkingV1Api);
  const custom = config.makeApiClient(CustomObjectsApi);
  return {
    async release(name) {
      const [{ items }, services, accounts, statuses] = await Promise.all([
        apps.listNamespacedDeployment({ namespace }),
        core.listNamespacedService({ namespace }),
        core.listNamespacedServiceAccount({ namespace }),
        custom.listNamespacedCustomObject({
          ...CSI,
          namespace,
          plural: "secretproviderclasspodstatuses",
        }) as Promise<{ items: PodStatus[] }>,
      ]);
      const deployment = items.find(({ metadata }) => metadata?.name === name);
      const isThere = (objects: readonly KubernetesObject[]) =>
        objects.some(({ metadata }) => metadata?.name === name);
      const gone = [
        ...(isThere(services.items) ? [] : ["Service"]),
        ...(isThere(accounts.items) ? [] : ["ServiceAccount"]),
      ];
      return (
        deployment && {
          ...releaseOf(deployment, mountedBy(statuses.items, name)),
          ...(gone.length > 0 && { gone }),
        }
      );
    },
    async routes(ingress) {
      const { items } = await networking.listNamespacedIngress({ namespace });
      const found = items.find(({ metadata }) => metadata?.name === ingress);
      return found === undefined ? {} : routesOf(found, hosts);
    },
  };
}

/** Annotation of a Deployment, not of its pods: a comment in the chart must replace none of them. */
const TEMPLATE = "rotation/template";

function releaseOf({ metadata, spec, status }: V1Deployment, mounted: string[]): ReleaseFacts {
  const container = spec?.template.spec?.containers[0];
  const environment = container?.env ?? [];
  const valueOf = (key: string) => environment.find(({ name }) => name === key)?.value;
  const generation = valueOf("GENERATION");
  const template = metadata?.annotations?.[TEMPLATE];
  const replicas = spec?.replicas ?? 1;
  // These counts exclude terminating pods and refer to the newest observed template.
  const { observedGeneration = 0, readyReplicas = 0, replicas: present = 0 } = status ?? {};
  const isObserved = observedGeneration >= (metadata?.generation ?? 0);
  const updated = isObserved ? (status?.updatedReplicas ?? 0) : 0;
  return {
    replicas,
    ready: readyReplicas,
    ...(container?.image !== undefined && { image: container.image }),
    ...(template && { template }),
    earlier: present - updated,
    isWhole:
      isObserved &&
      replicas > 0 &&
      [present, updated, readyReplicas].every((count) => count === replicas),
    ...(generation !== undefined && { generation: Number(generation) }),
    pinned: valueOf("SECRET_VERSION") ?? "",
    mounted,
  };
}

function mountedBy(statuses: readonly PodStatus[], secretProviderClass: string): string[] {
  const versions = statuses
    .map(({ status }) => status)
    .filter((status) => status?.secretProviderClassName === secretProviderClass && status.mounted)
    .flatMap((status) => status?.objects ?? [])
    .map(({ version }) => version);
  return [...new Set(versions)].sort();
}

function routesOf(
  { spec }: V1Ingress,
  hosts: Readonly<Record<HostName, string>>,
): Partial<Record<HostName, string>> {
  const services = Object.entries(hosts).flatMap(([what, host]) => {
    const rule = spec?.rules?.find((candidate) => candidate.host === host);
    const service = rule?.http?.paths[0]?.backend.service?.name;
    return service === undefined ? [] : [[what, service] as const];
  });
  return Object.fromEntries(services);
}
