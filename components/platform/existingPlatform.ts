import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { actionGroup } from "./actionGroup";
import type { FoundPlatform } from "./foundPlatform";
import { resourceGroup } from "./resourceGroup";
import type { PlatformScope } from "./scope";
import type { SharedPlatform } from "./sharedPlatform";

export interface ExistingPlatformArgs {
  /** What `lookUpPlatform` found. */
  readonly found: FoundPlatform;
  /** Short name of the application, e.g. `shop`: a part of Azure names. A change replaces nearly all. */
  readonly application: string;
  /** Name of the stack, e.g. `prod`: a part of Azure names. A change replaces nearly all. */
  readonly stack: string;
  /** Azure region of the application's own resources, e.g. `swedencentral`. */
  readonly location: string;
  readonly deployer: {
    /** A person or a pipeline. */
    readonly type: PlatformScope["deployer"]["type"];
    /**
     * Its object id, so that somebody else may preview.
     * @default that of whoever is logged in
     */
    readonly objectId?: string | undefined;
    /**
     * Object id of an identity that only previews.
     * @default none
     */
    readonly previewId?: string | undefined;
  };
  /** Who is notified of problems: an e-mail address such as `on-call@example.com`. */
  readonly alerts: { readonly email: string };
}

/**
 * A platform that is there, for one application: it makes nothing of it and writes nothing to it. What
 * it makes is the application's: a resource group, and whom its alerts are sent to.
 *
 * ```ts
 * const found = await lookUpPlatform(reference, needs);
 * new ExistingPlatform("platform", { found, application: "shop", stack: "prod", ...args });
 * ```
 *
 * When the counter grows nothing in here changes.
 */
export class ExistingPlatform extends pulumi.ComponentResource implements SharedPlatform {
  readonly scope: SharedPlatform["scope"];
  readonly cluster: SharedPlatform["cluster"];
  readonly vault: SharedPlatform["vault"];
  readonly databaseServer: SharedPlatform["databaseServer"];
  readonly gateway: SharedPlatform["gateway"];
  readonly watch: SharedPlatform["watch"];
  readonly registry: { readonly loginServer: string | undefined };

  constructor(name: string, args: ExistingPlatformArgs, opts?: pulumi.ComponentResourceOptions) {
    super("rotation:platform:ExistingPlatform", name, {}, opts);
    const { alerts, deployer, found } = args;
    const { cluster, databaseServer, gateway, reference, vault } = found;
    const { certificateName, vaultId, workspaceId } = reference;
    const { group, scope } = resourceGroup(name, args, { parent: this });
    this.scope = {
      ...scope,
      deployer: { ...deployer, objectId: deployer.objectId ?? found.loginId },
    };
    this.cluster = {
      issuer: cluster.issuer,
      apiServer: pulumi.output(cluster.apiServer),
      provider: new kubernetes.Provider(
        `${name}-kubernetes`,
        { kubeconfig: pulumi.secret(cluster.kubeconfig), enableServerSideApply: true },
        // The lookups have read the cluster already; what writes to it waits for what this waits for.
        pulumi.mergeOptions({ parent: this, dependsOn: group }, { dependsOn: opts?.dependsOn }),
      ),
    };
    this.vault = { ...vault, id: vaultId };
    this.databaseServer = { ...databaseServer, port: 5432 };
    this.gateway = { ...gateway, certificateName };
    const { id: actionGroupId } = actionGroup(
      `${name}-people`,
      { scope: this.scope, email: alerts.email },
      { parent: this },
    );
    this.watch = { workspaceId, actionGroupId };
    this.registry = { loginServer: found.registry };
    this.registerOutputs({ gatewayAddress: gateway.address });
  }
}
