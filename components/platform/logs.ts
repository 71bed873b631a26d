import * as monitor from "@pulumi/azure-native/monitor";
import * as operationalinsights from "@pulumi/azure-native/operationalinsights";
import * as pulumi from "@pulumi/pulumi";
import { resourceName } from "./azureNames";
import { type PlatformScope, shared } from "./scope";

export interface LogsArgs {
  /** Where it is made, how it is named, and how much of it there is. */
  readonly scope: PlatformScope;
}

/** Everything that the cluster's agent can tell: containers, events, inventory, performance. */
const CONTAINER_INSIGHTS = "Microsoft-ContainerInsights-Group-Default";

/** The Log Analytics workspace that everything else writes to. */
export class Logs extends pulumi.ComponentResource {
  readonly workspaceId: pulumi.Output<string>;
  /** What the cluster's agent sends to the workspace, once the cluster is associated with it. */
  readonly collectionRuleId: pulumi.Output<string>;

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
    this.collectionRuleId = collectionRule(`${name}-containers`, scope, workspace.id, {
      parent: this,
    });
    this.registerOutputs({ workspaceId: this.workspaceId });
  }
}

/**
 * Without keys the agent does what a rule says (Azure: "Configure log collection in Container
 * insights"). The evidence of the proofs is what their pods print, and arrives in ContainerLogV2.
 */
function collectionRule(
  name: string,
  scope: PlatformScope,
  workspaceResourceId: pulumi.Input<string>,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const destination = "workspace";
  return new monitor.DataCollectionRule(
    name,
    {
      ...shared(scope),
      dataCollectionRuleName: resourceName("dataCollectionRule", scope.naming),
      kind: monitor.KnownDataCollectionRuleResourceKind.Linux,
      dataSources: {
        extensions: [
          {
            name: "ContainerInsightsExtension",
            extensionName: "ContainerInsights",
            streams: [CONTAINER_INSIGHTS],
            extensionSettings: {
              dataCollectionSettings: {
                interval: "1m",
                namespaceFilteringMode: "Off",
                enableContainerLogV2: true,
              },
            },
          },
        ],
      },
      destinations: { logAnalytics: [{ name: destination, workspaceResourceId }] },
      dataFlows: [{ streams: [CONTAINER_INSIGHTS], destinations: [destination] }],
    },
    opts,
  ).id;
}
