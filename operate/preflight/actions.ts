import { actionMatches } from "../../azure/conditions";
import { armTypeOf, type Planned, textAt } from "./planned";

/** Something that `pulumi up` does, and where. */
export interface NeededAction {
  /** e.g. `Microsoft.KeyVault/vaults/write`. */
  readonly action: string;
  /** Id of what it has to be allowed on: of what holds a resource that is not there yet. */
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
const LINKED_ELSEWHERE: Readonly<
  Record<string, { readonly action: string; readonly path: readonly (number | string)[] }>
> = {
  "network:PrivateDnsZoneGroup": {
    action: `${NETWORK}/privateDnsZones/join/action`,
    path: ["privateDnsZoneConfigs", 0, "privateDnsZoneId"],
  },
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
  return planned.resources.flatMap((resource) => {
    const { id, inputs, type } = resource;
    const kind = type.replace("azure-native:", "");
    const own = ["read", "write", "delete"].map((verb) => `${armTypeOf(id)}/${verb}`);
    const elsewhere = LINKED_ELSEWHERE[kind];
    const other = elsewhere && textAt(inputs, ...elsewhere.path);
    return [
      ...[...own, ...(LINKED[kind] ?? [])].map((action) => ({ action, on: holderOf(id) })),
      ...(elsewhere && other ? [{ action: elsewhere.action, on: other }] : []),
    ];
  });
}

/** What a resource is made in or on, by its id. */
export function holderOf(id: string): string {
  return id.replace(/(\/providers\/[^/]+)?\/[^/]+\/[^/]+$/, "");
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
      actions.some((pattern) => actionMatches(pattern, action)) &&
      !notActions.some((pattern) => actionMatches(pattern, action)),
  );
}

/** A scope as a table has room for it. */
export function shortScope(scope: string): string {
  const [type = "", name = ""] = scope.split("/").slice(-2);
  return type === "subscriptions" ? "the subscription" : `${type}/${name}`;
}
