import { ArmError } from "../armError";
import type { ServerParameter } from "../../contracts";
import { numberAt, textAt, textsAt } from "../plain";
import { parentOf } from "../resourceManager";
import type { Put } from "../resourceType";
import { demand, resourceType } from "./common";
import {
  BUSY,
  SERVER,
  SERVER_NAME,
  SERVER_PATH,
  SERVERS_API_VERSION,
  requireServer,
  serverId,
} from "./databaseNames";
import { IDENTITY, identityAnswer } from "./identities";
import { SUBNET, VIRTUAL_NETWORK } from "./network";

/** Connections of a compute size when nothing else is configured ("Limits" on Microsoft Learn). */
const CONNECTIONS: Readonly<Record<string, number>> = {
  Standard_B1ms: 50,
  Standard_B2s: 429,
  Standard_B2ms: 859,
  Standard_D2s_v3: 859,
  Standard_D2ds_v4: 859,
  Standard_D2ds_v5: 859,
  Standard_D2ads_v5: 859,
  Standard_D4s_v3: 1718,
  Standard_D4ds_v4: 1718,
  Standard_D4ds_v5: 1718,
  Standard_D4ads_v5: 1718,
  Standard_E2ds_v4: 1718,
  Standard_E2ds_v5: 1718,
};
const TIERS: Readonly<Record<string, string>> = {
  B: "Burstable",
  D: "GeneralPurpose",
  E: "MemoryOptimized",
};
const STORAGE_GB = [32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32767];
const RESERVED_LOGINS =
  /^(azure_superuser|azure_pg_admin|azuresu|admin|administrator|root|guest|public|pg_.*)$/i;

const server = resourceType({
  token: "azure-native:dbforpostgresql:Server",
  armType: SERVER,
  apiVersion: SERVERS_API_VERSION,
  path: SERVER_PATH,
  names: { serverName: SERVER_NAME },
  locationRequired: true,
  replaceOn: [
    "location",
    "administratorLogin",
    "availabilityZone",
    "pointInTimeUTC",
    "sourceServerResourceId",
  ],
  references: [
    { path: "network.delegatedSubnetResourceId", type: SUBNET },
    { path: "network.privateDnsZoneArmResourceId", type: "Microsoft.Network/privateDnsZones" },
    { path: "identity.userAssignedIdentities[]", type: IDENTITY },
  ],
  secrets: ["administratorLoginPassword", "createMode"],
  async put(put) {
    const { cloud, id, name, inputs, echo, previous } = put;
    requireSize(put);
    requireLogin(put);
    requireServerNetwork(put);
    requireUnchanged(put);
    let handle = cloud.databases.get(id.toLowerCase());
    const password = textAt(inputs, "administratorLoginPassword");
    if (!handle) {
      handle = await cloud.factories.startDatabaseServer({
        name,
        version: textAt(inputs, "version"),
        administrator: textAt(inputs, "administratorLogin"),
        password,
        maxConnections: CONNECTIONS[textAt(inputs, "sku.name")]!,
      });
      cloud.databases.set(id.toLowerCase(), handle);
    } else if (
      password !== "" &&
      password !== textAt(previous?.inputs, "administratorLoginPassword")
    ) {
      await handle.setAdministratorPassword(password);
    }
    return {
      ...echo,
      ...identityAnswer(cloud, inputs),
      fullyQualifiedDomainName: handle.host,
      minorVersion: "4",
      state: "Ready",
      availabilityZone: echo["availabilityZone"] ?? "1",
      replicationRole: "Primary",
      replicaCapacity: 5,
      privateEndpointConnections: [],
    };
  },
  async remove(cloud, { id }) {
    await cloud.databases.get(id.toLowerCase())?.stop();
    cloud.databases.delete(id.toLowerCase());
  },
});

function requireSize({ inputs, name, cloud, id }: Put): void {
  const sku = textAt(inputs, "sku.name");
  demand(
    CONNECTIONS[sku] !== undefined && textAt(inputs, "sku.tier") === TIERS[sku.split("_")[1]![0]!],
    "InvalidParameterValue",
    `Invalid value given for parameter sku of server ${name}: the twin knows the sizes ` +
      `${Object.keys(CONNECTIONS).join(", ")}, each with its tier.`,
  );
  demand(
    STORAGE_GB.includes(numberAt(inputs, "storage.storageSizeGB") ?? 0),
    "InvalidParameterValue",
    `storage.storageSizeGB of server ${name} must be one of ${STORAGE_GB.join(", ")}.`,
  );
  requireVersion(textAt(inputs, "version"));
  const days = numberAt(inputs, "backup.backupRetentionDays") ?? 7;
  demand(
    days >= 7 && days <= 35,
    "InvalidParameterValue",
    "backup.backupRetentionDays must be from 7 to 35.",
  );
  const mode = textAt(inputs, "highAvailability.mode");
  demand(
    !sku.startsWith("Standard_B") || mode === "" || mode === "Disabled",
    "HANotSupportedForBurstableTier",
    "High availability is not supported in the Burstable tier.",
  );
  const taken = cloud.resources
    .all(SERVER)
    .find((other) => other.name === name && other.id.toLowerCase() !== id.toLowerCase());
  demand(
    taken === undefined,
    "ServerNameAlreadyExists",
    `Specified server name ${name} is already used.`,
  );
}

/** Versions that Azure still makes servers of, and those of them that the twin stands for. */
const AZURE_VERSIONS = ["14", "15", "16", "17", "18"];
const TWIN_VERSIONS = ["17", "18"];

function requireVersion(version: string): void {
  demand(
    AZURE_VERSIONS.includes(version),
    "ParameterOutOfRange",
    `The value of the 'Version' should be in: [${AZURE_VERSIONS.join(",")}]. Verify that the ` +
      "specified parameter value is correct.",
  );
  demand(
    TWIN_VERSIONS.includes(version),
    "VersionNotInTwin",
    `The twin stands for PostgreSQL ${TWIN_VERSIONS.join(" and ")}, not for ${version}.`,
  );
}

function requireLogin({ inputs, previous }: Put): void {
  if (textAt(inputs, "authConfig.passwordAuth") === "Disabled") {
    throw new ArmError(
      400,
      "PasswordAuthNotInTwin",
      "authConfig.passwordAuth must be Enabled: the twin's server knows no Entra logins.",
    );
  }
  const login = textAt(inputs, "administratorLogin");
  demand(
    /^[a-zA-Z][\w-]{0,62}$/.test(login) && !RESERVED_LOGINS.test(login),
    "InvalidParameterValue",
    `The administratorLogin '${login}' is missing or reserved.`,
  );
  const password = textAt(inputs, "administratorLoginPassword");
  if (previous && password === "") {
    return;
  }
  const classes = [/[a-z]/, /[A-Z]/, /\d/, /[^a-zA-Z\d]/].filter((c) => c.test(password)).length;
  demand(
    password.length >= 8 &&
      password.length <= 128 &&
      classes >= 3 &&
      !password.toLowerCase().includes(login.toLowerCase()),
    "PasswordNotComplex",
    "The administratorLoginPassword must have 8 to 128 characters from three of: lower case, upper " +
      "case, digits, others; and must not contain the login.",
  );
}

function requireServerNetwork({ cloud, inputs, name }: Put): void {
  const subnetId = textAt(inputs, "network.delegatedSubnetResourceId");
  const zoneId = textAt(inputs, "network.privateDnsZoneArmResourceId");
  demand(
    (subnetId === "") === (zoneId === ""),
    "InvalidParameterValue",
    `Server ${name} needs both a delegated subnet and a private DNS zone, or neither.`,
  );
  if (subnetId === "") {
    return;
  }
  demand(
    textAt(inputs, "network.publicNetworkAccess") !== "Enabled",
    "InvalidParameterValue",
    "network.publicNetworkAccess cannot be Enabled for a server in a delegated subnet.",
  );
  const subnet = cloud.resources.find(subnetId);
  demand(
    textsAt(subnet?.inputs, "delegations[].serviceName").includes(SERVER),
    "SubnetIsNotDelegated",
    `The subnet ${subnetId} is not delegated to ${SERVER}.`,
  );
  const zone = zoneId.split("/").at(-1)!;
  demand(
    zone.endsWith(".postgres.database.azure.com") && !zone.startsWith(`${name}.`),
    "InvalidPrivateDnsZone",
    "The private DNS zone's name must end with .postgres.database.azure.com and not begin with the " +
      "name of the server.",
  );
  const network = parentOf(subnetId).toLowerCase();
  demand(
    cloud.resources
      .children(zoneId, "Microsoft.Network/privateDnsZones/virtualNetworkLinks")
      .some(({ inputs: link }) => textAt(link, "virtualNetwork.id").toLowerCase() === network),
    "PrivateDnsZoneNotLinked",
    `The private DNS zone ${zone} is not linked to the ${VIRTUAL_NETWORK} of the server.`,
  );
}

/** What can be chosen only when a server is made. */
function requireUnchanged({ inputs, previous, name }: Put): void {
  if (!previous) {
    return;
  }
  for (const property of [
    "network.delegatedSubnetResourceId",
    "backup.geoRedundantBackup",
    "version",
  ]) {
    demand(
      textAt(previous.inputs, property) === textAt(inputs, property),
      "PropertyChangeNotAllowed",
      `${property} of server ${name} cannot be changed in place.`,
    );
  }
  demand(
    numberAt(previous.inputs, "storage.storageSizeGB")! <=
      numberAt(inputs, "storage.storageSizeGB")!,
    "StorageSizeCannotShrink",
    `The storage of server ${name} cannot shrink.`,
  );
}

const database = resourceType({
  token: "azure-native:dbforpostgresql:Database",
  armType: `${SERVER}/databases`,
  apiVersion: SERVERS_API_VERSION,
  path: `${SERVER_PATH}/databases/{databaseName}`,
  names: { serverName: SERVER_NAME, databaseName: { pattern: /^[a-zA-Z_][\w-]{0,62}$/ } },
  oneAtATime: BUSY,
  async put({ cloud, id, name, inputs, echo, previous }) {
    demand(
      !["azure_maintenance", "azure_sys", "postgres"].includes(name),
      "InvalidResourceName",
      `The database name ${name} is reserved.`,
    );
    demand(
      previous === undefined ||
        ["charset", "collation"].every((key) => previous.inputs[key] === inputs[key]),
      "PropertyChangeNotAllowed",
      `charset and collation of database ${name} cannot be changed.`,
    );
    if (!previous) {
      await requireServer(cloud, id).createDatabase(name);
    }
    return { charset: "UTF8", collation: "en_US.utf8", ...echo };
  },
  async remove(cloud, { id, name }) {
    await cloud.databases.get(serverId(id))?.dropDatabase(name);
  },
});

const configuration = resourceType({
  token: "azure-native:dbforpostgresql:Configuration",
  armType: `${SERVER}/configurations`,
  apiVersion: SERVERS_API_VERSION,
  path: `${SERVER_PATH}/configurations/{configurationName}`,
  names: { serverName: SERVER_NAME },
  singleton: true,
  oneAtATime: BUSY,
  async put({ cloud, id, name, inputs, echo }) {
    const handle = requireServer(cloud, id);
    const value = textAt(inputs, "value");
    try {
      await handle.configure(name, value);
    } catch (error) {
      throw new ArmError(
        400,
        "InvalidParameterValue",
        `Invalid value given for parameter ${name}: ${(error as Error).message}`,
      );
    }
    return {
      ...echo,
      ...parameterAnswer(await handle.parameter(name)),
      value,
      source: "user-override",
    };
  },
  async remove(cloud, { id, name, outputs }) {
    await cloud.databases.get(serverId(id))?.configure(name, textAt(outputs, "defaultValue"));
  },
});

function parameterAnswer({ defaultValue, type, isDynamic, unit, description }: ServerParameter) {
  const types = { bool: "Boolean", integer: "Integer", real: "Numeric", enum: "Enumeration" };
  return {
    defaultValue,
    dataType: types[type as keyof typeof types] ?? "String",
    allowedValues: "",
    description,
    documentationLink: "",
    isConfigPendingRestart: false,
    isDynamicConfig: isDynamic,
    isReadOnly: false,
    unit,
  };
}

export const databaseTypes = [server, database, configuration];
