import assert from "node:assert";
import * as pulumi from "@pulumi/pulumi";
import { lookUpPlatform } from "../../components/platform/foundPlatform";
import { type CallAnswer, MockProgram } from "../../mocks/mocks";
import { withMockVault } from "../../mocks/mockVault";
import { NEEDS, REFERENCE } from "./existingPlatform";

/** What is asked of Azure. */
export const CALL = {
  address: "azure-native:network:getPublicIPAddress",
  cluster: "azure-native:containerservice:getManagedCluster",
  credentials: "azure-native:containerservice:listManagedClusterUserCredentials",
  gateway: "azure-native:network:getApplicationGateway",
  parameter: "azure-native:dbforpostgresql:getConfiguration",
  server: "azure-native:dbforpostgresql:getServer",
  endpoint: "azure-native:network:getPrivateEndpoint",
  subnet: "azure-native:network:getSubnet",
  vault: "azure-native:keyvault:getVault",
  workspace: "azure-native:operationalinsights:getWorkspace",
} as const;

/** Other answers than usual. */
export type Answers = Partial<Record<(typeof CALL)[keyof typeof CALL], CallAnswer>>;

/** Looks the platform of the tests up, as a program would. */
export async function lookUp(answers: Answers = {}, asked = REFERENCE, needs = NEEDS) {
  const config = {
    "rotation:gatewayId": REFERENCE.gatewayId,
    "rotation:certificateName": REFERENCE.certificateName,
  };
  const program = await MockProgram.start({ answers, config });
  try {
    const found = await withMockVault(() => lookUpPlatform(asked, needs));
    return { found, program };
  } finally {
    await program.drained();
  }
}

/** What is wrong, a sentence each. */
export async function problems(answers: Answers, needs = NEEDS): Promise<string[]> {
  try {
    await lookUp(answers, REFERENCE, needs);
  } catch (error) {
    assert.ok(pulumi.RunError.isInstance(error), String(error));
    assert.match(error.message, /Nothing was changed\./);
    return error.message
      .split("\n")
      .filter((line) => line.startsWith("  - "))
      .map((line) => line.slice("  - ".length));
  }
  return [];
}

/** An answer as usual, but for these keys. */
export const but =
  (changes: Record<string, unknown>): CallAnswer =>
  (usual) => ({ ...usual, ...changes });

/** The add-ons of the mocks' cluster with another one in the place of one. */
export const addOns =
  (changes: Record<string, unknown>): CallAnswer =>
  (usual) => ({ ...usual, addonProfiles: { ...(usual["addonProfiles"] as object), ...changes } });

/** What Azure says instead of an answer. */
export const refused =
  (status: 403 | 404, code: string): CallAnswer =>
  () => {
    throw new Error(`Status=${status} Code="${code}" Message="..."`);
  };

/** Platforms that do not fit, and what is said of them. */
export const UNFIT: readonly (readonly [what: string, answers: Answers, text: RegExp])[] = [
  [
    "without an OIDC issuer",
    { [CALL.cluster]: but({ oidcIssuerProfile: { enabled: false } }) },
    /^rotation:clusterId has no OIDC issuer, .*`az aks update --resource-group shared --name aks-shared --enable-oidc-issuer`\.$/,
  ],
  [
    "without workload identity",
    { [CALL.cluster]: but({ securityProfile: {} }) },
    /^rotation:clusterId has no workload identity: .*--enable-workload-identity`\.$/,
  ],
  [
    "without a login of Entra",
    { [CALL.cluster]: but({ aadProfile: undefined }) },
    /^rotation:clusterId has no Entra login, .*--enable-aad --enable-azure-rbac`\.$/,
  ],
  [
    "that is stopped",
    { [CALL.cluster]: but({ powerState: { code: "Stopped" } }) },
    /^rotation:clusterId is Stopped: `az aks start --resource-group shared --name aks-shared`\.$/,
  ],
  [
    "without the CSI driver",
    { [CALL.cluster]: addOns({ azureKeyvaultSecretsProvider: { enabled: false } }) },
    /^rotation:clusterId has no Secrets Store CSI driver .*--addons azure-keyvault-secrets-provider`\.$/,
  ],
  [
    "without AGIC",
    { [CALL.cluster]: addOns({ ingressApplicationGateway: undefined }) },
    /^rotation:clusterId has no ingress controller .*--addons ingress-appgw --appgw-id \/subscriptions\/.*agw-shared`\.$/,
  ],
  [
    "whose AGIC configures another gateway",
    {
      [CALL.cluster]: addOns({
        ingressApplicationGateway: {
          enabled: true,
          config: { effectiveApplicationGatewayId: "/subscriptions/other" },
        },
      }),
    },
    /^rotation:clusterId configures another gateway: \/subscriptions\/other\. Set rotation:gatewayId to that one\.$/,
  ],
  [
    "with a vault of access policies",
    {
      [CALL.vault]: (usual, { vaultName }) => ({
        ...usual,
        properties: {
          ...(usual["properties"] as object),
          enableRbacAuthorization: vaultName !== "kv-shared",
        },
      }),
    },
    /^rotation:vaultId decides by access policies, .*`az keyvault update --resource-group shared --name kv-shared --enable-rbac-authorization true`\.$/,
  ],
  [
    "with a vault that keeps Azure itself out",
    {
      [CALL.vault]: (usual) => ({
        ...usual,
        properties: {
          ...(usual["properties"] as object),
          networkAcls: { defaultAction: "Deny", bypass: "None" },
        },
      }),
    },
    /^rotation:vaultId does not let Azure Resource Manager in, .*--bypass AzureServices`\.$/,
  ],
  [
    "with a server that is not ready",
    { [CALL.server]: but({ state: "Stopped" }) },
    /^rotation:databaseServerId is Stopped, not Ready: /,
  ],
  [
    "with PostgreSQL 15",
    { [CALL.server]: but({ version: "15" }) },
    /^rotation:databaseServerId has PostgreSQL 15: 16 at least\.$/,
  ],
  [
    "with a replica",
    { [CALL.server]: but({ replicationRole: "AsyncReplica" }) },
    /^rotation:databaseServerId is a replica \(AsyncReplica\): name its primary\.$/,
  ],
  [
    "with a server that takes no passwords",
    { [CALL.server]: but({ authConfig: { passwordAuth: "Disabled" } }) },
    /^rotation:databaseServerId takes no passwords: /,
  ],
  [
    "with a server that allows fewer connections",
    {
      [CALL.parameter]: (usual) => ({
        ...usual,
        ...(usual["name"] === "max_connections" && { value: "150" }),
      }),
    },
    /^rotation:databaseServerId allows 150 connections in all \(max_connections\), and rotation:serverConnections asks for 200 of them\.$/,
  ],
  [
    "with a gateway that has no address",
    { [CALL.gateway]: but({ frontendIPConfigurations: [{ name: "none" }] }) },
    /^rotation:gatewayId has neither a public nor a private address\.$/,
  ],
  [
    "with a public address that has none yet",
    { [CALL.address]: () => ({}) },
    /^rotation:gatewayId has neither a public nor a private address\.$/,
  ],
  [
    "with a gateway that is stopped",
    { [CALL.gateway]: but({ operationalState: "Stopped" }) },
    /^rotation:gatewayId is stopped\.$/,
  ],
  [
    "with a gateway in no subnet",
    { [CALL.gateway]: but({ gatewayIPConfigurations: [] }) },
    /^rotation:gatewayId is in no subnet with a range, /,
  ],
  [
    "without the certificate",
    { [CALL.gateway]: but({ sslCertificates: [{ name: "a" }, { name: "b" }] }) },
    /^rotation:certificateName is wildcard, and the gateway has a, b: AGIC would ignore the Ingress\.$/,
  ],
  [
    "that nobody lets read",
    { [CALL.vault]: refused(403, "AuthorizationFailed") },
    /^rotation:(vaultId|databaseAdministratorSecret) cannot be read: no right to \(403\)\. .* needs the role "Reader" on \/subscriptions\/.*\/vaults\/kv-\w+\.$/,
  ],
  [
    "whose API server's address may not be read",
    { [CALL.credentials]: refused(403, "AuthorizationFailed") },
    /^rotation:clusterId cannot be read: its address: no right to \(403\)\. .*"Azure Kubernetes Service Cluster User Role" on /,
  ],
  [
    "whose vault's name has no address here",
    {
      [CALL.vault]: () => {
        throw new Error(
          'Get "https://x": dial tcp: lookup kv-shared.vault.azure.net: no such host',
        );
      },
    },
    /^rotation:(vaultId|databaseAdministratorSecret) cannot be read: this machine's DNS knows no kv-shared\.vault\.azure\.net: .* --zone-name privatelink\.vaultcore\.azure\.net /,
  ],
  [
    "that is not there",
    { [CALL.workspace]: refused(404, "ResourceNotFound") },
    /^rotation:workspaceId cannot be read: there is none \(404\)\. Compare the id: \/subscriptions\/.*log-shared$/,
  ],
];
