import * as authorization from "@pulumi/azure-native/authorization";
import * as resources from "@pulumi/azure-native/resources";
import * as kubernetes from "@pulumi/kubernetes";
import * as postgresql from "@pulumi/postgresql";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { Cluster } from "./cluster";
import { Database } from "./database";
import { DatabaseRoles } from "./databaseRoles";
import { Gateway } from "./gateway";
import type { KubeLogin } from "./kubeconfig";
import { resourceName, SUFFIX_LENGTH } from "./names";
import { Network } from "./network";
import type { DeployerType, PlatformScope } from "./scope";
import { SlotIdentities } from "./slotIdentities";
import { Vault } from "./vault";

export interface PlatformArgs {
  /** Short name of the application; also the namespace, the database and the prefix of roles. */
  readonly application: string;
  readonly stack: string;
  /** Azure region. */
  readonly location: string;
  readonly deployerType: DeployerType;
  readonly cluster: {
    readonly nodeSize: string;
    readonly nodeCount: number;
    readonly kubeLogin: KubeLogin;
  };
  readonly database: { readonly version: string; readonly size: string; readonly tier: string };
}

/**
 * What changes rarely: network, gateway, cluster, vault, database and identities.
 *
 * When the counter grows nothing in here has an operation.
 */
export class Platform extends pulumi.ComponentResource {
  readonly gateway: Gateway;
  readonly vault: Vault;
  readonly database: Database;
  readonly roles: DatabaseRoles;
  readonly identities: SlotIdentities;
  /** Namespace of the application, with the restricted Pod Security profile. */
  readonly namespace: pulumi.Output<string>;
  readonly resourceGroupName: pulumi.Output<string>;
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

    const network = new Network(`${name}-network`, { scope }, parent);
    this.gateway = new Gateway(
      `${name}-gateway`,
      { scope, subnetId: network.gatewaySubnetId },
      parent,
    );
    const cluster = new Cluster(
      `${name}-cluster`,
      {
        scope,
        nodesSubnetId: network.nodesSubnetId,
        gatewaySubnetId: network.gatewaySubnetId,
        gatewayId: this.gateway.id,
        ...args.cluster,
      },
      parent,
    );
    this.vault = new Vault(`${name}-vault`, { scope, suffix }, parent);
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
      {
        scope,
        issuer: cluster.issuer,
        namespace: args.application,
        vaultId: this.vault.id,
      },
      parent,
    );
    this.namespace = this.makeNamespace(name, args.application);
    this.registerOutputs({ gatewayAddress: this.gateway.address });
  }

  private scope(
    name: string,
    { application, stack, location, deployerType }: PlatformArgs,
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
      location,
      tags,
      deployer: { objectId, tenantId, type: deployerType },
      resourceGroupName: group.name,
      resourceGroupId: group.id,
    };
  }

  private makeNamespace(name: string, application: string): pulumi.Output<string> {
    return new kubernetes.core.v1.Namespace(
      `${name}-namespace`,
      {
        metadata: {
          name: application,
          labels: { "pod-security.kubernetes.io/enforce": "restricted" },
        },
      },
      { parent: this, provider: this.providers.kubernetes },
    ).metadata.name;
  }
}
