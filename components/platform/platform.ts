import * as authorization from "@pulumi/azure-native/authorization";
import * as resources from "@pulumi/azure-native/resources";
import type * as kubernetes from "@pulumi/kubernetes";
import * as postgresql from "@pulumi/postgresql";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { RotationEnvironment } from "../rotation/environment";
import { applicationNamespace } from "../application/applicationNamespace";
import type { CertificateReference } from "./certificate";
import { Cluster } from "./cluster";
import type { ConnectionOutputs } from "../facts/connections";
import { Database } from "./database";
import { DatabaseRoles } from "../application/databaseRoles";
import { Gateway, GATEWAY_CERTIFICATE } from "./gateway";
import type { KubeLogin } from "./kubeconfig";
import { Logs } from "./logs";
import { Monitoring } from "./monitoring";
import { resourceName, SUFFIX_LENGTH } from "./azureNames";
import { Network } from "./network";
import type { Profile } from "./profiles";
import type { Ranges } from "./ranges";
import { Registry } from "./registry";
import type { DeployerType, PlatformScope } from "./scope";
import { SlotIdentities } from "../application/slotIdentities";
import { Vault } from "./vault";

/** The part of a rotation's environment that the platform knows. */
type PlatformEnvironment = Pick<
  RotationEnvironment,
  "database" | "gateway" | "identities" | "namespace" | "vault"
>;

export interface PlatformArgs {
  /** Short name of the application; also the namespace, the database and the prefix of roles. */
  readonly application: string;
  readonly stack: string;
  readonly profile: Profile;
  /** Azure region with availability zones. */
  readonly location: string;
  readonly ranges: Ranges;
  /** The certificate of all three hosts. */
  readonly certificate: CertificateReference;
  /** Who runs `pulumi up`, and from where. */
  readonly deployer: {
    readonly type: DeployerType;
    readonly kubeLogin: KubeLogin;
    /** Public ranges; empty where everything is private. */
    readonly ranges: readonly string[];
    /** Resource id of the virtual network of the runners, which is peered with ours. */
    readonly runnerNetworkId: string | undefined;
  };
  /** Entra group of the people who administer cluster and database. */
  readonly administrators: { readonly groupId: string; readonly groupName: string };
  /** VM size of the application's nodes; the profile's when not set. */
  readonly nodeSize: string | undefined;
  readonly database: { readonly version: string; readonly size: string };
  readonly alerts: {
    readonly email: string;
    /** Address that gets the vault's events; none when not set. */
    readonly eventEndpoint: string | undefined;
  };
  /** This run may write the gateway, which interrupts its traffic. */
  readonly maintenance: boolean;
}

/**
 * What changes rarely: network, gateway, cluster, vault, database, registry, monitoring, identities.
 *
 * When the counter grows nothing in here has an operation.
 */
export class Platform extends pulumi.ComponentResource {
  readonly gateway: Gateway;
  readonly vault: Vault;
  readonly database: Database;
  readonly registry: Registry;
  readonly roles: DatabaseRoles;
  readonly identities: SlotIdentities;
  /** Namespace of the application, with the restricted Pod Security profile. */
  readonly namespace: pulumi.Output<string>;
  readonly resourceGroupName: pulumi.Output<string>;
  /** Where commands beside the program find the facts. */
  readonly connections: ConnectionOutputs;
  /** What a rotation has to know of it. */
  readonly environment: PlatformEnvironment;
  /** Providers for what is inside the cluster and the database. */
  readonly providers: { kubernetes: kubernetes.Provider; postgresql: postgresql.Provider };

  constructor(name: string, args: PlatformArgs, opts?: pulumi.ComponentResourceOptions) {
    super("rotation:platform:Platform", name, {}, opts);
    const parent = { parent: this };
    const scope = this.scope(name, args);
    const suffix = new random.RandomString(
      `${name}-suffix`,
      { length: SUFFIX_LENGTH, special: false, upper: false },
      parent,
    ).result;
    this.resourceGroupName = pulumi.output(scope.resourceGroupName);

    const logs = new Logs(`${name}-logs`, { scope }, parent);
    const network = new Network(
      `${name}-network`,
      { scope, ranges: args.ranges, runnerNetworkId: args.deployer.runnerNetworkId },
      parent,
    );
    this.gateway = new Gateway(
      `${name}-gateway`,
      {
        scope,
        subnetId: network.gatewaySubnetId,
        certificate: args.certificate,
        maintenance: args.maintenance,
      },
      parent,
    );
    const cluster = new Cluster(
      `${name}-cluster`,
      {
        scope,
        network,
        gateway: this.gateway,
        logs,
        ranges: args.ranges,
        nodeSize: args.nodeSize,
        kubeLogin: args.deployer.kubeLogin,
      },
      parent,
    );
    this.registry = new Registry(
      `${name}-registry`,
      { scope, network, suffix, kubeletId: cluster.kubeletId },
      parent,
    );
    this.vault = new Vault(`${name}-vault`, { scope, network, suffix }, parent);
    this.database = new Database(
      `${name}-database`,
      { scope, network, suffix, ...args.database },
      parent,
    );
    this.providers = { kubernetes: cluster.provider, postgresql: this.database.provider };
    this.roles = new DatabaseRoles(
      `${name}-roles`,
      { application: args.application, databaseName: this.database.databaseName },
      { parent: this, providers: this.providers },
    );
    this.identities = new SlotIdentities(
      `${name}-identities`,
      { scope, issuer: cluster.issuer, namespace: args.application, vaultId: this.vault.id },
      parent,
    );
    new Monitoring(
      `${name}-monitoring`,
      {
        scope,
        logs,
        cluster,
        gateway: this.gateway,
        vault: this.vault,
        database: this.database,
        registry: this.registry,
        identities: this.identities,
        ...args.alerts,
      },
      parent,
    );
    this.namespace = applicationNamespace(name, args, {
      parent: this,
      provider: this.providers.kubernetes,
    });
    this.environment = this.describe(args.application);
    const { database, vault } = this;
    this.connections = {
      namespace: this.namespace,
      vault: pulumi.output({ name: vault.name, uri: vault.uri }),
      database: pulumi.output({
        host: database.host,
        port: database.port,
        name: database.databaseName,
      }),
      cluster: cluster.apiServer,
    };
    this.registerOutputs({ gatewayAddress: this.gateway.address });
  }

  private describe(application: string): PlatformEnvironment {
    const { database, gateway, identities, namespace, resourceGroupName, roles, vault } = this;
    const identity = (clientId: pulumi.Output<string>) => ({ clientId });
    return {
      namespace,
      vault: { name: vault.name, tenantId: vault.tenantId, resourceGroupName },
      database: {
        host: database.host,
        port: database.port,
        name: application,
        administrator: database.administrator,
        rotatorSchema: roles.rotatorSchema,
      },
      gateway: { address: gateway.address, certificateName: GATEWAY_CERTIFICATE },
      identities: {
        blue: identity(identities.clientIds.blue),
        green: identity(identities.clientIds.green),
        proofs: identity(identities.clientIds.proofs),
      },
    };
  }

  private scope(
    name: string,
    { application, stack, location, profile, deployer, administrators }: PlatformArgs,
  ): PlatformScope {
    const naming = { application, stack };
    const tags = { application, stack, "managed-by": "pulumi" };
    const group = new resources.ResourceGroup(
      name,
      { resourceGroupName: resourceName("resourceGroup", naming), location, tags },
      { parent: this },
    );
    const { objectId, tenantId } = authorization.getClientConfigOutput({ parent: this });
    return {
      naming,
      profile,
      location,
      tags,
      deployer: { objectId, tenantId, type: deployer.type, ranges: deployer.ranges },
      administrators,
      resourceGroupName: group.name,
      resourceGroupId: group.id,
    };
  }
}
