import type { SecretRequest } from "../../world/contracts";
import type { Cloud, RunningVault } from "../arm/resourceType";
import { textAt, textsAt, valuesAt } from "../arm/plain";
import { isHidden, reachesPrivately } from "../network/privateReach";
import { parentOf } from "../arm/resourceManager";
import { VaultError } from "../../vault/secretStore";
import { sameId } from "../network/networkCommon";
import { VAULT_ZONE } from "../network/privateZones";

const AUDIENCE = "api://AzureADTokenExchange";
const HELP =
  "Check your federated identity credential Subject, Audience and Issuer against the presented " +
  "assertion. https://learn.microsoft.com/entra/workload-id/workload-identity-federation";

/** A vault read as the Azure provider of the Secrets Store CSI driver makes it. */
export function readSecret(
  cloud: Cloud,
  request: SecretRequest,
): { value: string; version: string } {
  const { vaultName, secretName, version } = request;
  try {
    const principalId = exchangeToken(cloud, request);
    const vault = cloud.vault(vaultName);
    if (!vault || isUnknown(cloud, request, vault)) {
      throw new Error(
        `Get "https://${vaultName}.vault.azure.net/secrets/${secretName}/${version}": dial tcp: ` +
          `lookup ${vaultName}.vault.azure.net: no such host`,
      );
    }
    requireConnection(cloud, request, principalId, vault);
    const secret = vault.service.read(principalId, secretName, version);
    cloud.world.journal.write("vault", "secret read", {
      vault: vaultName,
      secret: secretName,
      version: secret.version,
      subject: request.subject,
    });
    return { value: secret.value, version: secret.version };
  } catch (error) {
    throw new Error(
      `failed to get objectType:secret, objectName:${secretName}, objectVersion:${version}: ` +
        textOf(error, request),
      { cause: error },
    );
  }
}

/**
 * Whether the vault takes calls from the network of the cluster's nodes: through a private endpoint
 * always, otherwise as its firewall says.
 */
function requireConnection(
  cloud: Cloud,
  { clientId, issuer }: SecretRequest,
  principalId: string,
  { id, location }: RunningVault,
): void {
  const vault = cloud.resources.find(id);
  const caller = `Caller: appid=${clientId};oid=${principalId}\r\nVault: ${vault?.name};location=${location}`;
  const subnets = nodeSubnets(cloud, issuer);
  const networks = subnets.map((subnet) => parentOf(subnet));
  if (networks.some((network) => reachesPrivately(cloud, network, id, VAULT_ZONE))) {
    return;
  }
  if (textAt(vault?.inputs, "properties.publicNetworkAccess").toLowerCase() === "disabled") {
    throw new VaultError(
      403,
      "Forbidden",
      "Public network access is disabled and request is not from a trusted service nor via an " +
        `approved private link.\r\n${caller}`,
      "ForbiddenByConnection",
    );
  }
  const allowed = textsAt(vault?.inputs, "properties.networkAcls.virtualNetworkRules[].id");
  const isAllowed = subnets.some((subnet) => allowed.some((rule) => sameId(rule, subnet)));
  if (textAt(vault?.inputs, "properties.networkAcls.defaultAction") === "Deny" && !isAllowed) {
    throw new VaultError(
      403,
      "Forbidden",
      `Client address is not authorized and caller is not a trusted service.\r\n${caller}`,
      "ForbiddenByFirewall",
    );
  }
}

/** Whether the names of the nodes' network do not have the vault. */
function isUnknown(cloud: Cloud, { issuer }: SecretRequest, { id }: RunningVault): boolean {
  return nodeSubnets(cloud, issuer).some((subnet) =>
    isHidden(cloud, parentOf(subnet), id, VAULT_ZONE),
  );
}

/** Subnets of the nodes of the cluster with an issuer. */
function nodeSubnets(cloud: Cloud, issuer: string): string[] {
  const [id = ""] = [...cloud.clusters].find(([, cluster]) => cluster.issuer === issuer) ?? [];
  const cluster = cloud.resources.find(id);
  return textsAt(cluster?.inputs, "agentPoolProfiles[].vnetSubnetID");
}

/** What Entra checks before it gives a token for a service account's: returns the principal. */
export function exchangeToken(cloud: Cloud, request: SecretRequest): string {
  const { tenantId, clientId, issuer, subject } = request;
  if (tenantId !== cloud.tenantId) {
    throw new EntraError(
      "AADSTS90002",
      `Tenant '${tenantId}' not found. Check to make sure you have the correct tenant ID and are ` +
        "signing into the correct cloud.",
    );
  }
  const identity = cloud.identity(clientId);
  if (!identity) {
    throw new EntraError(
      "AADSTS700016",
      `Application with identifier '${clientId}' was not found in the directory '${tenantId}'. ` +
        "This can happen if the application has not been installed by the administrator of the " +
        "tenant or consented to by any user in the tenant.",
    );
  }
  const credentials = cloud.resources.children(
    identity.id,
    "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials",
  );
  const ofIssuer = credentials.filter(({ inputs }) => textAt(inputs, "issuer") === issuer);
  if (ofIssuer.length === 0) {
    throw new EntraError(
      "AADSTS700211",
      `No matching federated identity record found for presented assertion issuer '${issuer}'. ` +
        HELP,
    );
  }
  const matching = ofIssuer.find(
    ({ inputs }) =>
      textAt(inputs, "subject") === subject && valuesAt(inputs, "audiences[]").includes(AUDIENCE),
  );
  if (!matching) {
    throw new EntraError(
      "AADSTS700213",
      `No matching federated identity record found for presented assertion subject '${subject}'. ` +
        HELP,
    );
  }
  return textAt(identity.outputs, "principalId");
}

class EntraError extends Error {
  constructor(code: string, message: string) {
    super(
      "WorkloadIdentityCredential authentication failed.\n" +
        `RESPONSE 401: Unauthorized\n{"error":"invalid_client","error_description":"${code}: ${message}"}`,
    );
  }
}

function textOf(error: unknown, { vaultName, secretName, version }: SecretRequest): string {
  if (error instanceof VaultError) {
    const url = `https://${vaultName}.vault.azure.net/secrets/${secretName}/${version}`;
    return (
      `GET ${url}\nRESPONSE ${error.status}\nERROR CODE: ${error.code}\n` +
      JSON.stringify(error.body)
    );
  }
  return error instanceof Error ? error.message : String(error);
}
