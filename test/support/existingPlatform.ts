import type { PlatformNeeds, PlatformReference } from "../../components/platform/platformIds";

const PROVIDERS =
  "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/shared/providers";

/** A platform that is there, in tests. */
export const REFERENCE: PlatformReference = {
  clusterId: `${PROVIDERS}/Microsoft.ContainerService/managedClusters/aks-shared`,
  clusterHost: "aks-shared.azmk8s.io",
  vaultId: `${PROVIDERS}/Microsoft.KeyVault/vaults/kv-shared`,
  databaseServerId: `${PROVIDERS}/Microsoft.DBforPostgreSQL/flexibleServers/psql-shared`,
  databaseAdministratorSecret: `${PROVIDERS}/Microsoft.KeyVault/vaults/kv-team/secrets/administrator`,
  gatewayId: `${PROVIDERS}/Microsoft.Network/applicationGateways/agw-shared`,
  certificateName: "wildcard",
  workspaceId: `${PROVIDERS}/Microsoft.OperationalInsights/workspaces/log-shared`,
  registryId: `${PROVIDERS}/Microsoft.ContainerRegistry/registries/crshared`,
};

export const NEEDS: PlatformNeeds = { kubeLogin: "azurecli", connections: 200, egress: [] };

/** The same as a stack is configured with, without the namespace of its keys. */
export const EXISTING_CONFIG = {
  platform: "existing",
  ...(REFERENCE as Required<PlatformReference>),
  serverConnections: "200",
};

/** A login and a database that are there, as a stack is configured that takes them over. */
export const ADOPTED_CONFIG = {
  namespace: "team-shop",
  ingress: "shop",
  legacyRole: "Shop-App.Legacy",
  legacyService: "shop:8080",
  databaseName: "Shop-DB",
};
