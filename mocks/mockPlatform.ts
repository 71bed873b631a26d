import * as pulumi from "@pulumi/pulumi";
import { guid } from "./fixedValues";
import type { Values } from "./mockAzure";

/**
 * What Azure says of a platform that is there and fits: everything that an application needs, under
 * the names that were asked for. Undefined for another call.
 */
export function platformAnswer(token: string, inputs: Values): Values | undefined {
  return ANSWERS[token]?.(inputs as Record<string, string>);
}

/** What a vault gives away as a secret's value. */
export const MOCK_SECRET_VALUE = "value-of-a-secret-without-a-vault";

const NETWORK =
  "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/shared/providers/Microsoft.Network";

const ANSWERS: Readonly<Record<string, (inputs: Readonly<Record<string, string>>) => Values>> = {
  "azure-native:containerservice:getManagedCluster": ({ resourceName = "" }) => ({
    name: resourceName,
    powerState: { code: "Running" },
    oidcIssuerProfile: {
      enabled: true,
      issuerURL: `https://oidc.example.invalid/${guid(resourceName, "issuer")}/`,
    },
    securityProfile: { workloadIdentity: { enabled: true } },
    aadProfile: { managed: true },
    addonProfiles: {
      azureKeyvaultSecretsProvider: { enabled: true },
      ingressApplicationGateway: {
        enabled: true,
        config: { effectiveApplicationGatewayId: configured("gatewayId") },
      },
    },
  }),
  "azure-native:keyvault:getVault": ({ vaultName }) => ({
    name: vaultName,
    properties: {
      enableRbacAuthorization: true,
      networkAcls: { defaultAction: "Deny", bypass: "AzureServices" },
      tenantId: guid("tenant"),
      vaultUri: `https://${vaultName}.vault.azure.net/`,
    },
  }),
  "azure-native:dbforpostgresql:getServer": ({ serverName }) => ({
    name: serverName,
    version: "17",
    state: "Ready",
    administratorLogin: "shared_admin",
    authConfig: { passwordAuth: "Enabled" },
    fullyQualifiedDomainName: `${serverName}.postgres.database.azure.com`,
    network: {
      delegatedSubnetResourceId: `${NETWORK}/virtualNetworks/shared/subnets/database`,
    },
  }),
  "azure-native:dbforpostgresql:getConfiguration": ({ configurationName = "" }) => ({
    name: configurationName,
    value: { max_connections: "859", "pgbouncer.enabled": "false" }[configurationName],
  }),
  "azure-native:network:getApplicationGateway": ({ applicationGatewayName }) => ({
    name: applicationGatewayName,
    operationalState: "Running",
    gatewayIPConfigurations: [
      { subnet: { id: `${NETWORK}/virtualNetworks/shared/subnets/gateway` } },
    ],
    frontendIPConfigurations: [{ publicIPAddress: { id: `${NETWORK}/publicIPAddresses/shared` } }],
    sslCertificates: [{ name: configured("certificateName") ?? "production" }],
  }),
  "azure-native:network:getPublicIPAddress": () => ({ ipAddress: "203.0.113.20" }),
  "azure-native:network:getPrivateEndpoint": ({ privateEndpointName }) => ({
    name: privateEndpointName,
    subnet: { id: `${NETWORK}/virtualNetworks/shared/subnets/database` },
  }),
  "azure-native:network:getSubnet": ({ subnetName }) => ({
    addressPrefix: { database: "10.80.1.0/28", gateway: "10.80.2.0/24" }[subnetName ?? ""],
  }),
  "azure-native:operationalinsights:getWorkspace": ({ workspaceName }) => ({ name: workspaceName }),
  "azure-native:containerregistry:getRegistry": ({ registryName }) => ({
    loginServer: `${registryName}.azurecr.io`,
  }),
};

function configured(key: string): string | undefined {
  return new pulumi.Config("rotation").get(key) || undefined;
}
