import type { ResourceType } from "../resourceType";
import { actionGroupTypes } from "./actionGroups";
import { agentPoolTypes } from "./agentPools";
import { authorizationTypes } from "./authorization";
import { clusterTypes } from "./clusters";
import { dataCollectionTypes } from "./dataCollection";
import { databaseAccessTypes } from "./databaseAccess";
import { databaseTypes } from "./databases";
import { diagnosticTypes } from "./diagnostics";
import { eventTypes } from "./events";
import { firewallPolicyTypes } from "./firewallPolicies";
import { gatewayTypes } from "./gateways";
import { groupTypes } from "./groups";
import { identityTypes } from "./identities";
import { maintenanceTypes } from "./maintenance";
import { metricAlertTypes } from "./metricAlerts";
import { networkTypes } from "./network";
import { queryAlertTypes } from "./queryAlerts";
import { registryTypes } from "./registries";
import { vaultTypes } from "./vaults";
import { workbookTypes } from "./workbooks";
import { workspaceTypes } from "./workspaces";

/** The table of types by token. */
export const RESOURCE_TYPES: ReadonlyMap<string, ResourceType> = new Map(
  [
    groupTypes,
    networkTypes,
    firewallPolicyTypes,
    gatewayTypes,
    identityTypes,
    authorizationTypes,
    vaultTypes,
    databaseTypes,
    clusterTypes,
    agentPoolTypes,
    actionGroupTypes,
    dataCollectionTypes,
    databaseAccessTypes,
    diagnosticTypes,
    eventTypes,
    maintenanceTypes,
    metricAlertTypes,
    queryAlertTypes,
    registryTypes,
    workbookTypes,
    workspaceTypes,
  ]
    .flat()
    .map((type) => [type.token, type]),
);
