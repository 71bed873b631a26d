import * as pulumi from "@pulumi/pulumi";
import type { Cluster } from "./cluster";
import type { Database } from "./database";
import type { Gateway } from "./gateway";
import type { Logs } from "./logs";
import type { Registry } from "./registry";
import type { PlatformScope } from "./scope";
import type { Vault } from "./vault";

export interface MonitoringArgs {
  readonly scope: PlatformScope;
  readonly logs: Logs;
  readonly cluster: Cluster;
  readonly gateway: Gateway;
  readonly vault: Vault;
  readonly database: Database;
  readonly registry: Registry;
  /** Who is told. */
  readonly email: string;
  /** Address that gets the vault's events; none when not set. */
  readonly eventEndpoint: string | undefined;
}

/** Diagnostics, alerts and the vault's events. */
export class Monitoring extends pulumi.ComponentResource {
  constructor(name: string, _args: MonitoringArgs, opts?: pulumi.ComponentResourceOptions) {
    super("rotation:platform:Monitoring", name, {}, opts);
    this.registerOutputs({});
  }
}
