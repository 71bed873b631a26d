import * as dbforpostgresql from "@pulumi/azure-native/dbforpostgresql";
import * as network from "@pulumi/azure-native/network";
import * as postgresql from "@pulumi/postgresql";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { databaseSize } from "./databaseSizes";
import { resourceName } from "./names";
import type { Network } from "./network";
import { type PlatformScope, shared } from "./scope";

export interface DatabaseArgs {
  readonly scope: PlatformScope;
  readonly network: Network;
  /** Makes the server's name unique in Azure. */
  readonly suffix: pulumi.Input<string>;
  /** Major version of PostgreSQL. */
  readonly version: string;
  /** Size, e.g. `Standard_D2ds_v5`. Changing it restarts the server. */
  readonly size: string;
}

/** Not one of the names that Azure refuses; may create roles, is no superuser. */
const ADMINISTRATOR = "rotation_admin";

/** The PostgreSQL flexible server behind a private endpoint, and the application's database. */
export class Database extends pulumi.ComponentResource {
  readonly id: pulumi.Output<string>;
  readonly host: pulumi.Output<string>;
  readonly port = 5432;
  /** Name of the application's database. */
  readonly databaseName: pulumi.Output<string>;
  readonly administrator = ADMINISTRATOR;
  /** Connects as the administrator to the application's database. */
  readonly provider: postgresql.Provider;

  constructor(name: string, args: DatabaseArgs, opts?: pulumi.ComponentResourceOptions) {
    super("rotation:platform:Database", name, {}, opts);
    const { scope } = args;
    const password = new random.RandomPassword(
      `${name}-administrator`,
      { length: 40, special: false, minLower: 1, minUpper: 1, minNumeric: 1 },
      { parent: this },
    );
    const server = new dbforpostgresql.Server(
      name,
      {
        ...shared(scope),
        serverName: pulumi
          .output(args.suffix)
          .apply((suffix) => resourceName("server", scope.naming, suffix)),
        version: args.version,
        sku: { name: args.size, tier: databaseSize(args.size)!.tier },
        administratorLogin: ADMINISTRATOR,
        administratorLoginPassword: password.result,
        authConfig: {
          passwordAuth: dbforpostgresql.PasswordBasedAuth.Enabled,
          activeDirectoryAuth: dbforpostgresql.MicrosoftEntraAuth.Disabled,
        },
        network: { publicNetworkAccess: "Disabled" },
        storage: { storageSizeGB: 32 },
        backup: { backupRetentionDays: 7 },
      },
      // A changed administrator password has been seen to replace the server
      // (pulumi-azure-native#1911); it is changed by hand, never from here.
      { parent: this, ignoreChanges: ["administratorLoginPassword"] },
    );
    const database = new dbforpostgresql.Database(
      `${name}-application`,
      {
        resourceGroupName: scope.resourceGroupName,
        serverName: server.name,
        databaseName: scope.naming.application,
        charset: "UTF8",
        collation: "en_US.utf8",
      },
      { parent: this },
    );
    const reachable = this.privateEndpoint(name, args, server);
    this.id = server.id;
    this.host = server.fullyQualifiedDomainName;
    this.databaseName = database.name;
    this.provider = new postgresql.Provider(
      `${name}-postgresql`,
      {
        host: this.host,
        port: this.port,
        database: this.databaseName,
        username: ADMINISTRATOR,
        password: password.result,
        sslmode: "verify-full",
        superuser: false,
      },
      { parent: this, dependsOn: [reachable] },
    );
    this.registerOutputs({ host: this.host });
  }

  private privateEndpoint(
    name: string,
    { scope, network: vnet }: DatabaseArgs,
    server: dbforpostgresql.Server,
  ): pulumi.Resource {
    const endpoint = new network.PrivateEndpoint(
      `${name}-endpoint`,
      {
        ...shared(scope),
        privateEndpointName: pulumi.interpolate`${server.name}-endpoint`,
        subnet: { id: vnet.endpointsSubnetId },
        privateLinkServiceConnections: [
          {
            name: "postgresql",
            privateLinkServiceId: server.id,
            groupIds: ["postgresqlServer"],
          },
        ],
      },
      { parent: this },
    );
    return new network.PrivateDnsZoneGroup(
      `${name}-endpoint`,
      {
        resourceGroupName: scope.resourceGroupName,
        privateEndpointName: endpoint.name,
        privateDnsZoneGroupName: "postgresql",
        privateDnsZoneConfigs: [{ name: "postgresql", privateDnsZoneId: vnet.databaseZoneId }],
      },
      { parent: this, dependsOn: [vnet.databaseZoneLink] },
    );
  }
}
