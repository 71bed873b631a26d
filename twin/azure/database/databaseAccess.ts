import { objectAt, textAt } from "../arm/plain";
import type { Put } from "../arm/resourceType";
import { parseAddress } from "../arm/addresses";
import { demand, isGuid, resourceType } from "../arm/common";
import {
  BUSY,
  SERVER,
  SERVER_NAME,
  SERVER_PATH,
  SERVERS_API_VERSION,
  serverId,
} from "./databaseNames";

const PRINCIPALS = ["User", "Group", "ServicePrincipal"];

/** "Use Microsoft Entra ID for authentication with Azure Database for PostgreSQL". */
const administrator = resourceType({
  token: "azure-native:dbforpostgresql:AdministratorsMicrosoftEntra",
  armType: `${SERVER}/administrators`,
  apiVersion: SERVERS_API_VERSION,
  path: `${SERVER_PATH}/administrators/{objectId}`,
  names: { serverName: SERVER_NAME },
  oneAtATime: BUSY,
  replaceOn: ["principalName", "principalType", "tenantId"],
  put({ cloud, id, inputs, echo, name }) {
    demand(
      isGuid(name),
      "InvalidParameterValue",
      `Invalid value given for parameter objectId: '${name}' is not an object id of Microsoft Entra.`,
    );
    const auth = objectAt(cloud.resources.find(serverId(id))?.inputs, "authConfig");
    demand(
      textAt(auth, "activeDirectoryAuth") === "Enabled",
      "AadAuthNotEnabled",
      "Azure AD authentication is not enabled for the given server. Set " +
        "authConfig.activeDirectoryAuth to Enabled before adding administrators.",
    );
    demand(
      PRINCIPALS.includes(textAt(inputs, "principalType")),
      "InvalidParameterValue",
      `Invalid value given for parameter principalType: '${textAt(inputs, "principalType")}', allowed ` +
        `are ${PRINCIPALS.join(", ")}.`,
    );
    demand(
      textAt(inputs, "principalName") !== "",
      "InvalidParameterValue",
      "Invalid value given for parameter principalName: it is the role's name in the database.",
    );
    demand(
      ["", cloud.tenantId].includes(textAt(inputs, "tenantId")),
      "InvalidParameterValue",
      `Invalid value given for parameter tenantId: it must be ${cloud.tenantId}.`,
    );
    return { ...echo, objectId: name, tenantId: cloud.tenantId };
  },
});

const firewallRule = resourceType({
  token: "azure-native:dbforpostgresql:FirewallRule",
  armType: `${SERVER}/firewallRules`,
  apiVersion: SERVERS_API_VERSION,
  path: `${SERVER_PATH}/firewallRules/{firewallRuleName}`,
  names: { serverName: SERVER_NAME, firewallRuleName: { pattern: /^[\w-]{1,80}$/ } },
  oneAtATime: BUSY,
  put(put) {
    const { inputs, echo, name } = put;
    const [start, end] = ["startIpAddress", "endIpAddress"].map((key) =>
      parseAddress(textAt(inputs, key)),
    );
    demand(
      start !== undefined && end !== undefined && start <= end,
      "InvalidParameterValue",
      `Firewall rule ${name} needs a startIpAddress that is not above its endIpAddress.`,
    );
    requirePublicAccess(put);
    return echo;
  },
});

function requirePublicAccess({ cloud, id }: Put): void {
  const network = objectAt(cloud.resources.find(serverId(id))?.inputs, "network");
  demand(
    textAt(network, "delegatedSubnetResourceId") === "" &&
      textAt(network, "publicNetworkAccess") !== "Disabled",
    "FirewallRulesNotAllowed",
    "Firewall rule operations cannot be requested for a server that doesn't have public access enabled.",
  );
}

export const databaseAccessTypes = [administrator, firewallRule];
