import { textAt } from "./plain";
import type { ArmResource } from "./resourceType";
import { roleAllows } from "./roles";

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
