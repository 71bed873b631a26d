import { DATABASE_SIZES } from "../../../azure";
import { ArmError } from "../arm/armError";
import { numberAt, objectAt, textAt, textsAt, type PlainObject } from "../arm/plain";
import { parentOf } from "../arm/resourceManager";
import type { Put } from "../arm/resourceType";
import { demand, isGuid } from "../arm/common";
import { SERVER } from "./databaseNames";
import { requireRegion } from "./databaseRegions";
import { VIRTUAL_NETWORK } from "../network/networkCommon";

const STORAGE_GB = [32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32767];
const RESERVED_LOGINS =
  /^(azure_superuser|azure_pg_admin|azuresu|admin|administrator|root|guest|public|pg_.*)$/i;

/** Checks everything that a PUT of a server says. */
export function requireServer(put: Put): void {
  requireSize(put);
  requireAvailability(put);
  requireRegion(put);
  requireOptions(put);
  requireLogin(put);
  requireServerNetwork(put);
  requireUnchanged(put);
}

/** `max_connections` of a size that the server may have. */
export function connectionsOf(sku: string): number {
  return DATABASE_SIZES[sku]!.maxConnections;
}

/** "High availability in Azure Database for PostgreSQL". */
function requireAvailability({ inputs }: Put): void {
  const mode = textAt(inputs, "highAvailability.mode") || "Disabled";
  demand(
    ["Disabled", "SameZone", "ZoneRedundant"].includes(mode),
    "InvalidParameterValue",
    `Invalid value given for parameter highAvailability.mode: '${mode}'. Specify Disabled, SameZone or ` +
      "ZoneRedundant.",
  );
  demand(
    mode === "Disabled" || textAt(inputs, "sku.tier") !== "Burstable",
    "HANotSupportedForBurstableTier",
    "High availability is not supported in the Burstable tier.",
  );
  const zone = textAt(inputs, "availabilityZone");
  const standby = textAt(inputs, "highAvailability.standbyAvailabilityZone");
  demand(
    [zone, standby].every((one) => ["", "1", "2", "3"].includes(one)),
    "AvailabilityZoneNotAvailable",
    `Specified availability zone '${standby || zone}' is not supported in this region. Please choose ` +
      "a different availability zone.",
  );
  demand(
    standby === "" ||
      (mode === "ZoneRedundant" && zone !== standby) ||
      (mode === "SameZone" && zone === standby),
    "InvalidParameterValue",
    "Invalid value given for parameter StandbyAvailabilityZone,availabilityZone. Specify a valid " +
      "parameter value.",
  );
}

/** Values of settings that are numbers within limits or one of a few words. */
function requireOptions({ inputs }: Put): void {
  for (const [path, words] of Object.entries(WORDS)) {
    const value = textAt(inputs, path);
    demand(
      value === "" || words.includes(value),
      "InvalidParameterValue",
      `Invalid value given for parameter ${path}: '${value}'. Specify ${words.join(" or ")}.`,
    );
  }
  const window = objectAt(inputs, "maintenanceWindow");
  for (const [property, most] of Object.entries({ dayOfWeek: 6, startHour: 23, startMinute: 59 })) {
    const value = numberAt(window, property) ?? 0;
    demand(
      value >= 0 && value <= most,
      "InvalidParameterValue",
      `Invalid value given for parameter maintenanceWindow.${property}: ${value}. Specify 0 to ${most}.`,
    );
  }
  const tenant = textAt(inputs, "authConfig.tenantId");
  demand(
    textAt(inputs, "authConfig.activeDirectoryAuth") !== "Enabled" || isGuid(tenant),
    "InvalidParameterValue",
    `Invalid value given for parameter authConfig.tenantId: '${tenant}'. Specify the id of the tenant ` +
      "when activeDirectoryAuth is Enabled.",
  );
}

const TOGGLE = ["Enabled", "Disabled"];
const WORDS: Readonly<Record<string, readonly string[]>> = {
  "authConfig.activeDirectoryAuth": TOGGLE,
  "authConfig.passwordAuth": TOGGLE,
  "backup.geoRedundantBackup": TOGGLE,
  "maintenanceWindow.customWindow": TOGGLE,
  "network.publicNetworkAccess": TOGGLE,
  "storage.autoGrow": TOGGLE,
};

function geoBackup(inputs: PlainObject): string {
  return textAt(inputs, "backup.geoRedundantBackup") || "Disabled";
}

function requireSize({ inputs, name, cloud, id }: Put): void {
  const sku = textAt(inputs, "sku.name");
  demand(
    DATABASE_SIZES[sku] !== undefined && textAt(inputs, "sku.tier") === DATABASE_SIZES[sku].tier,
    "InvalidParameterValue",
    `Invalid value given for parameter sku of server ${name}: there are the sizes ` +
      `${Object.keys(DATABASE_SIZES).join(", ")}, each with its tier.`,
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
  for (const property of ["network.delegatedSubnetResourceId", "version"]) {
    demand(
      textAt(previous.inputs, property) === textAt(inputs, property),
      "PropertyChangeNotAllowed",
      `${property} of server ${name} cannot be changed in place.`,
    );
  }
  demand(
    geoBackup(previous.inputs) === geoBackup(inputs),
    "GeoRedundantBackupCannotBeChanged",
    `backup.geoRedundantBackup of server ${name} can be chosen only when the server is made.`,
  );
  demand(
    numberAt(previous.inputs, "storage.storageSizeGB")! <=
      numberAt(inputs, "storage.storageSizeGB")!,
    "StorageSizeCannotShrink",
    `The storage of server ${name} cannot shrink.`,
  );
}
