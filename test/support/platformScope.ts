import { type ProfileName, PROFILES } from "../../components/platform/profiles";
import type { PlatformScope } from "../../components/platform/scope";
import { guid } from "../../mocks/fixedValues";
import { TENANT_ID } from "../../mocks/mockAzure";

export const GROUP_ID =
  "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-app-test";

/** Where components of a platform are made in tests, in the size of one of the profiles. */
export function platformScope(profile: ProfileName): PlatformScope {
  return {
    naming: { application: "app", stack: "test" },
    profile: PROFILES[profile],
    resourceGroupName: "rg-app-test",
    resourceGroupId: GROUP_ID,
    location: "swedencentral",
    tags: { application: "app" },
    deployer: {
      objectId: guid("deployer", "object"),
      tenantId: TENANT_ID,
      type: "ServicePrincipal",
      ranges: PROFILES[profile].cluster.privateApi ? [] : ["203.0.113.64/28"],
    },
    grantSeconds: 0,
    administrators: { groupId: guid("administrators"), groupName: "administrators" },
  };
}
