import { ArmError } from "../arm/armError";
import { contains } from "../arm/access";
import { textAt } from "../arm/plain";
import type { Put } from "../arm/resourceType";
import { ROLES, roleGuid } from "../arm/roles";
import { isGuid, demand, resourceType } from "../arm/common";

/** How long a new principal may be unknown to those who look it up. */
const REPLICATION_MS = 60_000;

const roleAssignment = resourceType({
  token: "azure-native:authorization:RoleAssignment",
  armType: "Microsoft.Authorization/roleAssignments",
  apiVersion: "2022-04-01",
  path: "/{scope}/providers/Microsoft.Authorization/roleAssignments/{roleAssignmentName}",
  autoName: "uuid",
  names: {},
  replaceOn: ["principalId", "scope"],
  put(put) {
    const { cloud, inputs, echo, name, previous } = put;
    demand(
      isGuid(name),
      "InvalidRoleAssignmentId",
      `The role assignment ID '${name}' is not valid. The role assignment ID must be a GUID.`,
    );
    requireScope(put);
    const role = textAt(inputs, "roleDefinitionId");
    demand(
      /\/providers\/Microsoft\.Authorization\/roleDefinitions\/[^/]+$/i.test(role) &&
        ROLES[roleGuid(role)] !== undefined,
      "RoleDefinitionDoesNotExist",
      `The specified role definition with ID '${role.split("/").at(-1)}' does not exist.`,
    );
    requirePrincipal(put);
    requireSameKey(put);
    const now = new Date().toISOString();
    const { objectId } = cloud.deployer;
    return {
      ...echo,
      principalType: echo["principalType"] ?? "ServicePrincipal",
      createdOn: previous?.outputs["createdOn"] ?? now,
      updatedOn: now,
      createdBy: objectId,
      updatedBy: objectId,
    };
  },
  // pulumi-azure-native issues 4528, 4597 and 4802: its own Read of them, which has been put right twice.
  gone: (name) =>
    `Status=404 Code="RoleAssignmentNotFound" Message="The role assignment '${name}' is not found."`,
});

/** A scope below an existing resource may name what is not there yet, such as a secret. */
function requireScope({ cloud, inputs }: Put): void {
  const scope = textAt(inputs, "scope");
  const subscription = `/subscriptions/${cloud.subscriptionId}`;
  const secret = /^(.*\/vaults\/[^/]+)\/secrets\/[0-9a-zA-Z-]{1,127}$/i.exec(scope);
  const target = secret?.[1] ?? scope;
  if (target.toLowerCase() !== subscription && !cloud.resources.find(target)) {
    throw new ArmError(
      404,
      "ResourceNotFound",
      `The resource '${target}' of the scope of a role assignment was not found.`,
    );
  }
  demand(contains(subscription, scope), "InvalidScope", `The scope '${scope}' is not valid.`);
}

function requirePrincipal({ cloud, inputs, previous }: Put): void {
  const principalId = textAt(inputs, "principalId");
  const principal = cloud.directory.find(principalId);
  const type = textAt(inputs, "principalType");
  const replicated =
    previous !== undefined ||
    type !== "" ||
    principal === cloud.deployer ||
    Date.now() - (principal?.createdAt ?? 0) > REPLICATION_MS;
  demand(
    principal !== undefined && replicated,
    "PrincipalNotFound",
    `Principal ${principalId.replaceAll("-", "")} does not exist in the directory ${cloud.tenantId}. ` +
      "Check that you have the correct principal ID. If you are creating this principal and then " +
      "immediately assigning a role, this error might be related to a replication delay. In this " +
      "case, set the role assignment principalType property to a value, such as ServicePrincipal, " +
      "User, or Group.",
  );
  demand(
    type === "" || type === "ServicePrincipal",
    "UnmatchedPrincipalType",
    // Azure misspells the property.
    `The PrincipalId '${principalId}' has type 'ServicePrincipal' , which is different from ` +
      `specified PrinciaplType '${type}'.`,
  );
}

function requireSameKey({ cloud, id, inputs, previous }: Put): void {
  const keyOf = (of: typeof inputs) =>
    [textAt(of, "scope"), textAt(of, "principalId"), roleGuid(textAt(of, "roleDefinitionId"))]
      .join("|")
      .toLowerCase();
  demand(
    previous === undefined || keyOf(previous.inputs) === keyOf(inputs),
    "RoleAssignmentUpdateNotPermitted",
    "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.",
  );
  const same = cloud.resources
    .all(roleAssignment.armType)
    .find(
      (other) =>
        other.id.toLowerCase() !== id.toLowerCase() && keyOf(other.inputs) === keyOf(inputs),
    );
  if (same) {
    throw new ArmError(409, "RoleAssignmentExists", "The role assignment already exists.");
  }
}

export const authorizationTypes = [roleAssignment];
