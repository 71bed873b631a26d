import type * as pulumi from "@pulumi/pulumi";
import type { Profile } from "./profiles";

/** What runs `pulumi up`: a person or a pipeline. */
export type DeployerType = "User" | "ServicePrincipal";

export const DEPLOYER_TYPES: readonly DeployerType[] = ["ServicePrincipal", "User"];

/** Where platform resources are made, how they are named and how much of each there is. */
export interface PlatformScope {
  readonly naming: { readonly application: string; readonly stack: string };
  readonly profile: Profile;
  readonly resourceGroupName: pulumi.Input<string>;
  readonly resourceGroupId: pulumi.Input<string>;
  readonly location: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Who runs `pulumi up`. */
  readonly deployer: {
    readonly objectId: pulumi.Input<string>;
    /** Object id of whoever previews it, where that is somebody else. */
    readonly previewId?: string | undefined;
    readonly tenantId: pulumi.Input<string>;
    readonly type: DeployerType;
    /** Public ranges `pulumi up` comes from; empty where everything is private. */
    readonly ranges: readonly string[];
  };
  /** Age, in seconds, at which a role assignment works. */
  readonly grantSeconds: number;
  /** Entra group of the people who administer cluster and database. */
  readonly administrators: { readonly groupId: string; readonly groupName: string };
}

/** What a resource is named after, and where it is made. */
export type ResourceScope = Pick<
  PlatformScope,
  "naming" | "resourceGroupName" | "location" | "tags"
>;

/** The arguments that every regional resource has. */
export function shared({ resourceGroupName, location, tags }: Omit<ResourceScope, "naming">) {
  return { resourceGroupName, location, tags };
}
