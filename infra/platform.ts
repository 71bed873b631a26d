import * as pulumi from "@pulumi/pulumi";
import {
  AUDITS,
  CERTIFICATE_ID,
  certificateReference,
  databaseSizeProblem,
  databaseVersionProblem,
  DEPLOYER_TYPES,
  GATEWAY_CERTIFICATE,
  GRANT_SECONDS,
  GRANTS_BY,
  type GrantsBy,
  KUBE_LOGINS,
  type KubeLogin,
  platformIdProblem,
  type PlatformIdKey,
  platformIdRule,
  type PlatformIds,
  resourceIdOf,
  type PlatformArgs,
  type PlatformReference,
  type Profile,
  PROFILE_NAMES,
  type ProfileName,
  PROFILES,
  publicRangeProblem,
  rangeProblems,
  type Ranges,
  type Reader,
  regionProblem,
  USUAL_GRANT_SECONDS,
} from "../components";
import { ADOPTED_KEYS } from "./adopted";

/** What either platform has. */
interface AnyPlatform extends Pick<PlatformArgs, "location" | "profile"> {
  readonly alerts: PlatformArgs["alerts"] & {
    /** Address that receives the vault's events; none if not set. */
    readonly eventEndpoint: string | undefined;
  };
}

/** A platform that the stack makes. */
export interface NewPlatform
  extends AnyPlatform, Omit<PlatformArgs, "alerts" | "application" | "stack" | "hosts"> {
  readonly existing?: undefined;
  readonly grants?: undefined;
  readonly namespace?: undefined;
  readonly ingress?: undefined;
}

/** A platform that is there. */
export interface ExistingPlatformSettings extends AnyPlatform {
  /** What to look up. */
  readonly existing: PlatformReference;
  readonly deployer: Pick<
    PlatformArgs["deployer"],
    "kubeLogin" | "objectId" | "previewId" | "type"
  >;
  /** Who grants the application's identities their secrets. */
  readonly grants: GrantsBy;
  /** Namespace of another team; undefined where the program makes one. */
  readonly namespace: string | undefined;
  /** Name of an Ingress in it that is taken over; undefined where the program makes one. */
  readonly ingress: string | undefined;
}

export type PlatformSettings = NewPlatform | ExistingPlatformSettings;

const PLATFORMS = ["new", "existing"] as const;

/** Keys of a platform that the stack makes, with the values that Pulumi.yaml gives them. */
export const NEW_KEYS = {
  regionChecked: "",
  stageRanges: "",
  certificate: "",
  deployerRanges: "",
  runnerNetwork: "",
  privateZonesGroup: "",
  adminGroupId: "",
  adminGroupName: "",
  eventEndpoint: "",
  nodeSize: "",
  databaseVersion: "18",
  databaseSize: "",
  audit: "pgaudit",
  networkRange: "10.60.0.0/16",
  nodesRange: "10.60.0.0/22",
  gatewayRange: "10.60.8.0/24",
  endpointsRange: "10.60.9.0/27",
  podsRange: "10.244.0.0/16",
  servicesRange: "10.61.0.0/16",
  grantSeconds: `${USUAL_GRANT_SECONDS}`,
  maintenance: "",
} as const;

/** Keys of one that is there. */
export const EXISTING_KEYS = {
  clusterId: "",
  clusterHost: "",
  vaultId: "",
  databaseServerId: "",
  databaseAdministratorSecret: "",
  gatewayId: "",
  certificateName: GATEWAY_CERTIFICATE,
  workspaceId: "",
  registryId: "",
  grants: "program",
  namespace: "",
  ingress: "",
} as const;

const REGION = /^[a-z][a-z0-9]+$/;
const SIZE = /^Standard_[A-Za-z0-9_]+$/;
const RANGE = /./;
const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const EMAIL = /^[^@\s]+@[^@\s]+\.[^@\s]+$/;
const ENDPOINT = /^https:\/\/\S+$/;
const GROUP_ID = /^\/subscriptions\/[0-9a-f-]{36}\/resourceGroups\/[^/]+$/i;
const NETWORK_ID =
  /^\/subscriptions\/[0-9a-f-]{36}\/resourceGroups\/[^/]+\/providers\/Microsoft\.Network\/virtualNetworks\/[^/]+$/i;
const CLUSTER_HOST = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/;
const CERTIFICATE_NAME = /^[\w.-]{1,80}$/;
const NAMESPACE = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const INGRESS = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;

/**
 * Reads what is configured of the platform, a new one or one that is there.
 *
 * @throws pulumi.RunError when neither is asked for: the rest would be guessed
 */
export function readPlatform(reader: Reader): PlatformSettings {
  const platform = reader.choice("platform", "new", PLATFORMS);
  if (reader.hasProblemWith(["platform"])) {
    reader.throwProblems(pulumi.getStack());
  }
  const profileName = reader.choice("profile", undefined, PROFILE_NAMES);
  const common = {
    profileName,
    deployer: {
      type: reader.choice("deployerType", "ServicePrincipal", DEPLOYER_TYPES),
      ...readIdentities(reader),
      kubeLogin: reader.choice<KubeLogin>("kubeLogin", "azurecli", KUBE_LOGINS),
    },
    email: reader.text("alertEmail", undefined, EMAIL, "an e-mail address"),
    location: reader.text("location", undefined, REGION, "an Azure region such as swedencentral"),
  };
  if (platform === "existing") {
    reader.refuse(NEW_KEYS, "the platform is there, and what it is like is looked up");
    return readExisting(reader, common);
  }
  reader.refuse(
    { ...EXISTING_KEYS, ...ADOPTED_KEYS },
    "only a platform that is there has it (rotation:platform existing)",
  );
  return readNew(reader, common);
}

/** What is read of either. */
interface Common {
  readonly profileName: ProfileName;
  readonly deployer: ExistingPlatformSettings["deployer"];
  readonly email: string;
  readonly location: string;
}

function readExisting(
  reader: Reader,
  { profileName, deployer, email, location }: Common,
): ExistingPlatformSettings {
  return {
    profile: PROFILES[profileName],
    location,
    deployer,
    alerts: { email, eventEndpoint: undefined },
    existing: {
      ...readIds(reader),
      clusterHost: reader.text(
        "clusterHost",
        undefined,
        CLUSTER_HOST,
        "the host name of the cluster's API server",
      ),
      certificateName: reader.text(
        "certificateName",
        EXISTING_KEYS.certificateName,
        CERTIFICATE_NAME,
        "the name that the gateway has for the certificate of the three hosts",
      ),
    },
    grants: reader.choice("grants", EXISTING_KEYS.grants, GRANTS_BY),
    ...readPlace(reader),
  };
}

/** Where the application is, if somebody else says so. */
function readPlace(reader: Reader): Pick<ExistingPlatformSettings, "ingress" | "namespace"> {
  const rule = (pattern: RegExp, allowed: string) => (value: string) =>
    value === "" || pattern.test(value) ? undefined : `must be ${allowed}, not "${value}".`;
  const namespace = reader.checked(
    "namespace",
    EXISTING_KEYS.namespace,
    rule(
      NAMESPACE,
      "the name of a namespace: up to 63 lowercase letters, digits and inner hyphens",
    ),
  );
  const ingress = reader.checked(
    "ingress",
    EXISTING_KEYS.ingress,
    rule(INGRESS, "the name of an Ingress: lowercase letters, digits, inner hyphens and dots"),
  );
  if (OF_CLUSTERS.includes(namespace)) {
    reader.wrong("namespace", `must not be "${namespace}", which is the cluster's own.`);
  }
  if (ingress !== "" && namespace === "") {
    reader.missing("namespace", "the namespace that rotation:ingress is in");
  }
  return { namespace: namespace || undefined, ingress: ingress || undefined };
}

/** Namespaces of every cluster of AKS, in which no application has any business. */
const OF_CLUSTERS: readonly string[] = [
  "aks-command",
  "gatekeeper-system",
  "kube-node-lease",
  "kube-public",
  "kube-system",
];

/** Of what is written to, all in one subscription: each run has one. */
function readIds(reader: Reader): PlatformIds {
  const optionalId = (key: PlatformIdKey) =>
    reader.checked(key, "", (value) => (value === "" ? undefined : platformIdProblem(key, value)));
  const id = (key: PlatformIdKey) => {
    const value = optionalId(key);
    if (value === "") {
      reader.missing(key, platformIdRule(key));
    }
    return value;
  };
  const ids = {
    clusterId: id("clusterId"),
    vaultId: id("vaultId"),
    databaseServerId: id("databaseServerId"),
    databaseAdministratorSecret: id("databaseAdministratorSecret"),
    gatewayId: id("gatewayId"),
    workspaceId: id("workspaceId"),
    registryId: optionalId("registryId") || undefined,
  };
  if (!reader.hasProblemWith(ONE_SUBSCRIPTION)) {
    const home = resourceIdOf(ids.clusterId)?.subscriptionId;
    for (const key of ONE_SUBSCRIPTION) {
      if (resourceIdOf(ids[key])?.subscriptionId !== home) {
        reader.wrong(key, `must be in the cluster's subscription, ${home}, not "${ids[key]}".`);
      }
    }
  }
  return ids;
}

const ONE_SUBSCRIPTION = ["clusterId", "vaultId", "databaseServerId", "gatewayId"] as const;

function readNew(reader: Reader, { profileName, deployer, email, location }: Common): NewPlatform {
  const isProfile = !reader.hasProblemWith(["profile"]);
  // What depends on the profile is not checked without one: half of it would be guessed.
  const judged = isProfile ? PROFILES[profileName] : undefined;
  const certificate = reader.text(
    "certificate",
    undefined,
    CERTIFICATE_ID,
    "the resource id of a vault secret, " +
      "/subscriptions/<id>/resourceGroups/<group>/providers/Microsoft.KeyVault/vaults/<vault>/secrets/<name>",
  );
  const regionChecked = reader.optional("regionChecked", /^true$/, "true or not set") !== undefined;
  const size = readDatabaseSize(reader, judged);
  const needs = judged && !regionChecked ? { ...judged.database, size } : undefined;
  if (!reader.hasProblemWith(["location", "databaseSize"])) {
    reader.problem(regionProblem(location, needs));
  }
  return {
    profile: PROFILES[profileName],
    location,
    regionChecked,
    ranges: readRanges(reader),
    certificate: certificateReference(certificate),
    deployer: { ...deployer, ...readReach(reader, judged) },
    administrators: {
      groupId: reader.text("adminGroupId", undefined, GUID, "the object id of an Entra group"),
      groupName: reader.text("adminGroupName", undefined, /./, "the name of that Entra group"),
    },
    nodeSize: reader.optional("nodeSize", SIZE, "a VM size such as Standard_D4ds_v5"),
    database: {
      version: reader.checked("databaseVersion", NEW_KEYS.databaseVersion, databaseVersionProblem),
      size,
      audit: reader.choice("audit", NEW_KEYS.audit, AUDITS),
    },
    alerts: {
      email,
      eventEndpoint: reader.optional("eventEndpoint", ENDPOINT, "an https address"),
    },
    grantSeconds: reader.integer("grantSeconds", USUAL_GRANT_SECONDS, ...GRANT_SECONDS),
    maintenance: reader.optional("maintenance", /^gateway$/, "gateway or not set") !== undefined,
  };
}

function readIdentities(reader: Reader) {
  const objectId = reader.optional("deployerId", GUID, "the object id of what runs `pulumi up`");
  const previewId = reader.optional("previewId", GUID, "the object id of what previews");
  if (previewId !== undefined && objectId === undefined) {
    reader.missing(
      "deployerId",
      "the object id of what runs `pulumi up`, because rotation:previewId previews in its place",
    );
  }
  return { objectId, previewId };
}

function readRanges(reader: Reader): Ranges {
  const ranges = {
    network: reader.text("networkRange", NEW_KEYS.networkRange, RANGE, "a range"),
    nodes: reader.text("nodesRange", NEW_KEYS.nodesRange, RANGE, "a range"),
    gateway: reader.text("gatewayRange", NEW_KEYS.gatewayRange, RANGE, "a range"),
    endpoints: reader.text("endpointsRange", NEW_KEYS.endpointsRange, RANGE, "a range"),
    pods: reader.text("podsRange", NEW_KEYS.podsRange, RANGE, "a range"),
    services: reader.text("servicesRange", NEW_KEYS.servicesRange, RANGE, "a range"),
  };
  rangeProblems(ranges).forEach((problem) => reader.problem(problem));
  return ranges;
}

/** From where `pulumi up` reaches vault, database and API server. */
function readReach(reader: Reader, profile: Profile | undefined) {
  const ranges = reader.list("deployerRanges", publicRangeProblem);
  const runnerNetworkId = reader.optional(
    "runnerNetwork",
    NETWORK_ID,
    "the resource id of a virtual network",
  );
  const isPrivate = profile?.cluster.privateApi;
  if (isPrivate === true && runnerNetworkId === undefined) {
    reader.missing(
      "runnerNetwork",
      "the resource id of the virtual network that `pulumi up` runs in. Profile prod allows no " +
        "access from outside it",
    );
  }
  if (isPrivate === true && ranges.length > 0) {
    reader.problem(
      "rotation:deployerRanges does not apply to profile prod, where everything is private: use " +
        "rotation:runnerNetwork and `pulumi config rm rotation:deployerRanges`.",
    );
  }
  if (isPrivate === false && ranges.length === 0) {
    reader.missing(
      "deployerRanges",
      "the public ranges that `pulumi up` runs from, comma-separated, such as 203.0.113.7/32",
    );
  }
  const privateZonesGroupId = reader.optional(
    "privateZonesGroup",
    GROUP_ID,
    "the resource id of a resource group",
  );
  return { ranges, runnerNetworkId, privateZonesGroupId };
}

function readDatabaseSize(reader: Reader, profile: Profile | undefined): string {
  const own = reader.optional("databaseSize", SIZE, "a size such as Standard_D2ds_v5");
  const size = own ?? profile?.database.size ?? "";
  if (size !== "" && !reader.hasProblemWith(["databaseSize"])) {
    const zoneRedundant = profile?.database.zoneRedundant ?? false;
    reader.problem(databaseSizeProblem(size, { zoneRedundant }));
  }
  return size;
}
