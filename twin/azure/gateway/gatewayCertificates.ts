import { createPrivateKey, X509Certificate } from "node:crypto";
import type { IssuedCertificate } from "../../world/certificates";
import type { GatewayCertificates } from "../../world/contracts";
import { ArmError, FailedAfterwards } from "../arm/armError";
import { objectsAt, textAt, textsAt } from "../arm/plain";
import { parentOf } from "../arm/resourceManager";
import type { Put, Cloud, RunningVault } from "../arm/resourceType";
import { isHidden } from "../network/privateReach";
import { VAULT_ZONE } from "../network/privateZones";
import { VaultError } from "../../vault/secretStore";

/** Content type of a vault secret that holds a key and its certificates as PEM text. */
export const PEM_CONTENT = "application/x-pem-file";

/** What the right to read a certificate is called. */
const READ = "Microsoft.KeyVault/vaults/secrets/getSecret/action";

/**
 * The certificates of a gateway, read from their vaults as the gateway's identity; refuses as Azure
 * does when one cannot be read. The twin takes PEM where Azure also takes PFX.
 */
export function readGatewayCertificates(put: Put): GatewayCertificates {
  return new Map(
    objectsAt(put.inputs, "sslCertificates").map((certificate) => [
      textAt(certificate, "name"),
      readCertificate(put, textAt(certificate, "name"), textAt(certificate, "keyVaultSecretId")),
    ]),
  );
}

function readCertificate(put: Put, name: string, secretId: string): IssuedCertificate {
  const found = /^https:\/\/([^/]+)\/secrets\/([^/]+)(?:\/([^/]*))?$/i.exec(secretId);
  if (!found) {
    throw new ArmError(
      400,
      "ApplicationGatewaySslCertificateInvalidSecretId",
      `SecretId '${secretId}' specified in '${put.id}/sslCertificates/${name}' is invalid. Reason: The ` +
        "specified Key Vault URI doesn't properly reference a secret. A valid Key Vault URI should be " +
        "in the following format: https://{keyvaultname}.{keyvaultdomain}/secrets/{secretname}. A " +
        "secret version may optionally be appended as well.",
    );
  }
  const [, host = "", secretName = "", version = ""] = found;
  const identity = put.cloud.resources.find(
    textsAt(put.inputs, "identity.userAssignedIdentities[]")[0] ?? "",
  );
  if (!identity) {
    throw new ArmError(
      400,
      "ApplicationGatewayKeyVaultSecretRequiresIdentity",
      `Application gateway ${put.id} requires a 'UserAssigned' Identity with 'get' access to the ` +
        `referenced KeyVault secret '${secretId}'. Please provide so by using top level 'Identity' ` +
        "property on application gateway.",
    );
  }
  const vault = vaultAt(put.cloud, host);
  const networks = textsAt(put.inputs, "gatewayIPConfigurations[].subnet.id").map(parentOf);
  const isUnknown = networks.some(
    (network) => vault && isHidden(put.cloud, network, vault.id, VAULT_ZONE),
  );
  if (!vault || isUnknown) {
    throw refusal(
      put,
      "ApplicationGatewayKeyVaultSecretNotFound",
      `KeyVault secret '${secretId}' could not be found.`,
    );
  }
  const principalId = textAt(identity.outputs, "principalId");
  try {
    const { value, contentType } = vault.service.read(principalId, secretName, version);
    const pair = contentType === PEM_CONTENT ? pairOf(value) : undefined;
    if (!pair) {
      throw refusal(
        put,
        "ApplicationGatewaySslCertificateInvalidData",
        `Data or Password for certificate ${put.id}/sslCertificates/${name} is invalid.`,
      );
    }
    return pair;
  } catch (error) {
    if (!(error instanceof VaultError)) {
      throw error;
    }
    if (
      put.cloud.willBeAllowed(principalId, "dataAction", READ, `${vault.id}/secrets/${secretName}`)
    ) {
      throw failedOnLateGrant(put);
    }
    throw error.status === 404
      ? refusal(
          put,
          "ApplicationGatewayKeyVaultSecretNotFound",
          `KeyVault secret '${secretId}' could not be found.`,
        )
      : refusal(
          put,
          "ApplicationGatewayKeyVaultSecretAccessDenied",
          `Access denied for KeyVault Secret '${secretId}' for Application Gateway '${put.id}'. Make ` +
            "sure that Identity assigned to Application Gateway has access to the KeyVault " +
            "associated with secret.",
        );
  }
}

/** A vault by the host of its address: its name in Azure, or what the twin answers as `vaultUri`. */
function vaultAt(cloud: Cloud, host: string): RunningVault | undefined {
  const named = /^([^.]+)\.vault\.azure\.net$/i.exec(host)?.[1];
  return named === undefined
    ? [...cloud.vaults.values()].find(
        ({ deleted, service }) => !deleted && new URL(service.uri).host === host,
      )
    : cloud.vault(named);
}

/** The private key and, leaf first, the certificates of a PEM text, when they belong together. */
function pairOf(text: string): IssuedCertificate | undefined {
  const blocks = text.match(/-----BEGIN ([A-Z ]+)-----[^-]+-----END \1-----\n?/g) ?? [];
  const key = blocks.find((block) => block.includes("PRIVATE KEY"));
  const certificate = blocks.filter((block) => block.includes("BEGIN CERTIFICATE")).join("");
  return key !== undefined &&
    certificate !== "" &&
    new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key))
    ? { key, certificate }
    : undefined;
}

function refusal({ id }: Put, code: string, message: string): ArmError {
  return new ArmError(
    400,
    "ApplicationGatewayKeyVaultSecretException",
    // Azure misspells the word.
    "Problem occured while accessing and validating KeyVault Secrets associated with Application " +
      `Gateway '${id}'. See details below: ${code}: ${message}`,
  );
}

/**
 * A grant that is there and does not work yet is found out half an hour later (issue 242 of
 * mspnp/aks-baseline, issue 12910 of terraform-provider-azurerm).
 */
function failedOnLateGrant({ echo }: Put): FailedAfterwards {
  return new FailedAfterwards("InternalServerError", "An error occurred.", {
    ...echo,
    defaultPredefinedSslPolicy: "AppGwSslPolicy20220101",
    operationalState: "Stopped",
  });
}
