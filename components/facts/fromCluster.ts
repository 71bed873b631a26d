import type {
  KubernetesObject,
  V1Deployment,
  V1Ingress,
  V1Pod,
  V1PodTemplateSpec,
} from "@kubernetes/client-node";
import { TEMPLATE_ANNOTATION } from "../chart";
import type { Hosts } from "../plan";
import type { ClusterLists } from "./clusterLists";
import { type HostName, type ReleaseFacts } from "./facts";
import { type ClusterSource } from "./gather";

/** The driver's record of what one pod has mounted. */
interface PodStatus {
  readonly status?: {
    readonly secretProviderClassName?: string;
    readonly mounted?: boolean;
    readonly objects?: readonly { readonly id: string; readonly version: string }[];
  };
}

/**
 * A cluster through its API.
 *
 * @param hosts of the Ingress
 */
export function clusterSource(list: ClusterLists, namespace: string, hosts: Hosts): ClusterSource {
  const within = <T extends KubernetesObject | PodStatus>(api: string, kind: string) =>
    list<T>(`${api}/namespaces/${encodeURIComponent(namespace)}/${kind}`);
  return {
    async release({ account, container, deployment: name, service }, credential) {
      const [deployments, services, accounts, statuses] = await Promise.all([
        within<V1Deployment>("/apis/apps/v1", "deployments"),
        within<KubernetesObject>("/api/v1", "services"),
        within<KubernetesObject>("/api/v1", "serviceaccounts"),
        within<PodStatus>("/apis/secrets-store.csi.x-k8s.io/v1", "secretproviderclasspodstatuses"),
      ]);
      const deployment = deployments.find(({ metadata }) => metadata?.name === name);
      const isThere = (objects: readonly KubernetesObject[], wanted: string) =>
        objects.some(({ metadata }) => metadata?.name === wanted);
      const gone = [
        ...(isThere(services, service.name) ? [] : [`Service ${service.name}`]),
        ...(isThere(accounts, account) ? [] : [`ServiceAccount ${account}`]),
      ];
      return (
        deployment && {
          ...releaseOf(deployment, { container, credential }, mountedBy(statuses, credential)),
          ...(gone.length > 0 && { gone }),
        }
      );
    },
    async holders(credential) {
      const pods = await within<V1Pod>("/api/v1", "pods");
      return pods.filter((pod) => isLeft(pod) && versionNamed(pod, credential) !== "").length;
    },
    async routes(ingress) {
      const ingresses = await within<V1Ingress>("/apis/networking.k8s.io/v1", "ingresses");
      const found = ingresses.find(({ metadata }) => metadata?.name === ingress);
      return found === undefined ? {} : routesOf(found, hosts);
    },
  };
}

function releaseOf(
  { metadata, spec, status }: V1Deployment,
  names: { readonly container: string; readonly credential: string },
  mounted: string[],
): ReleaseFacts {
  const pods = spec?.template;
  const containers = pods?.spec?.containers ?? [];
  const container = containers.find(({ name }) => name === names.container) ?? containers[0];
  const template =
    metadata?.annotations?.[TEMPLATE_ANNOTATION] ??
    pods?.metadata?.annotations?.[TEMPLATE_ANNOTATION];
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
    pinned: versionNamed(pods, names.credential),
    mounted,
  };
}

/** The beginning of the version that pods name in the name of what they read; see `mountName`. */
function versionNamed(pods: V1Pod | V1PodTemplateSpec | undefined, credential: string): string {
  const name = new RegExp(`"${credential}-(?:[0-9a-f-]*-)?([0-9a-f]{8})"`);
  return name.exec(JSON.stringify(pods?.spec ?? {}))?.[1] ?? "";
}

function mountedBy(statuses: readonly PodStatus[], credential: string): string[] {
  const versions = statuses
    .map(({ status }) => status)
    .filter(
      (status) => status?.secretProviderClassName?.startsWith(`${credential}-`) && status.mounted,
    )
    .flatMap((status) => status?.objects ?? [])
    .map(({ version }) => version);
  return [...new Set(versions)].sort();
}

/** One that has finished holds nothing. */
function isLeft({ status }: V1Pod): boolean {
  return status?.phase !== "Succeeded" && status?.phase !== "Failed";
}

function routesOf({ spec }: V1Ingress, hosts: Hosts): Partial<Record<HostName, string>> {
  const services = Object.entries(hosts).flatMap(([what, host]) => {
    const rule = spec?.rules?.find((candidate) => candidate.host === host);
    const service = rule?.http?.paths[0]?.backend.service?.name;
    return service === undefined ? [] : [[what, service] as const];
  });
  return Object.fromEntries(services);
}
