import { certificateReference } from "../../components/platform/certificate";
import type { PlatformArgs } from "../../components/platform/platform";
import { type ProfileName, PROFILES } from "../../components/platform/profiles";
import { guid } from "../../mocks/fixedValues";

const SHARED =
  "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/shared/providers";

/** What a whole platform is made of in tests, in the size of one of the profiles. */
export function platformArgs(profile: ProfileName): PlatformArgs {
  const { cluster, database } = PROFILES[profile];
  return {
    application: "app",
    stack: "dev",
    profile: PROFILES[profile],
    location: "swedencentral",
    ranges: {
      network: "10.60.0.0/16",
      nodes: "10.60.0.0/22",
      gateway: "10.60.8.0/24",
      endpoints: "10.60.9.0/27",
      pods: "10.244.0.0/16",
      services: "10.61.0.0/16",
    },
    certificate: certificateReference(
      `${SHARED}/Microsoft.KeyVault/vaults/shared-certificates/secrets/app`,
    ),
    deployer: {
      type: "ServicePrincipal",
      kubeLogin: "workloadidentity",
      ranges: cluster.privateApi ? [] : ["203.0.113.64/28"],
      runnerNetworkId: cluster.privateApi
        ? `${SHARED}/Microsoft.Network/virtualNetworks/runners`
        : undefined,
    },
    administrators: { groupId: guid("administrators"), groupName: "administrators" },
    nodeSize: undefined,
    database: { version: "18", size: database.size },
    alerts: { email: "platform@example.com" },
    maintenance: false,
  };
}
