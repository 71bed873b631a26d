import type { ApiServer } from "../facts/connections";
import type { ClusterReads } from "../facts/clusterLists";
import { SLOTS } from "../plan";
import type {
  Found,
  FoundIngress,
  FoundNamespace,
  FoundPod,
  FoundService,
  PlaceAnswers,
  PlaceNeeds,
} from "./place";
import type { Readings } from "./readings";

/** What reads everything that is asked, of those that Azure has built in. */
const ROLE = "Azure Kubernetes Service RBAC Cluster Admin";

/**
 * Asks a cluster of a namespace that belongs to others: of itself in every run, and of what is in it
 * before the first one has completed, or as long as it may have the traffic.
 *
 * @param clusterId whose API server it is
 */
export async function askPlace(
  reads: ClusterReads,
  clusterId: string,
  needs: PlaceNeeds,
  readings: Readings,
): Promise<PlaceAnswers> {
  const { isFirst, legacyServes, legacyService } = needs;
  const ask = <T>(key: string, what: string, answer: () => Promise<T>) =>
    readings.ask({ key, id: clusterId, what, role: ROLE }, answer);
  const within = `/namespaces/${encodeURIComponent(needs.namespace)}`;
  const object = async <T>(path: string) => (await reads.object<T>(path)) ?? null;
  const namespace = await ask("namespace", "", () => object<FoundNamespace>(`/api/v1${within}`));
  // Whoever cannot read that cannot read the rest, and once is enough to say so.
  if (!namespace) {
    return { namespace };
  }
  const list = async <T extends Found>(key: string, kind: string, path: string) =>
    isFirst ? ask(key, kind, () => reads.list<T>(path)) : undefined;
  const service =
    legacyService !== undefined && (isFirst || legacyServes)
      ? ask("legacyService", "", () =>
          object<FoundService>(`/api/v1${within}/services/${legacyService.name}`),
        )
      : undefined;
  const pods = async () => {
    const selector = (await service)?.spec?.selector;
    return (
      selector && ask("legacyService", "its pods", () => reads.list<FoundPod>(behind(selector)))
    );
  };
  const behind = (selector: Readonly<Record<string, string>>) =>
    `/api/v1${within}/pods?labelSelector=${encodeURIComponent(
      Object.entries(selector)
        .map((pair) => pair.join("="))
        .join(),
    )}`;
  const revisions = async () => {
    const found = await Promise.all(
      SLOTS.map((slot) =>
        list(
          "application",
          "releases of Helm",
          `/api/v1${within}/secrets?labelSelector=${encodeURIComponent(`owner=helm,name=${needs.application}-${slot}`)}`,
        ),
      ),
    );
    return found.every((each) => each !== undefined) ? found.flat() : undefined;
  };
  const [ingresses, found, behindIt, policies, accounts, classes, helm] = await Promise.all([
    list<FoundIngress>("ingress", "Ingresses", "/apis/networking.k8s.io/v1/ingresses"),
    service,
    pods(),
    list("namespace", "network policies", `/apis/networking.k8s.io/v1${within}/networkpolicies`),
    list("application", "service accounts", `/api/v1${within}/serviceaccounts`),
    list(
      "application",
      "SecretProviderClasses",
      `/apis/secrets-store.csi.x-k8s.io/v1${within}/secretproviderclasses`,
    ),
    revisions(),
  ]);
  return {
    namespace,
    ingresses,
    service: found,
    pods: behindIt,
    policies,
    accounts,
    classes,
    revisions: helm,
  };
}

/**
 * A cluster, as whoever is logged in to Azure. The clients are loaded here and not before: most stacks
 * never ask.
 */
export async function clusterOf(apiServer: ApiServer): Promise<ClusterReads> {
  const [{ DefaultAzureCredential }, { azureLogin }, { clusterReads }] = await Promise.all([
    import("@azure/identity"),
    import("../facts/clusterLogin"),
    import("../facts/clusterLists"),
  ]);
  return clusterReads(await azureLogin(apiServer, new DefaultAzureCredential()));
}
