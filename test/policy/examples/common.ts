import { type Examples, setting } from "./example";

export const COMMON_EXAMPLES: Examples = {
  "AZR-000166": { good: { props: { tags: { application: "app" } } }, bad: { props: {} } },
  "AVD-AZU-0052": {
    good: {
      props: {
        roleDefinitionId:
          "/providers/Microsoft.Authorization/roleDefinitions/4633458b-17de-408a-b874-0445c86b69e6",
        scope: "/subscriptions/x/resourceGroups/y/providers/Microsoft.KeyVault/vaults/z/secrets/a",
      },
    },
    bad: {
      props: {
        roleDefinitionId:
          "/providers/Microsoft.Authorization/roleDefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
        scope: "/subscriptions/x",
      },
    },
  },
  "ROT-ID-4": setting("principalType", "ServicePrincipal", "Group"),
  "AZR-000117": setting("resourceName", "id-app-prod-blue", "-"),
};
