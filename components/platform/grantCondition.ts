import { ACCESS, AZURE_ROLES } from "./access";

/** A row of the access table. */
export type AccessRow = keyof typeof ACCESS;

/** All of them. */
export const ACCESS_ROWS = Object.keys(ACCESS) as readonly AccessRow[];

const ASSIGNMENTS = "Microsoft.Authorization/roleAssignments";

/**
 * A condition on the right to assign roles, in Azure's language, version 2.0: whoever runs `pulumi
 * up` may give the roles of these rows to identities of services, and those of its own rows to
 * itself, and nobody anything else. The same holds for taking them away.
 *
 * @param rows of the access table, at least one
 * @param deployerId object id of whoever runs `pulumi up`
 */
export function grantCondition(rows: readonly AccessRow[], deployerId: string): string {
  return [clause("write", "@Request"), clause("delete", "@Resource")].join(" AND ");

  /** Of a write the request says what is assigned, of a delete the assignment that is there. */
  function clause(verb: string, source: string): string {
    const about = (name: string) => `${source}[${ASSIGNMENTS}:${name}] ForAnyOfAnyValues:`;
    const branch = (roles: readonly string[], to: string) =>
      roles.length === 0
        ? []
        : [`(${about("RoleDefinitionId")}GuidEquals {${roles.join(", ")}} AND ${to})`];
    const allowed = [
      ...branch(
        rolesOf(rows, false),
        `${about("PrincipalType")}StringEqualsIgnoreCase {'ServicePrincipal'}`,
      ),
      ...branch(rolesOf(rows, true), `${about("PrincipalId")}GuidEquals {${deployerId}}`),
    ];
    return `(!(ActionMatches{'${ASSIGNMENTS}/${verb}'}) OR ${allowed.join(" OR ")})`;
  }
}

/** Roles of rows by GUID, of the deployer's own or of the others'. */
function rolesOf(rows: readonly AccessRow[], isOwn: boolean): string[] {
  const roles = rows
    .map((row) => ACCESS[row])
    .filter(({ principal }) => (principal === "whoever runs `pulumi up`") === isOwn)
    .map(({ role }) => AZURE_ROLES[role]);
  return [...new Set(roles)].sort();
}
