import { apiServerOf, hostOf } from "../facts/connections";
import { OLDEST_VERSION } from "./databaseVersions";
import { isSameId, type PlatformNeeds, type PlatformReference, resourceIdOf } from "./platformIds";
import { demandInWords, nodeRoom, nodesInWords } from "../plan";
import { MOST_PODS } from "./nodePools";
import { lessRoom, nodesOf } from "./nodeSizes";
import { isWithin } from "./ranges";
import type { PlatformAnswers } from "./platformQuestions";
import type { Problem } from "./readings";

/** What the port of PgBouncer is on a flexible server. */
const PGBOUNCER_PORT = 6432;

/** Everything about a platform that an application cannot live with, as far as Azure answered. */
export function platformProblems(
  asked: PlatformReference,
  needs: PlatformNeeds,
  answers: PlatformAnswers,
): Problem[] {
  return [
    ...under("clusterId", [...clusterProblems(asked, answers), roomProblem(asked, needs, answers)]),
    ...under("clusterHost", [hostProblem(asked, answers)]),
    ...under("egress", egressProblems(needs, answers)),
    ...under("vaultId", vaultProblems(asked, answers)),
    ...under("application", [takenProblem(asked, answers)]),
    ...under("databaseServerId", serverProblems(needs, answers)),
    ...under("databaseAdministratorSecret", [
      answers.password === "" && "has an empty value: store the administrator's password in it.",
    ]),
    ...under("gatewayId", gatewayProblems(answers)),
    ...under("certificateName", [certificateProblem(asked, answers)]),
  ];
}

/** Sentences that follow the key, or nothing in their place. */
type Findings = readonly (string | false | undefined)[];

function under(key: string, findings: Findings): Problem[] {
  return findings.flatMap((text) => (text ? [[key, text] as const] : []));
}

function clusterProblems(
  { clusterId, gatewayId }: PlatformReference,
  { cluster, kubeconfig }: PlatformAnswers,
): Findings {
  if (cluster === undefined) {
    return [];
  }
  const update = (change: string) => `\`az aks update ${named(clusterId)} ${change}\`.`;
  const { oidcIssuerProfile, powerState, securityProfile } = cluster;
  const hasIssuer = oidcIssuerProfile?.enabled === true && oidcIssuerProfile.issuerURL !== "";
  return [
    powerState?.code !== undefined &&
      powerState.code !== "Running" &&
      `is ${powerState.code}: \`az aks start ${named(clusterId)}\`.`,
    !hasIssuer &&
      "has no OIDC issuer, on which the trust of Azure in its pods rests: " +
        update("--enable-oidc-issuer"),
    securityProfile?.workloadIdentity?.enabled !== true &&
      `has no workload identity: ${update("--enable-workload-identity")}`,
    cluster.aadProfile === undefined &&
      `has no Entra login, and kubelogin no other: ${update("--enable-aad --enable-azure-rbac")}`,
    addOn(cluster.addonProfiles, "azureKeyvaultSecretsProvider")?.enabled !== true &&
      "has no Secrets Store CSI driver with the Azure provider: `az aks enable-addons " +
        `${named(clusterId)} --addons azure-keyvault-secrets-provider\`.`,
    ingressProblem(cluster.addonProfiles, { clusterId, gatewayId }),
    kubeconfig === "" && "was given without a kubeconfig.",
  ];
}

/**
 * Whether its nodes, at their most and with nobody else's pods, could hold the application. Pools that a
 * taint keeps pods off do not count; of a size that is not in the tables nothing is said.
 */
function roomProblem(
  { clusterId }: PlatformReference,
  { demand }: PlatformNeeds,
  { cluster }: PlatformAnswers,
): string | undefined {
  const pools = (cluster?.agentPoolProfiles ?? [])
    .filter(({ nodeTaints = [], osType }) => osType !== "Windows" && !nodeTaints.some(keepsOff))
    .map(({ count = 0, enableAutoScaling, maxCount, maxPods = MOST_PODS, vmSize = "" }) => ({
      size: vmSize,
      count: enableAutoScaling === true ? (maxCount ?? count) : count,
      mostPods: maxPods,
    }));
  const nodes = pools.length === 0 ? undefined : nodesOf(pools);
  if (demand === undefined || nodes === undefined) {
    return undefined;
  }
  const room = nodeRoom(demand, nodes);
  return room.placed === room.pods
    ? undefined
    : `has no room for the application: ${demandInWords(room)}, and its nodes hold ${room.placed} of them ` +
        `(${nodesInWords(nodes)}). ${lessRoom(demand)}, or let a pool grow: \`az aks nodepool update ` +
        `${named(clusterId).replace("--name", "--cluster-name")} --name <pool> --update-cluster-autoscaler ` +
        "--min-count <least> --max-count <most>`.";
}

const keepsOff = (taint: string) => /:No(Schedule|Execute)$/.test(taint);

/** The state may say another one, so that the stack says it, too. */
function hostProblem(
  { clusterHost }: PlatformReference,
  { kubeconfig }: PlatformAnswers,
): string | undefined {
  const host = kubeconfig ? hostOf(apiServerOf(kubeconfig)) : "";
  return host === "" || host === clusterHost
    ? undefined
    : `is ${clusterHost}, and the cluster's API server is ${host}: ` +
        `\`pulumi config set rotation:clusterHost ${host}\`.`;
}

type AddOns = NonNullable<PlatformAnswers["cluster"]>["addonProfiles"];

/** Azure's keys have come in any case. */
function addOn(addOns: AddOns, name: string) {
  const found = Object.entries(addOns ?? {}).find(
    ([key]) => key.toLowerCase() === name.toLowerCase(),
  );
  return found?.[1];
}

function ingressProblem(
  addOns: AddOns,
  { clusterId, gatewayId }: Pick<PlatformReference, "clusterId" | "gatewayId">,
): string | undefined {
  const { config, enabled } = addOn(addOns, "ingressApplicationGateway") ?? {};
  if (enabled !== true) {
    return (
      "has no ingress controller of Application Gateway (AGIC) as an add-on: `az aks enable-addons " +
      `${named(clusterId)} --addons ingress-appgw --appgw-id ${gatewayId}\`.`
    );
  }
  const configured = config?.["effectiveApplicationGatewayId"] ?? config?.["applicationGatewayId"];
  return isSameId(configured, gatewayId)
    ? undefined
    : `configures another gateway: ${configured ?? "none that Azure names"}. ` +
        "Set rotation:gatewayId to that one.";
}

/** Where Cilium decides: it knows what is inside of the cluster by what it is, not by its address. */
function egressProblems({ egress }: PlatformNeeds, { cluster }: PlatformAnswers): Findings {
  const { networkDataplane, networkPolicy, ...profile } = cluster?.networkProfile ?? {};
  if (networkDataplane !== "cilium" && networkPolicy !== "cilium") {
    return [];
  }
  const inside = [profile.podCidr, ...(profile.podCidrs ?? []), profile.serviceCidr];
  return [...egress].map(({ range, port }) => {
    const within = inside.find((each) => isWithin(range, each ?? ""));
    return (
      within !== undefined &&
      `must be outside the cluster: "${range}:${port}" is within its ${within}, where a network policy ` +
        "does not match by address."
    );
  });
}

function vaultProblems({ vaultId }: PlatformReference, { vault }: PlatformAnswers): Findings {
  if (vault === undefined) {
    return [];
  }
  const { enableRbacAuthorization, networkAcls, publicNetworkAccess } = vault.properties;
  const isClosed = networkAcls?.defaultAction === "Deny" || publicNetworkAccess === "Disabled";
  return [
    enableRbacAuthorization !== true &&
      "decides by access policies, which cannot give a right to one secret alone. Who has one " +
        "needs a role first; then `az keyvault update " +
        `${named(vaultId)} --enable-rbac-authorization true\`.`,
    isClosed &&
      networkAcls !== undefined &&
      !(networkAcls.bypass ?? "").includes("AzureServices") &&
      "does not let Azure Resource Manager in, which writes the secrets: `az keyvault update " +
        `${named(vaultId)} --bypass AzureServices\`.`,
  ];
}

/** A name that others have cannot be the application's: each write would be a version of their secret. */
function takenProblem({ vaultId }: PlatformReference, { taken = [] }: PlatformAnswers) {
  const { names } = resourceIdOf(vaultId)!;
  const list = taken.map(
    ({ isDeleted, name }) => `${name}${isDeleted ? " (deleted, but kept)" : ""}`,
  );
  return (
    list.length > 0 &&
    `would take names that the vault ${names[0]} has for secrets of somebody else: ${list.join(", ")}. ` +
      "Set another one, or delete what nobody needs: `az keyvault secret delete --vault-name " +
      `${names[0]} --name <name>\`, then \`az keyvault secret purge\` with the same options.`
  );
}

function serverProblems(
  { connections, egress }: PlatformNeeds,
  { maxConnections, pgbouncer, server }: PlatformAnswers,
): Findings {
  const most = Number(maxConnections?.value ?? Infinity);
  const {
    administratorLogin,
    authConfig,
    replicationRole = "",
    state,
    version = "",
  } = server ?? {};
  return [
    server && state !== "Ready" && `is ${state}, not Ready: start it, or wait until Azure has.`,
    server &&
      !(Number.parseInt(version) >= OLDEST_VERSION) &&
      `has PostgreSQL ${version || "of a version that Azure does not say"}: ` +
        `${OLDEST_VERSION} at least.`,
    /replica/i.test(replicationRole) && `is a replica (${replicationRole}): name its primary.`,
    server &&
      (authConfig?.passwordAuth === "Disabled" || !administratorLogin) &&
      "takes no passwords: switch on PostgreSQL authentication beside Microsoft Entra's.",
    connections > most &&
      `allows ${most} connections in all (max_connections), and rotation:serverConnections asks ` +
        `for ${connections} of them.`,
    pgbouncer?.value === "true" &&
      egress.some(({ port }) => port === PGBOUNCER_PORT) &&
      `is asked for through PgBouncer: rotation:egress opens port ${PGBOUNCER_PORT}. A pooler goes on ` +
        "with sessions of a retired credential, and the proofs do not see it: use port 5432.",
  ];
}

function gatewayProblems({ gateway, gatewaySubnet, publicAddress }: PlatformAnswers): Findings {
  if (gateway === undefined) {
    return [];
  }
  const { frontendIPConfigurations: frontends = [], operationalState } = gateway;
  const subnetId = gateway.gatewayIPConfigurations?.[0]?.subnet?.id;
  const isPublic = frontends.some(({ publicIPAddress }) => publicIPAddress);
  const hasPrivate = frontends.some(({ privateIPAddress }) => privateIPAddress);
  // One that could not be read is told already.
  const hasPublic = isPublic && (publicAddress === undefined || publicAddress.ipAddress);
  return [
    operationalState === "Stopped" && "is stopped.",
    !hasPublic && !hasPrivate && "has neither a public nor a private address.",
    (subnetId === undefined || (gatewaySubnet && rangesOf(gatewaySubnet).length === 0)) &&
      "is in no subnet with a range, from which its pods would let it in.",
  ];
}

function certificateProblem(
  { certificateName }: PlatformReference,
  { gateway }: PlatformAnswers,
): string | undefined {
  const names = gateway?.sslCertificates?.map(({ name }) => name) ?? [];
  return gateway === undefined || names.includes(certificateName)
    ? undefined
    : `is ${certificateName}, and the gateway has ` +
        `${names.length === 0 ? "no certificate" : names.join(", ")}: AGIC would ignore the Ingress.`;
}

/** A subnet's ranges, CIDR. Pods have IPv4 addresses, so those of IPv6 do not count. */
export function rangesOf({
  addressPrefix,
  addressPrefixes = [],
}: NonNullable<PlatformAnswers["gatewaySubnet"]>): string[] {
  const all = addressPrefix === undefined ? addressPrefixes : [addressPrefix, ...addressPrefixes];
  return [...new Set(all)].filter((range) => !range.includes(":"));
}

/** Options of `az` that name a resource. */
function named(id: string): string {
  const { names, resourceGroupName } = resourceIdOf(id)!;
  return `--resource-group ${resourceGroupName} --name ${names[0]}`;
}
