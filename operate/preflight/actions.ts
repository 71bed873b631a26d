import { armTypeOf, type Planned, type PlannedResource, textAt } from "./planned";

/** Something that `pulumi up` does, and on what. */
export interface NeededAction {
  /** e.g. `Microsoft.KeyVault/vaults/write`. */
  readonly action: string;
  /** Id of what it is done to, there or not. */
  readonly on: string;
}

const NETWORK = "Microsoft.Network";
const ASSIGN = "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action";
const JOIN_SUBNET = `${NETWORK}/virtualNetworks/subnets/join/action`;

/**
 * What a write also does to the resources that it names, by type ("Azure permissions" of each
 * service; a write without them fails with LinkedAuthorizationFailed).
 */
const LINKED: Readonly<Record<string, readonly string[]>> = {
  "containerservice:ManagedCluster": [
    ASSIGN,
    JOIN_SUBNET,
    "Microsoft.ContainerService/managedClusters/listClusterUserCredential/action",
    "Microsoft.OperationalInsights/workspaces/sharedKeys/action",
  ],
  "monitor:DiagnosticSetting": ["Microsoft.OperationalInsights/workspaces/sharedKeys/action"],
  "network:ApplicationGateway": [
    ASSIGN,
    JOIN_SUBNET,
    `${NETWORK}/publicIPAddresses/join/action`,
    `${NETWORK}/applicationGatewayWebApplicationFirewallPolicies/join/action`,
  ],
  "network:NatGateway": [`${NETWORK}/publicIPAddresses/join/action`],
  "network:PrivateDnsZoneGroup": [`${NETWORK}/privateDnsZones/join/action`],
  "network:PrivateEndpoint": [
    JOIN_SUBNET,
    "Microsoft.ContainerRegistry/registries/privateEndpointConnectionsApproval/action",
    "Microsoft.DBforPostgreSQL/flexibleServers/privateEndpointConnectionsApproval/action",
    "Microsoft.KeyVault/vaults/privateEndpointConnectionsApproval/action",
  ],
  "network:Subnet": [
    `${NETWORK}/networkSecurityGroups/join/action`,
    `${NETWORK}/natGateways/join/action`,
  ],
};

/** The same of resources that may lie elsewhere, which therefore say where. */
const LINKED_ELSEWHERE: Readonly<Record<string, { action: string; path: readonly string[] }>> = {
  "network:VirtualNetworkPeering": {
    action: `${NETWORK}/virtualNetworks/peer/action`,
    path: ["remoteVirtualNetwork", "id"],
  },
  "privatedns:VirtualNetworkLink": {
    action: `${NETWORK}/virtualNetworks/join/action`,
    path: ["virtualNetwork", "id"],
  },
};

/** Every action of the first `up`, and of a `destroy`. */
export function neededActions(planned: Planned): NeededAction[] {
  return planned.resources.flatMap((resource) => [
    ...["read", "write", "delete"].map((verb) => ({
      action: `${armTypeOf(resource.id)}/${verb}`,
      on: resource.id,
    })),
    ...linked(resource),
  ]);
}

function linked({ id, inputs, type }: PlannedResource): NeededAction[] {
  const kind = type.replace("azure-native:", "");
  const elsewhere = LINKED_ELSEWHERE[kind];
  return [
    ...(LINKED[kind] ?? []).map((action) => ({ action, on: id })),
    ...(elsewhere === undefined
      ? []
      : [{ action: elsewhere.action, on: textAt(inputs, ...elsewhere.path) }]),
  ];
}

/** What somebody may do somewhere, by one of their roles. */
export interface Permission {
  readonly actions?: readonly string[];
  readonly notActions?: readonly string[];
}

/** Whether one of the roles allows an action: what one takes away another may give. */
export function allows(permissions: readonly Permission[], action: string): boolean {
  return permissions.some(
    ({ actions = [], notActions = [] }) =>
      actions.some((pattern) => matches(pattern, action)) &&
      !notActions.some((pattern) => matches(pattern, action)),
  );
}

/** `*` stands for anything; case counts for nothing. */
function matches(pattern: string, action: string): boolean {
  const source = pattern.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*");
  return new RegExp(`^${source}$`, "i").test(action);
}

/** A scope as a table has room for it. */
export function shortScope(scope: string): string {
  const [type = "", name = ""] = scope.split("/").slice(-2);
  return type === "subscriptions" ? "the subscription" : `${type}/${name}`;
}
