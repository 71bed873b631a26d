import type { ResourceType } from "./arm/resourceType";
import { actionGroupTypes } from "./monitoring/actionGroups";
import { agentPoolTypes } from "./cluster/agentPools";
import { authorizationTypes } from "./identity/authorization";
import { clusterTypes } from "./cluster/clusters";
import { dataCollectionTypes } from "./monitoring/dataCollection";
import { databaseAccessTypes } from "./database/databaseAccess";
import { databaseTypes } from "./database/databases";
import { diagnosticTypes } from "./monitoring/diagnostics";
import { eventTypes } from "./monitoring/events";
import { firewallPolicyTypes } from "./gateway/firewallPolicies";
import { gatewayTypes } from "./gateway/gateways";
import { groupTypes } from "./arm/groups";
import { identityTypes } from "./identity/identities";
import { maintenanceTypes } from "./cluster/maintenance";
import { metricAlertTypes } from "./monitoring/metricAlerts";
import { networkTypes } from "./network/network";
import { queryAlertTypes } from "./monitoring/queryAlerts";
import { registryTypes } from "./registry/registries";
import { vaultTypes } from "./vault/vaults";
import { workbookTypes } from "./monitoring/workbooks";
import { workspaceTypes } from "./monitoring/workspaces";

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
