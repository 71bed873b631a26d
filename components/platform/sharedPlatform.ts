import type * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { ApiServer } from "../facts/connections";
import type { PlatformScope, ResourceScope } from "./scope";

/**
 * What an application needs of a platform. A `Platform` is one; who has a cluster already writes one
 * by hand.
 */
export interface SharedPlatform {
  /** Where the application's own Azure resources are made, how they are named, and by whom. */
  readonly scope: ResourceScope & {
    readonly deployer: Pick<PlatformScope["deployer"], "objectId" | "previewId"> &
      Partial<Pick<PlatformScope["deployer"], "type">>;
  };
  readonly cluster: {
    /** Issuer of service account tokens, e.g. `https://westeurope.oic.prod-aks.azure.com/.../`. */
    readonly issuer: pulumi.Input<string>;
    /** Acts in the cluster as whoever runs `pulumi up`. */
    readonly provider: kubernetes.Provider;
    /** What commands beside the program connect to. */
    readonly apiServer: pulumi.Output<ApiServer>;
  };
  readonly vault: {
    /** Resource id. */
    readonly id: pulumi.Input<string>;
    readonly name: pulumi.Input<string>;
    /** Address of its secrets, e.g. `https://kv-shop.vault.azure.net/`. */
    readonly uri: pulumi.Input<string>;
    readonly tenantId: pulumi.Input<string>;
    readonly resourceGroupName: pulumi.Input<string>;
    /**
     * The vault, with which all secrets in it go.
     * @default nobody's to delete: an application's secrets are deleted, one by one
     */
    readonly resource?: pulumi.Resource;
  };
  readonly databaseServer: {
    readonly name: pulumi.Input<string>;
    readonly resourceGroupName: pulumi.Input<string>;
    /** Host name, e.g. `psql-shop.postgres.database.azure.com`. */
    readonly host: pulumi.Input<string>;
    readonly port: number;
    /** Login of the administrator, who may create databases and roles. */
    readonly administrator: string;
    /** The administrator's password; secret. */
    readonly password: pulumi.Input<string>;
    /**
     * The server, with which all that is inside of it goes.
     * @default nobody's to delete: what an application has inside of it is dropped, one by one
     */
    readonly resource?: pulumi.Resource;
    /**
     * What has to be there before anybody connects.
     * @default nothing: the server can be reached already
     */
    readonly reachable?: pulumi.Resource;
  };
  readonly gateway: {
    /** Public IP address. */
    readonly address: pulumi.Input<string>;
    /** Name that the gateway has for the certificate of all hosts. */
    readonly certificateName: string;
  };
  readonly watch: {
    /** Resource id of the workspace that the cluster, the vault and the server send their logs to. */
    readonly workspaceId: pulumi.Input<string>;
    /** Resource id of the action group that is notified. */
    readonly actionGroupId: pulumi.Input<string>;
    /**
     * Name of the Event Grid topic of the vault's events.
     * @default none: nobody of the application is told of them
     */
    readonly eventTopicName?: pulumi.Input<string>;
  };
}
