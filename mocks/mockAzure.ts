import * as pulumi from "@pulumi/pulumi";
import { digest, guid } from "./fixedValues";
import { unwrap } from "./secretEnvelope";

/** Values as a program or a provider has them. */
export type Values = Record<string, unknown>;

/** What a provider adds to the inputs. */
export interface Answer {
  readonly id: string;
  readonly outputs: Values;
}

export const TENANT_ID = "00000000-0000-0000-0000-000000000002";

/** Who runs the program, and where: what `getClientConfig` answers. */
export interface Client {
  readonly clientId: string;
  readonly objectId: string;
  readonly subscriptionId: string;
  readonly tenantId: string;
}

/** Nobody, in no subscription. */
export const NO_CLIENT: Client = {
  clientId: guid("deployer", "client"),
  objectId: guid("deployer", "object"),
  subscriptionId: "00000000-0000-0000-0000-000000000000",
  tenantId: TENANT_ID,
};

/** Where a type's objects are in a resource group; the braces name the input that holds a name. */
const PATHS: Readonly<Record<string, string>> = {
  "applicationinsights:Workbook": "Microsoft.Insights/workbooks/{resourceName}",
  "containerregistry:Registry": "Microsoft.ContainerRegistry/registries/{registryName}",
  "containerservice:AgentPool":
    "Microsoft.ContainerService/managedClusters/{resourceName}/agentPools/{agentPoolName}",
  "containerservice:MaintenanceConfiguration":
    "Microsoft.ContainerService/managedClusters/{resourceName}/maintenanceConfigurations/{configName}",
  "containerservice:ManagedCluster": "Microsoft.ContainerService/managedClusters/{resourceName}",
  "dbforpostgresql:AdministratorsMicrosoftEntra":
    "Microsoft.DBforPostgreSQL/flexibleServers/{serverName}/administrators/{objectId}",
  "dbforpostgresql:Configuration":
    "Microsoft.DBforPostgreSQL/flexibleServers/{serverName}/configurations/{configurationName}",
  "dbforpostgresql:Database":
    "Microsoft.DBforPostgreSQL/flexibleServers/{serverName}/databases/{databaseName}",
  "dbforpostgresql:FirewallRule":
    "Microsoft.DBforPostgreSQL/flexibleServers/{serverName}/firewallRules/{firewallRuleName}",
  "dbforpostgresql:Server": "Microsoft.DBforPostgreSQL/flexibleServers/{serverName}",
  "eventgrid:SystemTopic": "Microsoft.EventGrid/systemTopics/{systemTopicName}",
  "eventgrid:SystemTopicEventSubscription":
    "Microsoft.EventGrid/systemTopics/{systemTopicName}/eventSubscriptions/{eventSubscriptionName}",
  "keyvault:Secret": "Microsoft.KeyVault/vaults/{vaultName}/secrets/{secretName}",
  "keyvault:Vault": "Microsoft.KeyVault/vaults/{vaultName}",
  "managedidentity:FederatedIdentityCredential":
    "Microsoft.ManagedIdentity/userAssignedIdentities/{resourceName}/federatedIdentityCredentials/{federatedIdentityCredentialResourceName}",
  "managedidentity:UserAssignedIdentity":
    "Microsoft.ManagedIdentity/userAssignedIdentities/{resourceName}",
  "monitor:ActionGroup": "Microsoft.Insights/actionGroups/{actionGroupName}",
  "monitor:MetricAlert": "Microsoft.Insights/metricAlerts/{ruleName}",
  "monitor:ScheduledQueryRule": "Microsoft.Insights/scheduledQueryRules/{ruleName}",
  "monitor:DataCollectionRule": "Microsoft.Insights/dataCollectionRules/{dataCollectionRuleName}",
  "network:ApplicationGateway": "Microsoft.Network/applicationGateways/{applicationGatewayName}",
  "network:NatGateway": "Microsoft.Network/natGateways/{natGatewayName}",
  "network:NetworkSecurityGroup":
    "Microsoft.Network/networkSecurityGroups/{networkSecurityGroupName}",
  "network:PrivateDnsZoneGroup":
    "Microsoft.Network/privateEndpoints/{privateEndpointName}/privateDnsZoneGroups/{privateDnsZoneGroupName}",
  "network:PrivateEndpoint": "Microsoft.Network/privateEndpoints/{privateEndpointName}",
  "network:PublicIPAddress": "Microsoft.Network/publicIPAddresses/{publicIpAddressName}",
  "network:Subnet": "Microsoft.Network/virtualNetworks/{virtualNetworkName}/subnets/{subnetName}",
  "network:VirtualNetwork": "Microsoft.Network/virtualNetworks/{virtualNetworkName}",
  "network:VirtualNetworkPeering":
    "Microsoft.Network/virtualNetworks/{virtualNetworkName}/virtualNetworkPeerings/{virtualNetworkPeeringName}",
  "network:WebApplicationFirewallPolicy":
    "Microsoft.Network/ApplicationGatewayWebApplicationFirewallPolicies/{policyName}",
  "operationalinsights:Workspace": "Microsoft.OperationalInsights/workspaces/{workspaceName}",
  "privatedns:PrivateZone": "Microsoft.Network/privateDnsZones/{privateZoneName}",
  "privatedns:VirtualNetworkLink":
    "Microsoft.Network/privateDnsZones/{privateZoneName}/virtualNetworkLinks/{virtualNetworkLinkName}",
};

/** Inputs that name an object which belongs to another one, wherever that is. */
const EXTENSION_INPUTS: Readonly<Record<string, readonly string[]>> = {
  "authorization:RoleAssignment": ["scope", "roleAssignmentName"],
  "monitor:DataCollectionRuleAssociation": ["resourceUri", "associationName"],
  "monitor:DiagnosticSetting": ["resourceUri", "name"],
  "resources:ResourceGroup": ["resourceGroupName"],
};

/** What Azure says of an object beyond its inputs, id and name. */
const COMPUTED: Readonly<Record<string, (name: string, inputs: Values, client: Client) => Values>> =
  {
    "containerregistry:Registry": (name) => ({ loginServer: `${name}.azurecr.io` }),
    "containerservice:ManagedCluster": cluster,
    "dbforpostgresql:Server": (name) => ({
      fullyQualifiedDomainName: `${name}.postgres.database.azure.com`,
    }),
    "keyvault:Secret": secret,
    "keyvault:Vault": (name, inputs) => ({
      properties: {
        ...(inputs.properties as Values),
        vaultUri: `https://${name}.vault.azure.net/`,
      },
    }),
    "managedidentity:UserAssignedIdentity": (name, _, { tenantId }) => ({
      clientId: guid(name, "client"),
      principalId: guid(name, "principal"),
      tenantId,
    }),
    "network:PublicIPAddress": () => ({ ipAddress: "203.0.113.10" }),
    "operationalinsights:Workspace": (name) => ({ customerId: guid(name, "workspace") }),
  };

/** What Azure answers to a PUT; undefined for a type that no component uses so far. */
export function azureOutputs(
  name: string,
  inputs: Values,
  type: string,
  client: Client,
): Answer | undefined {
  const kind = type.slice("azure-native:".length);
  const id = idOf(kind, name, inputs, client);
  if (id === undefined) {
    return undefined;
  }
  const azureName = id.slice(id.lastIndexOf("/") + 1);
  return { id, outputs: { name: azureName, ...COMPUTED[kind]?.(azureName, inputs, client) } };
}

/** Names of the inputs that are part of the id of a type's objects. */
export function pathInputs(type: string): string[] {
  const kind = type.slice("azure-native:".length);
  const own = [...(PATHS[kind] ?? "").matchAll(/\{(\w+)\}/g)].map(([, key = ""]) => key);
  return ["resourceGroupName", ...own, ...(EXTENSION_INPUTS[kind] ?? [])];
}

function idOf(
  kind: string,
  name: string,
  inputs: Values,
  { subscriptionId }: Client,
): string | undefined {
  const groups = `/subscriptions/${subscriptionId}/resourceGroups`;
  const input = (key: string, automatic = `${name}${digest(kind, name).slice(0, 8)}`): string =>
    (unwrap(inputs[key]).plain as string | undefined) ?? automatic;
  switch (kind) {
    case "authorization:RoleAssignment": {
      const assignment = input("roleAssignmentName", guid(kind, name));
      return `${input("scope")}/providers/Microsoft.Authorization/roleAssignments/${assignment}`;
    }
    case "monitor:DataCollectionRuleAssociation":
      return `${input("resourceUri")}/providers/Microsoft.Insights/dataCollectionRuleAssociations/${input("associationName")}`;
    case "monitor:DiagnosticSetting":
      return `${input("resourceUri")}/providers/Microsoft.Insights/diagnosticSettings/${input("name")}`;
    case "resources:ResourceGroup":
      return `${groups}/${input("resourceGroupName")}`;
  }
  const path = PATHS[kind]?.replace(/\{(\w+)\}/g, (_, key: string) => input(key));
  return path && `${groups}/${input("resourceGroupName")}/providers/${path}`;
}

function cluster(name: string, inputs: Values, { subscriptionId }: Client): Values {
  const identity = (of: string) => ({
    clientId: guid(name, of, "client"),
    objectId: guid(name, of, "object"),
    resourceId: `/subscriptions/${subscriptionId}/resourceGroups/nodes/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${of}`,
  });
  const addons = Object.entries((inputs.addonProfiles ?? {}) as Record<string, Values>);
  return {
    addonProfiles: Object.fromEntries(
      addons.map(([addon, profile]) => [addon, { ...profile, identity: identity(addon) }]),
    ),
    fqdn: `${name}.hcp.azmk8s.io`,
    identity: { ...(inputs.identity as Values), principalId: guid(name, "principal") },
    identityProfile: { kubeletidentity: identity("kubelet") },
    oidcIssuerProfile: {
      ...(inputs.oidcIssuerProfile as Values),
      issuerURL: `https://oidc.example.invalid/${guid(name, "issuer")}/`,
    },
  };
}

/** Another value, another version. Azure never gives the value back. */
function secret(name: string, inputs: Values): Values {
  const { value, ...properties } = unwrap(inputs.properties).plain as Values;
  const vault = unwrap(inputs.vaultName).plain as string;
  const secretUri = `https://${vault}.vault.azure.net/secrets/${name}`;
  const version = digest(name, value).slice(0, 32);
  return {
    // As in a preview: secret as a whole because of the value that was sent with it.
    properties: pulumi.secret({
      ...properties,
      secretUri,
      secretUriWithVersion: `${secretUri}/${version}`,
    }),
  };
}
