import { GROUP_NAME, resourceType } from "./common";
import { IN_GROUP } from "./resourceType";

export const resourceGroup = resourceType({
  token: "azure-native:resources:ResourceGroup",
  armType: "Microsoft.Resources/resourceGroups",
  apiVersion: "2024-03-01",
  path: IN_GROUP,
  names: { resourceGroupName: GROUP_NAME },
  locationRequired: true,
  replaceOn: ["location"],
  put: ({ echo }) => ({ ...echo, properties: { provisioningState: "Succeeded" } }),
});

export const groupTypes = [resourceGroup];
