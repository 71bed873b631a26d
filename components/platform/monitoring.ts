import * as monitor from "@pulumi/azure-native/monitor";
import * as pulumi from "@pulumi/pulumi";
import { metricRule, queryRule } from "./alertRules";
import { type Alert, ALERTS, type VaultAlert } from "./alerts";
import type { Cluster } from "./cluster";
import type { Database } from "./database";
import { DIAGNOSTICS, diagnosticSetting } from "./diagnosticSettings";
import type { Gateway } from "./gateway";
import type { Logs } from "./logs";
import { resourceName } from "./azureNames";
import type { Registry } from "./registry";
import type { PlatformScope } from "./scope";
import type { SlotIdentities } from "../application/slotIdentities";
import type { Vault } from "./vault";
import { VaultEvents } from "../application/vaultEvents";
import { workbook } from "../application/workbook";

export interface MonitoringArgs {
  readonly scope: PlatformScope;
  readonly logs: Logs;
  readonly cluster: Cluster;
  readonly gateway: Gateway;
  readonly vault: Vault;
  readonly database: Database;
  readonly registry: Registry;
  readonly identities: SlotIdentities;
  /** Who is told. */
  readonly email: string;
  /** Address that gets the vault's events; none when not set. */
  readonly eventEndpoint: string | undefined;
}

/** Name of the sender in text messages; Azure allows 12 characters. */
const SHORT_NAME = "rotation";

/** Diagnostics, alerts, the vault's events and the page to look at during a rotation. */
export class Monitoring extends pulumi.ComponentResource {
  constructor(
    private readonly name: string,
    private readonly args: MonitoringArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("rotation:platform:Monitoring", name, {}, opts);
    this.sendLogs();
    const actionGroupId = this.actionGroup().id;
    const alerts = Object.entries<Alert>(ALERTS);
    for (const [key, alert] of alerts) {
      this.rule(key, alert, actionGroupId);
    }
    new VaultEvents(
      `${name}-events`,
      {
        scope: args.scope,
        vaultId: args.vault.id,
        actionGroupId,
        alerts: Object.fromEntries(
          alerts.filter((entry): entry is [string, VaultAlert] => entry[1].kind === "vault"),
        ),
        endpoint: args.eventEndpoint,
      },
      { parent: this },
    );
    workbook(
      `${name}-workbook`,
      { scope: args.scope, workspaceId: args.logs.workspaceId },
      { parent: this },
    );
    this.registerOutputs({});
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

  private actionGroup(): monitor.ActionGroup {
    const { scope, email } = this.args;
    return new monitor.ActionGroup(
      `${this.name}-people`,
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
      { parent: this },
    );
  }

  private rule(key: string, alert: Alert, actionGroupId: pulumi.Input<string>): void {
    const { scope, logs, gateway, identities } = this.args;
    const name = `${this.name}-${key}`;
    const args = { scope, key, actionGroupId };
    switch (alert.kind) {
      case "query":
        queryRule(
          name,
          {
            ...args,
            alert,
            targetId: logs.workspaceId,
            readers: pulumi.output({ ...identities.clientIds, deployer: scope.deployer.objectId }),
          },
          { parent: this },
        );
        break;
      case "metric":
        metricRule(name, { ...args, alert, targetId: gateway.id }, { parent: this });
        break;
      case "vault":
        break;
    }
  }
}
