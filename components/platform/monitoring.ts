import * as pulumi from "@pulumi/pulumi";
import { actionGroup } from "./actionGroup";
import { metricRule, queryRule } from "./alertRules";
import { type MetricAlert, PLATFORM_ALERTS, type PlatformQueryAlert } from "./alerts";
import type { Cluster } from "./cluster";
import type { Database } from "./database";
import { DIAGNOSTICS, diagnosticSetting } from "./diagnosticSettings";
import type { Gateway } from "./gateway";
import type { Logs } from "./logs";
import type { Registry } from "./registry";
import type { PlatformScope } from "./scope";
import type { Vault } from "./vault";
import { VaultEvents } from "./vaultEvents";

export interface MonitoringArgs {
  /** Where it is made, how it is named, and how much of it there is. */
  readonly scope: PlatformScope;
  /** The workspace that everything else here sends to. */
  readonly logs: Logs;
  /** Sends its logs and metrics, as the other four do. */
  readonly cluster: Cluster;
  /** Sends its own, and is what the alerts here are about. */
  readonly gateway: Gateway;
  /** Sends its own, and its events to the topic. */
  readonly vault: Vault;
  readonly database: Database;
  readonly registry: Registry;
  /** Who is notified: an e-mail address such as `on-call@example.com`. */
  readonly email: string;
}

/**
 * What watches the platform: diagnostics, alerts on the gateway, and what the alerts of applications
 * need: who is told, and the topic of the vault's events.
 *
 * When the counter grows nothing in here changes.
 */
export class Monitoring extends pulumi.ComponentResource {
  /** Resource id of the workspace. */
  readonly workspaceId: pulumi.Output<string>;
  /** Resource id of the action group that is notified. */
  readonly actionGroupId: pulumi.Output<string>;
  /** Name of the topic of the vault's events. */
  readonly eventTopicName: pulumi.Output<string>;

  constructor(
    private readonly name: string,
    private readonly args: MonitoringArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("rotation:platform:Monitoring", name, {}, opts);
    const { scope, vault, logs } = args;
    this.sendLogs();
    this.workspaceId = logs.workspaceId;
    this.actionGroupId = actionGroup(
      `${name}-people`,
      { scope, email: args.email },
      { parent: this },
    ).id;
    this.alerts();
    this.eventTopicName = new VaultEvents(
      `${name}-events`,
      { scope, vaultId: vault.id },
      { parent: this },
    ).topicName;
    this.registerOutputs({});
  }

  private alerts(): void {
    const { scope, database, gateway, logs } = this.args;
    const { actionGroupId } = this;
    for (const [key, alert] of Object.entries<MetricAlert | PlatformQueryAlert>(PLATFORM_ALERTS)) {
      const rule = `${this.name}-${key}`;
      if (alert.kind === "metric") {
        const args = { scope, key, alert, targetId: gateway.id, actionGroupId };
        metricRule(rule, args, { parent: this });
      } else {
        const query = pulumi.output(scope.deployer.objectId).apply((deployer) =>
          alert.query({
            deployer,
            previewer: scope.deployer.previewId,
            administrator: database.administrator,
          }),
        );
        const args = { scope, key, alert, query, targetId: logs.workspaceId, actionGroupId };
        queryRule(rule, args, { parent: this });
      }
    }
  }

  private sendLogs(): void {
    const { logs, cluster, gateway, vault, database, registry } = this.args;
    const senders = { cluster, gateway, vault, database, registry };
    for (const key of Object.keys(DIAGNOSTICS) as (keyof typeof DIAGNOSTICS)[]) {
      diagnosticSetting(
        `${this.name}-${key}`,
        {
          resourceId: senders[key].id,
          workspaceId: logs.workspaceId,
          diagnostics: DIAGNOSTICS[key],
        },
        { parent: this },
      );
    }
  }
}
