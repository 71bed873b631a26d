import * as authorization from "@pulumi/azure-native/authorization";
import * as pulumi from "@pulumi/pulumi";
import { type AzureRole, AZURE_ROLES } from "./azureRoles";

export interface RoleAssignmentArgs {
  readonly role: AzureRole;
  readonly principalId: pulumi.Input<string>;
  /** Azure compares it, and does not look a new identity up when it is told. */
  readonly principalType: authorization.PrincipalType;
  /** Resource id of what the role is granted on. */
  readonly scope: pulumi.Input<string>;
}

/** Grants a built-in role on exactly one scope. */
export function roleAssignment(
  name: string,
  args: RoleAssignmentArgs,
  opts: pulumi.CustomResourceOptions,
): authorization.RoleAssignment {
  return new authorization.RoleAssignment(
    name,
    {
      principalId: args.principalId,
      principalType: args.principalType,
      scope: args.scope,
      roleDefinitionId: `/providers/Microsoft.Authorization/roleDefinitions/${AZURE_ROLES[args.role]}`,
    },
    opts,
  );
}
