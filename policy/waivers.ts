import type { ProfileName } from "../components";
import type { Finding } from "./rules";

/**
 * Linters of others. Checkov reads the export, what is in the cluster, workflows and images;
 * kube-linter what is in the cluster.
 */
export type Examiner = "checkov" | "kube-linter";

/** A rule that a resource may break, for a while. */
export interface Waiver {
  /** Id of the rule, or one of its other ids. */
  readonly id: string;
  /** Logical name or token of the resource; kind of an object, or name of a file, if it is none. */
  readonly resource: string;
  /** Where it applies; in every profile if omitted. */
  readonly profile?: ProfileName;
  /** Only this one breaks on it; the rule of that id here is kept. */
  readonly examiner?: Examiner;
  readonly reason: string;
  /** Who is responsible for it. */
  readonly owner: string;
  /** The last day it applies, so that it is reviewed. */
  readonly expires: string;
}

const OWNER = "platform team";
/** What holds as long as the architecture does is reviewed once a year. */
const YEARLY = "2027-11-30";

const CLUSTER = "azure-native:containerservice:ManagedCluster";
const POOL = "azure-native:containerservice:AgentPool";
const REGISTRY = "azure-native:containerregistry:Registry";
const SERVER = "azure-native:dbforpostgresql:Server";
const VAULT = "azure-native:keyvault:Vault";
const PODS = "Deployment, Job";

/** Every rule that is waived on purpose. */
export const WAIVERS: readonly Waiver[] = [
  ...everywhere(
    [
      "AZR-000390",
      SERVER,
      "The subject of this project is the password of an application that cannot use Microsoft Entra ID: docs/adr/0001-why-a-password-at-all.md.",
    ],
    [
      "AZR-000027",
      CLUSTER,
      "The rule knows only azure and calico. Cilium enforces policies as well (CKV_AZURE_7), " +
        "and Azure's own policy manager ends in September 2028.",
    ],
    [
      "CKV_AZURE_117",
      CLUSTER,
      "Nodes keep no data: their disks are their own, encrypted by the host (CKV_AZURE_227) " +
        "with Azure's keys. A customer-managed key adds a way to lose the cluster.",
    ],
    [
      "CKV_AZURE_160",
      "platform-network-gateway",
      "Port 80 only redirects to HTTPS, for people who type a host name (AZR-000059 checks that).",
    ],
    [
      "AZR-000425",
      "azure-native:operationalinsights:Workspace",
      "The API version of the provider (2023-09-01) has no replication. The log is evidence of " +
        "past rotations; no rotation needs it.",
    ],
  ),
  ...by(
    "checkov",
    [
      "CKV_AZURE_6",
      CLUSTER,
      "The API server is private (CKV_AZURE_115): there is no public address to list ranges for.",
    ],
    [
      "CKV_AZURE_8",
      CLUSTER,
      "The check wants an entry for an add-on that Azure removed with Kubernetes 1.19.",
    ],
    [
      "CKV_AZURE_172",
      CLUSTER,
      "Rotation is on. The check wants a boolean, but Azure accepts only the text `true`.",
    ],
    [
      "CKV_AZURE_135",
      "platform-gateway-firewall",
      "The check knows only OWASP rule sets. The default rule set 2.1 has the Log4j rule " +
        "(944240), and it is on.",
    ],
    [
      "CKV_AZURE_166",
      REGISTRY,
      "A quarantined image waits until something releases it; that is the business of a team's " +
        "own pipeline.",
    ],
    [
      "CKV_K8S_11",
      PODS,
      "A limit slows down pods that serve on nodes with idle cores. Requests share the cores, and " +
        "memory, which cannot be shared, is limited.",
    ],
    [
      "CKV_K8S_35",
      "Deployment",
      "`rotation:delivery secret` is for charts that want a variable; the default is a file.",
    ],
    [
      "CKV_K8S_38",
      "Deployment",
      "The check looks at pods; here their ServiceAccounts say that no token is mounted.",
    ],
    [
      "CKV_K8S_40",
      PODS,
      "The images name their user, 1000, which has no rights on a node. Nothing of a node is mounted.",
    ],
    [
      "CKV_DOCKER_2",
      "Dockerfile",
      "Kubernetes does not read HEALTHCHECK: the chart's probes take its place.",
    ],
    [
      "CKV_GHA_7",
      ".github/workflows/images.yml, .github/workflows/rotate.yml",
      "Every input is a choice from a list; none reaches a script but through its environment.",
    ],
  ),
  ...by(
    "kube-linter",
    [
      "env-var-secret",
      PODS,
      "The check goes by names: `SECRET_VERSION` is the id of a version, which opens nothing.",
    ],
    [
      "job-ttl-seconds-after-finished",
      "Job",
      "A proof stays as evidence, and because Pulumi would create one again that the cluster removed.",
    ],
    [
      "no-anti-affinity",
      "Deployment",
      "The slot's chart spreads its pods over zones and nodes (topologySpreadConstraints), which the " +
        "check does not know. The other chart stands for a team's own.",
    ],
  ),
  ...inDevelopment(
    [
      "AZR-000125",
      VAULT,
      "A development vault is destroyed and recreated; purge protection can never be removed.",
    ],
    [
      "CKV_AZURE_189",
      VAULT,
      "`pulumi up` comes from the deployer's ranges, which the firewall lists (AZR-000355).",
    ],
    ["AZR-000006", REGISTRY, "Basic costs a tenth and is enough for one team's pulls."],
    [
      "CKV_AZURE_139",
      REGISTRY,
      "Only Premium has private endpoints; pulls need a role all the same.",
    ],
    ["AZR-000402", REGISTRY, "Only Premium has a firewall; pulls need a role all the same."],
    ["CKV_AZURE_233", REGISTRY, "Only Premium has zone redundancy; images can be pushed again."],
    ["CKV_AZURE_237", REGISTRY, "Only Premium has dedicated data endpoints."],
    ["AZR-000434", SERVER, "A second server doubles the price, and burstable sizes have none."],
    ["AZR-000326", SERVER, "Development data is recreated, not restored from another region."],
    [
      "CKV_AZURE_68",
      SERVER,
      "`pulumi up` comes from the deployer's ranges, which the firewall lists (AVD-AZU-0029).",
    ],
    ["AZR-000061", "platform-gateway", "Idle capacity costs as much as a node."],
    ["AZR-000285", CLUSTER, "The Free tier has everything a rotation needs."],
    [
      "CKV_AZURE_115",
      CLUSTER,
      "`pulumi up` comes from the deployer's ranges, which the API server lists (AZR-000030).",
    ],
    [
      "AZR-000370",
      CLUSTER,
      "Defender is billed per virtual core and is for clusters that people depend on.",
    ],
    ["AZR-000287", CLUSTER, "The small sizes have no local disk to boot from."],
    ["AZR-000287", POOL, "The small sizes have no local disk to boot from."],
    ["APRL-7f7ae535", CLUSTER, "One node, or two when there is load: an upgrade adds one first."],
    ["AZR-000024", CLUSTER, "One node, or two when there is load: an upgrade adds one first."],
    ["AZR-000412", POOL, "One node, or up to three when there is load."],
    ["APRL-005ccbbd", POOL, "One node, or up to three when there is load."],
  ),
];

/** The waiver that covers a finding; undefined if none does. */
export function waiverOf(
  { id, also, resource }: Finding,
  profile: ProfileName,
  waivers: readonly Waiver[] = WAIVERS,
): Waiver | undefined {
  return waivers.find(
    (waiver) =>
      waiver.examiner === undefined &&
      [id, ...also].includes(waiver.id) &&
      [resource.name, resource.type].includes(waiver.resource) &&
      (waiver.profile ?? profile) === profile,
  );
}

type Row = readonly [id: string, resource: string, reason: string];

function everywhere(...rows: readonly Row[]): Waiver[] {
  return rows.map(([id, resource, reason]) => ({
    id,
    resource,
    reason,
    owner: OWNER,
    expires: YEARLY,
  }));
}

function by(examiner: Examiner, ...rows: readonly Row[]): Waiver[] {
  return everywhere(...rows).map((waiver) => ({ ...waiver, profile: "prod", examiner }));
}

function inDevelopment(...rows: readonly Row[]): Waiver[] {
  return everywhere(...rows).map((waiver) => ({ ...waiver, profile: "dev" }));
}
