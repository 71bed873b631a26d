import type * as pulumi from "@pulumi/pulumi";

/** What runs `pulumi up`: a person or a pipeline. */
export type DeployerType = "User" | "ServicePrincipal";

export const DEPLOYER_TYPES: readonly DeployerType[] = ["ServicePrincipal", "User"];

/** Where platform resources are made and how they are named. */
export interface PlatformScope {
  readonly naming: { readonly application: string; readonly stack: string };
  readonly resourceGroupName: pulumi.Input<string>;
  readonly resourceGroupId: pulumi.Input<string>;
  readonly location: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Who runs `pulumi up`. */
  readonly deployer: {
    readonly objectId: pulumi.Input<string>;
    readonly tenantId: pulumi.Input<string>;
    readonly type: DeployerType;
  };
}

/** The arguments that every regional resource has. */
export function shared({ resourceGroupName, location, tags }: PlatformScope) {
  return { resourceGroupName, location, tags };
}
