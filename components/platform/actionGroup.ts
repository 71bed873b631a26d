import * as monitor from "@pulumi/azure-native/monitor";
import type * as pulumi from "@pulumi/pulumi";
import { resourceName } from "./azureNames";
import type { ResourceScope } from "./scope";

/** Name of the sender in text messages; Azure allows 12 characters. */
const SHORT_NAME = "rotation";

/** Whom alerts are sent to. */
export function actionGroup(
  name: string,
  { scope, email }: { readonly scope: ResourceScope; readonly email: string },
  opts: pulumi.CustomResourceOptions,
): monitor.ActionGroup {
  return new monitor.ActionGroup(
    name,
    {
      resourceGroupName: scope.resourceGroupName,
      tags: scope.tags,
      // Works while a region does not.
      location: "Global",
      actionGroupName: resourceName("actionGroup", scope.naming),
      groupShortName: SHORT_NAME,
      enabled: true,
      emailReceivers: [{ name: "people", emailAddress: email, useCommonAlertSchema: true }],
    },
    opts,
  );
}
