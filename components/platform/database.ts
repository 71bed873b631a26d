import * as dbforpostgresql from "@pulumi/azure-native/dbforpostgresql";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { Audit } from "./audit";
import { databaseParameters } from "./databaseParameters";
import { databaseSize } from "./databaseSizes";
import { resourceName } from "./azureNames";
import { MAINTENANCE, watchWindow } from "./maintenanceWindow";
import type { Network } from "./network";
import { privateEndpoint } from "./privateEndpoint";
import { ends } from "./ranges";
import { type PlatformScope, shared } from "./scope";

export interface DatabaseArgs {
  /** Where it is made, how it is named, and how much of it there is. */
  readonly scope: PlatformScope;
  /** Where its private endpoint and its private name are. */
  readonly network: Network;
  /** Makes the server's name unique in Azure. A change replaces the server with its data. */
  readonly suffix: pulumi.Input<string>;
  /** Major version of PostgreSQL, e.g. `18`. */
  readonly version: string;
  /** Size, e.g. `Standard_D2ds_v5`. Changing it restarts the server. */
  readonly size: string;
  /**
   * Who decides what the server loads.
   * @default pgaudit
   */
  readonly audit?: Audit | undefined;
}

/** Not one of the names that Azure refuses; may create roles, is no superuser. */
const ADMINISTRATOR = "rotation_admin";

/** Zone of the server, and where its standby begins; a failover swaps them. */
const [ZONE, STANDBY_ZONE] = ["1", "2"] as const;

/**
 * What the server alone decides about itself once it exists.
 *
 * - The password: a changed one has been seen to replace the server (pulumi-azure-native#1911). It
 *   is changed by hand, never from here.
 * - The zones: a failover swaps them, and azure-native would replace a server for its zone.
 * - The storage: it grows by itself and never shrinks, and its tier and speed with it.
 */
const LEFT_TO_AZURE = [
  "administratorLoginPassword",
  "availabilityZone",
  "highAvailability.standbyAvailabilityZone",
  "storage.iops",
  "storage.storageSizeGB",
  "storage.tier",
];

/**
 * The PostgreSQL flexible server behind a private endpoint. Databases and roles are applications'.
 *
 * When the counter grows nothing in here changes.
 */
export class Database extends pulumi.ComponentResource {
  readonly id: pulumi.Output<string>;
  /** Name of the server. */
  readonly name: pulumi.Output<string>;
  readonly resourceGroupName: pulumi.Output<string>;
  readonly host: pulumi.Output<string>;
  readonly port = 5432;
  /** Login of the administrator, who may create roles and is no superuser. */
  readonly administrator = ADMINISTRATOR;
  /** The administrator's password; secret. */
  readonly password: pulumi.Output<string>;
  /** The server itself: what is inside of it goes with it. */
  readonly resource: pulumi.Resource;
  /** Whoever connects or writes below the server comes after this: it is set up, and reached. */
  readonly reachable: pulumi.Resource;

  constructor(name: string, args: DatabaseArgs, opts?: pulumi.ComponentResourceOptions) {
    super("rotation:platform:Database", name, {}, opts);
    const { scope } = args;
    const password = new random.RandomPassword(
      `${name}-administrator`,
      { length: 40, special: false, minLower: 1, minUpper: 1, minNumeric: 1 },
      { parent: this },
    );
    const server = this.server(name, args, password.result);
    const parts = { resourceGroupName: scope.resourceGroupName, serverName: server.name };
    const group = new dbforpostgresql.AdministratorsMicrosoftEntra(
      `${name}-administrators`,
      {
        ...parts,
        objectId: scope.administrators.groupId,
        principalName: scope.administrators.groupName,
        principalType: "Group",
        tenantId: scope.deployer.tenantId,
      },
      { parent: this },
    );
    const configured = databaseParameters(
      name,
      { ...parts, version: args.version, audit: args.audit },
      { parent: this, dependsOn: [group] },
    );
    const opened = this.firewallRules(name, scope, parts, configured);
    this.reachable = privateEndpoint(
      `${name}-endpoint`,
      {
        scope,
        network: args.network,
        zone: args.network.zones.database,
        service: { id: server.id, groupId: "postgresqlServer" },
      },
      { parent: this, dependsOn: opened },
    );
    watchWindow(server, scope.resourceGroupName, this);
    this.resource = server;
    this.id = server.id;
    this.name = server.name;
    this.resourceGroupName = pulumi.output(scope.resourceGroupName);
    this.host = server.fullyQualifiedDomainName;
    this.password = password.result;
    this.registerOutputs({ host: this.host });
  }

  private server(
    name: string,
    { scope, suffix, version, size }: DatabaseArgs,
    password: pulumi.Output<string>,
  ): dbforpostgresql.Server {
    const { database, protect } = scope.profile;
    return new dbforpostgresql.Server(
      name,
      {
        ...shared(scope),
        serverName: pulumi
          .output(suffix)
          .apply((suffix) => resourceName("server", scope.naming, suffix)),
        version,
        sku: { name: size, tier: databaseSize(size)!.tier },
        administratorLogin: ADMINISTRATOR,
        administratorLoginPassword: password,
        authConfig: {
          passwordAuth: dbforpostgresql.PasswordBasedAuth.Enabled,
          activeDirectoryAuth: dbforpostgresql.MicrosoftEntraAuth.Enabled,
          tenantId: scope.deployer.tenantId,
        },
        availabilityZone: ZONE,
        highAvailability: database.zoneRedundant
          ? { mode: "ZoneRedundant", standbyAvailabilityZone: STANDBY_ZONE }
          : { mode: "Disabled" },
        network: { publicNetworkAccess: database.publicAccess ? "Enabled" : "Disabled" },
        storage: { storageSizeGB: database.storageGB, autoGrow: "Enabled" },
        backup: {
          backupRetentionDays: database.backupDays,
          geoRedundantBackup: database.geoRedundantBackup ? "Enabled" : "Disabled",
        },
        maintenanceWindow: MAINTENANCE,
      },
      // Protected and not kept: what is kept after a destroy would go on costing money unseen.
      { parent: this, protect, ignoreChanges: LEFT_TO_AZURE },
    );
  }

  /** Lets the deployer's ranges in, where the server has a public address. */
  private firewallRules(
    name: string,
    { profile, deployer }: PlatformScope,
    parts: { resourceGroupName: pulumi.Input<string>; serverName: pulumi.Input<string> },
    after: pulumi.Resource[],
  ): pulumi.Resource[] {
    let before = after;
    for (const range of profile.database.publicAccess ? deployer.ranges : []) {
      const { first, last } = ends(range);
      const firewallRuleName = `deployer-${range.replace(/[./]/g, "-")}`;
      // One after another, like everything below the server.
      before = [
        new dbforpostgresql.FirewallRule(
          `${name}-${firewallRuleName}`,
          { ...parts, firewallRuleName, startIpAddress: first, endIpAddress: last },
          { parent: this, dependsOn: before },
        ),
      ];
    }
    return before;
  }
}
