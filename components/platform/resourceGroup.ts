import * as resources from "@pulumi/azure-native/resources";
import type * as pulumi from "@pulumi/pulumi";
import { resourceName } from "./azureNames";
import type { PlatformScope, ResourceScope } from "./scope";

/** A stack's resource group, and how everything that is made in it is named and tagged. */
export function resourceGroup(
  name: string,
  { application, stack, location }: ResourceScope["naming"] & Pick<ResourceScope, "location">,
  opts: pulumi.CustomResourceOptions,
) {
  const naming = { application, stack };
  const tags = { application, stack, "managed-by": "pulumi" };
  const group = new resources.ResourceGroup(
    name,
    { resourceGroupName: resourceName("resourceGroup", naming), location, tags },
    opts,
  );
  const scope = {
    naming,
    location,
    tags,
    resourceGroupName: group.name,
    resourceGroupId: group.id,
  } satisfies ResourceScope & Pick<PlatformScope, "resourceGroupId">;
  return { group, scope };
}
