import { ArmError } from "../arm/armError";
import type { DatabaseServerHandle, ServerParameter } from "../../world/contracts";
import { numberAt, objectAt, textAt, type PlainObject } from "../arm/plain";
import type { ArmResource, Cloud } from "../arm/resourceType";
import { demand, resourceType } from "../arm/common";
import {
  BUSY,
  SERVER,
  SERVER_NAME,
  SERVER_PATH,
  SERVERS_API_VERSION,
  runningServer,
  serverId,
} from "./databaseNames";
import { isHidden, requireParameter } from "./parameterRules";
import { connectionsOf, requireServer } from "./databaseRules";
import { IDENTITY, identityAnswer } from "../identity/identities";
import { SUBNET } from "../network/networkCommon";

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
    requireServer(put);
    let handle = cloud.databases.get(id.toLowerCase());
    const password = textAt(inputs, "administratorLoginPassword");
    if (!handle) {
      handle = await cloud.factories.startDatabaseServer({
        name,
        version: textAt(inputs, "version"),
        administrator: textAt(inputs, "administratorLogin"),
        password,
        maxConnections: connectionsOf(textAt(inputs, "sku.name")),
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
      network: { publicNetworkAccess: "Enabled", ...objectAt(echo, "network") },
      highAvailability: {
        mode: "Disabled",
        ...objectAt(echo, "highAvailability"),
        state: isSpare(inputs) ? "Healthy" : "NotEnabled",
      },
      ...(!previous && { maintenanceWindow: SYSTEM_WINDOW }),
      storage: diskOf(objectAt(inputs, "storage")!, previous),
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

/** Tier and operations a second of a disk ("Premium SSD" of flexible servers). */
const DISKS: Readonly<Record<number, readonly [tier: string, iops: number]>> = {
  32: ["P4", 120],
  64: ["P6", 240],
  128: ["P10", 500],
  256: ["P15", 1_100],
  512: ["P20", 2_300],
  1024: ["P30", 5_000],
  2048: ["P40", 7_500],
  4096: ["P50", 7_500],
  8192: ["P60", 16_000],
  16384: ["P70", 18_000],
  32767: ["P80", 20_000],
};

/** A disk as Azure answers it; what grew by itself stays as large. */
function diskOf(storage: PlainObject, previous: ArmResource | undefined): PlainObject {
  const grown = numberAt(previous?.outputs, "storage.storageSizeGB") ?? 0;
  const storageSizeGB = Math.max(numberAt(storage, "storageSizeGB")!, grown);
  const [tier, iops] = DISKS[storageSizeGB]!;
  return { autoGrow: "Disabled", tier, iops, type: "", ...storage, storageSizeGB };
}

/** What creation makes of any window (Terraform azurerm, `postgresql_flexible_server_resource.go`). */
const SYSTEM_WINDOW = { customWindow: "Disabled", dayOfWeek: 0, startHour: 0, startMinute: 0 };

function isSpare(inputs: PlainObject): boolean {
  return !["", "Disabled"].includes(textAt(inputs, "highAvailability.mode"));
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
      await runningServer(cloud, id).createDatabase(name);
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
    const handle = runningServer(cloud, id);
    const value = textAt(inputs, "value");
    requireParameter(name, value, textAt(cloud.resources.find(serverId(id))?.inputs, "version"));
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
      ...parameterAnswer((await handle.parameter(name))!),
      ...pendingRestart(handle, name),
      value,
      source: "user-override",
    };
  },
  async unwritten(cloud, id, name) {
    const server = cloud.resources.find(serverId(id));
    const handle = cloud.databases.get(serverId(id));
    if (handle === undefined || isHidden(name, textAt(server?.inputs, "sku.tier"))) {
      return undefined;
    }
    const parameter = await handle.parameter(name);
    return (
      parameter && {
        ...parameterAnswer(parameter),
        ...pendingRestart(handle, name),
        value: parameter.value,
        defaultValue: parameter.value,
        source: "system-default",
      }
    );
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
    isDynamicConfig: isDynamic,
    isReadOnly: false,
    unit,
  };
}

/**
 * What a Read answers as well: the server may have been restarted since ("Set the value of one or more
 * server parameters": what is static waits for that, and nothing but that brings it into force).
 */
export function parameterState(cloud: Cloud, { id, name, type }: ArmResource): PlainObject {
  const handle = cloud.databases.get(serverId(id));
  return type === configuration && handle !== undefined ? pendingRestart(handle, name) : {};
}

function pendingRestart(handle: DatabaseServerHandle, name: string): PlainObject {
  return { isConfigPendingRestart: handle.pendingRestart.has(name) };
}

export const databaseTypes = [server, database, configuration];
