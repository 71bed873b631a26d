import { parseCondition } from "../../../azure/conditions";
import { ArmError, unauthorized } from "./armError";
import { textAt } from "./plain";
import type { ArmResource, Cloud } from "./resourceType";
import { roleAllows } from "./roles";
import type { DeployerRole, Situation } from "./situation";

/** One assignment of a role, as access decisions see it. */
export interface Assignment {
  readonly principalId: string;
  readonly roleDefinitionId: string;
  readonly scope: string;
}

export function assignmentOf(resource: ArmResource): Assignment {
  return {
    principalId: textAt(resource.inputs, "principalId"),
    roleDefinitionId: textAt(resource.inputs, "roleDefinitionId"),
    scope: textAt(resource.inputs, "scope"),
  };
}

/** Whether one of the assignments at the resource or above it allows the operation. */
export function isAllowed(
  assignments: readonly Assignment[],
  principalId: string,
  kind: "action" | "dataAction",
  operation: string,
  resource: string,
): boolean {
  return assignments.some(
    (assignment) =>
      assignment.principalId.toLowerCase() === principalId.toLowerCase() &&
      contains(assignment.scope, resource) &&
      roleAllows(assignment.roleDefinitionId, kind, operation),
  );
}

/**
 * What whoever runs `pulumi up` may do, by the roles of its own that the program did not make.
 *
 * @throws ArmError 403
 */
export function requireRight(
  { deployer, situation }: Cloud,
  action: string,
  resource: string,
  attributes?: RoleAttributes,
): void {
  if (
    isUnreadable(situation, action, resource) ||
    !mayDeploy(situation.roles, action, resource, attributes)
  ) {
    const text = unauthorized(deployer.objectId, action, resource);
    throw new ArmError(403, "AuthorizationFailed", text);
  }
}

/** Whether the situation forbids this action of reading, whatever the roles say. */
export function isUnreadable({ unreadable }: Situation, action: string, resource: string): boolean {
  return (
    action.endsWith("/read") &&
    [...unreadable].some((id) => id.toLowerCase() === resource.toLowerCase())
  );
}

/**
 * Whether one of the roles of whoever runs `pulumi up` allows an action on a resource, its condition
 * included.
 */
function mayDeploy(
  roles: readonly DeployerRole[],
  action: string,
  resource: string,
  attributes: RoleAttributes = {},
): boolean {
  return roles.some(
    ({ role, scope, condition }) =>
      contains(scope, resource) &&
      roleAllows(role, "action", action) &&
      (condition === undefined || holds(condition, action, attributes)),
  );
}

/** What a condition may ask of the assignment that is written or deleted. */
export type RoleAttributes = Readonly<
  Partial<Record<"PrincipalId" | "PrincipalType" | "RoleDefinitionId", string>>
>;

/** A condition that is not true allows nothing; of a write it sees the request, else the resource. */
function holds(condition: string, action: string, attributes: RoleAttributes): boolean {
  const values = new Map(
    Object.entries(attributes).map(([name, value]) => [
      `microsoft.authorization/roleassignments:${name}`.toLowerCase(),
      value,
    ]),
  );
  const seen = action.endsWith("/write") ? "request" : "resource";
  return (
    parseCondition(condition)({
      action,
      attribute(source, name) {
        const value = values.get(name);
        return source === seen && value !== undefined ? [value] : undefined;
      },
    }) === true
  );
}

/** Whether a scope is the resource itself or an ancestor of it. */
export function contains(scope: string, resource: string): boolean {
  const parts = segments(scope);
  const below = segments(resource);
  return parts.every((part, index) => part === below[index]);
}

function segments(id: string): string[] {
  return id
    .toLowerCase()
    .split("/")
    .filter((part) => part !== "");
}
