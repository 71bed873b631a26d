import * as operationalinsights from "@pulumi/azure-native/operationalinsights";
import * as pulumi from "@pulumi/pulumi";
import { resourceName } from "./names";
import { type PlatformScope, shared } from "./scope";

export interface LogsArgs {
  readonly scope: PlatformScope;
}

/** The Log Analytics workspace that everything else writes to. */
export class Logs extends pulumi.ComponentResource {
  readonly workspaceId: pulumi.Output<string>;

  constructor(name: string, { scope }: LogsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("rotation:platform:Logs", name, {}, opts);
    const { logs, protect } = scope.profile;
    const workspace = new operationalinsights.Workspace(
      name,
      {
        ...shared(scope),
        workspaceName: resourceName("workspace", scope.naming),
        sku: { name: operationalinsights.WorkspaceSkuNameEnum.PerGB2018 },
        retentionInDays: logs.retentionDays,
        features: { disableLocalAuth: true },
      },
      { parent: this, protect },
    );
    this.workspaceId = workspace.id;
    this.registerOutputs({ workspaceId: this.workspaceId });
  }
}
