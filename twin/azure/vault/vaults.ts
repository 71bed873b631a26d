import { ArmError } from "../arm/armError";
import { secretProperties } from "./secretAnswer";
import { flagAt, numberAt, objectAt, sameValue, textAt, type PlainObject } from "../arm/plain";
import { IN_GROUP, type Put, type Cloud, type RunningVault } from "../arm/resourceType";
import { SecretStore, VaultError, type SecretContent } from "../../vault/secretStore";
import { Vault } from "../../vault/vault";
import { demand, resourceType } from "../arm/common";

const API_VERSION = "2024-11-01";
const path = `${IN_GROUP}/providers/Microsoft.KeyVault/vaults/{vaultName}`;
const VAULT_NAME = { pattern: /^[a-zA-Z](-?[a-zA-Z0-9])*$/, minLength: 3, maxLength: 24 };
/** Attempts of the official provider's HTTP client before it gives up on 429 and 5xx. */
const ATTEMPTS = 4;

const vault = resourceType({
  token: "azure-native:keyvault:Vault",
  armType: "Microsoft.KeyVault/vaults",
  apiVersion: API_VERSION,
  path,
  names: { vaultName: VAULT_NAME },
  locationRequired: true,
  async put(put) {
    requireSettings(put);
    const running = await runningVault(put);
    running.deleted = false;
    return { ...put.echo, properties: vaultAnswer(put, running) };
  },
  async remove(cloud, { name }) {
    const running = cloud.vault(name);
    if (running) {
      running.deleted = true;
      await running.service.stop();
    }
  },
});

function requireSettings({ cloud, inputs, previous }: Put): void {
  const properties = objectAt(inputs, "properties") ?? {};
  demand(
    textAt(properties, "sku.family") === "A" &&
      ["standard", "premium"].includes(textAt(properties, "sku.name")),
    "InvalidRequestContent",
    "properties.sku needs family A and name standard or premium.",
  );
  demand(
    textAt(properties, "tenantId") === cloud.tenantId,
    "BadRequest",
    `properties.tenantId must be the tenant of the subscription, ${cloud.tenantId}.`,
  );
  demand(
    flagAt(properties, "enableRbacAuthorization"),
    "AccessPoliciesNotInTwin",
    "properties.enableRbacAuthorization must be true: in this API version its absence means access " +
      "policies, which the twin does not have.",
  );
  demand(
    properties["enablePurgeProtection"] !== false,
    "BadRequest",
    'The property "enablePurgeProtection" cannot be set to false. Enabling the purge protection for ' +
      "a vault is an irreversible action.",
  );
  demand(
    !flagAt(previous?.inputs, "properties.enablePurgeProtection") ||
      properties["enablePurgeProtection"] === true,
    "BadRequest",
    'The property "enablePurgeProtection" cannot be taken back: it is an irreversible action.',
  );
  demand(
    properties["enableSoftDelete"] !== false,
    "BadRequest",
    'The property "enableSoftDelete" can be set to false only for creating new vault in old API versions.',
  );
  const days = numberAt(properties, "softDeleteRetentionInDays") ?? 90;
  demand(days >= 7 && days <= 90, "BadRequest", "softDeleteRetentionInDays must be from 7 to 90.");
  demand(
    previous === undefined ||
      (numberAt(previous.inputs, "properties.softDeleteRetentionInDays") ?? 90) === days,
    "BadRequest",
    'The property "softDeleteRetentionInDays" has been set already and it can\'t be modified.',
  );
}

/** The vault that answers: the one of before, a recovered one, or a new one. */
async function runningVault({ cloud, id, name, inputs, previous }: Put): Promise<RunningVault> {
  const existing = cloud.vaults.get(name.toLowerCase());
  const recover = textAt(inputs, "properties.createMode") === "recover";
  if (existing && !existing.deleted && !previous) {
    throw new ArmError(
      409,
      "VaultAlreadyExists",
      // Azure misspells the word.
      `The vault name '${name}' is already in use. Vault names are globaly unique so it is possible ` +
        "that the name is already taken. If you are sure that the vault name was not taken then it is " +
        "possible that a vault with the same name was recently deleted but not purged after being " +
        "placed in a recoverable state. If the vault is in a recoverable state then the vault will " +
        "need to be purged before reusing the name. For more information on soft delete and purging " +
        "a vault follow this link https://go.microsoft.com/fwlink/?linkid=2147740.",
    );
  }
  if (existing?.deleted && !recover) {
    throw new ArmError(
      409,
      "ConflictError",
      "A vault with the same name already exists in deleted state. You need to either recover or " +
        "purge existing key vault. Follow this link https://go.microsoft.com/fwlink/?linkid=2149745 " +
        "for more information on soft delete.",
    );
  }
  if (!existing && recover) {
    throw new ArmError(
      404,
      "SoftDeletedVaultDoesNotExist",
      `A soft deleted vault with the given name ${name} does not exist.`,
    );
  }
  if (existing) {
    if (existing.deleted) {
      await existing.service.listen();
    }
    return existing;
  }
  const location = textAt(inputs, "location");
  const service = await Vault.start(cloud.world, {
    id,
    name,
    location,
    secrets: new SecretStore(
      name,
      numberAt(inputs, "properties.softDeleteRetentionInDays") ?? 90,
      flagAt(inputs, "properties.enablePurgeProtection"),
    ),
    entra: cloud.entra,
    isAllowed: (principalId, dataAction, resource) =>
      cloud.isAllowed(principalId, "dataAction", dataAction, resource),
  });
  const made = { id, location, service, deleted: false };
  cloud.vaults.set(name.toLowerCase(), made);
  return made;
}

function vaultAnswer({ echo }: Put, running: RunningVault): PlainObject {
  const properties = { ...objectAt(echo, "properties") };
  delete properties["createMode"];
  return {
    enableSoftDelete: true,
    softDeleteRetentionInDays: 90,
    publicNetworkAccess: "Enabled",
    accessPolicies: [],
    ...properties,
    vaultUri: running.service.uri,
    hsmPoolResourceId: "",
    privateEndpointConnections: [],
    provisioningState: "Succeeded",
  };
}

const secret = resourceType({
  token: "azure-native:keyvault:Secret",
  armType: "Microsoft.KeyVault/vaults/secrets",
  apiVersion: API_VERSION,
  path: `${path}/secrets/{secretName}`,
  names: { vaultName: VAULT_NAME, secretName: { pattern: /^[a-zA-Z0-9-]{1,127}$/ } },
  secrets: ["properties.value"],
  put({ cloud, id, name, inputs, echo }) {
    const running = requireVault(cloud, id);
    const { service } = running;
    takeFailures(service);
    const value = textAt(inputs, "properties.value");
    const content = contentOf(inputs, value);
    const store = service.secrets;
    if (store.isDeleted(name)) {
      // As the official provider does since its pull request 4759.
      store.recover(name);
    }
    const current = store.list().find((other) => other.name.toLowerCase() === name.toLowerCase());
    demand(
      value !== "" || current !== undefined,
      "BadRequest",
      `The secret ${name} needs a properties.value.`,
    );
    const hasOtherValue = value !== "" && value !== current?.value;
    const isAsBefore = current !== undefined && !hasOtherValue && isSame(current, content);
    const isNew =
      current === undefined || hasOtherValue || (store.attributesMakeVersions && !isAsBefore);
    const written = isNew
      ? store.set(name, { ...content, value: value || (current?.value ?? "") })
      : isAsBefore
        ? current
        : store.update(name, current.version, content);
    if (isNew) {
      cloud.world.journal.write("vault", "secret version created", {
        vault: service.secrets.vaultName,
        secret: name,
        version: written.version,
      });
    }
    return { ...echo, location: running.location, properties: secretProperties(service, written) };
  },
  remove(cloud, { id, name }, goesWithParent) {
    if (goesWithParent) {
      return;
    }
    // The control plane has no DELETE for secrets: the provider asks the data plane, as itself.
    const { service } = requireVault(cloud, id);
    try {
      takeFailures(service);
      service.require(cloud.deployer.objectId, "delete", name);
      service.secrets.delete(name);
    } catch (error) {
      if (!(error instanceof VaultError)) {
        throw error;
      }
      if (error.status !== 404) {
        throw new ArmError(error.status, error.inner ?? error.code, error.message);
      }
    }
  },
});

function requireVault(cloud: Cloud, secretId: string): RunningVault {
  const name = /\/vaults\/([^/]+)\//i.exec(secretId)?.[1] ?? "";
  return cloud.vault(name)!;
}

/** The provider's client asks again after 429 and 5xx, and reports what is left after that. */
function takeFailures(service: Vault): void {
  for (let attempt = 1; ; attempt++) {
    try {
      return service.takeFailure("management");
    } catch (error) {
      const { status, code, message } = error as VaultError;
      if (attempt === ATTEMPTS || (status !== 429 && status < 500)) {
        throw new ArmError(status, code, message);
      }
    }
  }
}

/** What a PUT writes: it is complete, so what it leaves out is gone. */
function contentOf(inputs: PlainObject, value: string): SecretContent {
  const properties = objectAt(inputs, "properties");
  const contentType = textAt(properties, "contentType");
  const notBefore = numberAt(properties, "attributes.notBefore");
  const expires = numberAt(properties, "attributes.expires");
  return {
    value,
    ...(contentType !== "" && { contentType }),
    attributes: {
      enabled: objectAt(properties, "attributes")?.["enabled"] !== false,
      ...(notBefore !== undefined && { notBefore }),
      ...(expires !== undefined && { expires }),
    },
    tags: (objectAt(inputs, "tags") ?? {}) as Record<string, string>,
  };
}

function isSame(current: SecretContent, content: SecretContent): boolean {
  return (
    (current.contentType ?? "") === (content.contentType ?? "") &&
    sameValue({ ...current.attributes }, { ...content.attributes }) &&
    sameValue({ ...current.tags }, { ...content.tags })
  );
}

export const vaultTypes = [vault, secret];
