import { type Condition, parseCondition, type Verdict } from "../../../azure/conditions";
import { type AccessRow, grantCondition } from "../../../components";
import { answersOf } from "../answers";
import { allows, holderOf, neededActions, type Permission, shortScope } from "../actions";
import { type Asking, type Check, grantCommand, READER } from "../asking";
import { type Finding, ok, unasked, wrong } from "../finding";
import { type Planned, type PlannedResource, textAt } from "../planned";

const ASSIGNMENTS = "Microsoft.Authorization/roleAssignments";
const GRANT = `${ASSIGNMENTS}/write`;

/** Assigns roles, and does nothing else. */
const GRANTER = "Role Based Access Control Administrator";

/** Most that a finding names of what is not allowed. */
const MOST_NAMED = 3;

interface Assignment {
  readonly id: string;
  readonly properties: {
    readonly roleDefinitionId: string;
    readonly condition?: string | null;
  };
}

/** What whoever runs `pulumi up` may do, for every kind of resource and wherever it lies. */
export const rights: Check = {
  what: "rights of whoever is logged in",
  role: READER,
  async ask(asking) {
    const findings = [...scopesOf(asking)].map(([scope, actions]) => {
      const ask = () => rightsAt(scope, [...actions].sort(), asking);
      return answersOf({ what: `rights on ${shortScope(scope)}`, role: READER, ask }, asking);
    });
    return (await Promise.all(findings)).flat();
  },
};

/** The actions by where they have to be allowed: in the subscription, and beyond the stack's group. */
function scopesOf({ planned }: Asking): ReadonlyMap<string, ReadonlySet<string>> {
  const scopes = new Map<string, Set<string>>();
  for (const { action, on } of neededActions(planned)) {
    const scope = scopeOf(on, planned);
    scopes.set(scope, (scopes.get(scope) ?? new Set()).add(action));
  }
  return scopes;
}

/** Where rights on something are asked for. */
function scopeOf(on: string, planned: Planned): string {
  const isOurs =
    on === planned.subscription ||
    `${on}/`.toLowerCase().startsWith(`${planned.group.toLowerCase()}/`);
  // Rights may have been given on the group, once it is there.
  const isMade = planned.isMade(planned.one("resources:ResourceGroup"));
  return isOurs ? (isMade ? planned.group : planned.subscription) : on;
}

async function rightsAt(
  scope: string,
  actions: readonly string[],
  asking: Asking,
): Promise<Finding[]> {
  const { arm, login } = asking;
  const what = `rights on ${shortScope(scope)}`;
  const path = `${scope}/providers/Microsoft.Authorization/permissions`;
  const permissions = await arm.list<Permission>(path, "2022-04-01");
  const lacking = actions.filter((action) => !allows(permissions, action));
  if (lacking.length > 0) {
    const more = lacking.length - MOST_NAMED;
    const named = lacking.slice(0, MOST_NAMED).join(", ");
    const others = lacking.filter((action) => !action.startsWith("Microsoft.Authorization/"));
    const roles = [
      ...(others.length > 0 ? ["Contributor"] : []),
      ...(others.length < lacking.length ? [GRANTER] : []),
    ];
    return [
      wrong(
        what,
        `${lacking.length} of ${actions.length} actions are not allowed: ${named}` +
          (more > 0 ? ` and ${more} more` : ""),
        ...roles.map((role) =>
          role === GRANTER
            ? grantCommand(login, role, scope, conditionFor(plannedAt(scope, asking), asking))
            : grantCommand(login, role, scope),
        ),
      ),
    ];
  }
  const granted = `all ${actions.length} actions of \`pulumi up\` are allowed`;
  return actions.includes(GRANT)
    ? [await assigningAt(scope, granted, asking)]
    : [ok(what, granted)];
}

/** Whether the conditions on the right to assign roles let the program assign what it assigns. */
async function assigningAt(scope: string, granted: string, asking: Asking): Promise<Finding> {
  const what = `rights on ${shortScope(scope)}`;
  const { login } = asking;
  const granting = await grantingAt(scope, asking);
  if (granting.some(({ properties }) => textAt(properties, "condition") === "")) {
    return ok(what, `${granted}, and any role may be assigned: nothing limits it to the program's`);
  }
  const rows = plannedAt(scope, asking);
  const list = `az role assignment list --assignee ${login.objectId} --scope ${scope} --include-inherited --include-groups --query "[?condition]"`;
  const conditions: Condition[] = [];
  const unread: string[] = [];
  for (const { properties } of granting) {
    try {
      conditions.push(parseCondition(textAt(properties, "condition")));
    } catch (error) {
      unread.push((error as SyntaxError).message);
    }
  }
  const verdicts = rows.map((row) => [row.name, judge(row, conditions, login.objectId)] as const);
  const refused = verdicts.filter(([, verdict]) => verdict === false).map(([name]) => name);
  if (unread.length === 0 && refused.length > 0) {
    return wrong(
      what,
      `the condition on assigning roles refuses ${refused.join(", ")} of the access table`,
      list,
      ...granting.map(({ id }) => `az role assignment delete --ids ${id}`),
      grantCommand(login, GRANTER, scope, conditionFor(rows, asking)),
    );
  }
  if (verdicts.some(([, verdict]) => verdict !== true)) {
    const why = unread[0] ?? "a condition on assigning roles asks for what is not known before";
    return unasked(what, `${why}, so nothing here can judge it`, list);
  }
  return ok(what, `${granted}, and the condition on assigning roles allows what it assigns`);
}

/** What `pulumi up` may not do under any of the conditions, or may; undefined: nobody knows yet. */
function judge(
  { inputs }: PlannedResource,
  conditions: readonly Condition[],
  deployerId: string,
): Verdict {
  // Identities that are not made yet have no object id to ask for.
  const isOwn = inputs["principalId"] === deployerId;
  const attributes: Readonly<Record<string, string | undefined>> = {
    roledefinitionid: textAt(inputs, "roleDefinitionId"),
    principaltype: textAt(inputs, "principalType"),
    principalid: isOwn ? deployerId : undefined,
  };
  const may = (verb: "write" | "delete"): Verdict => {
    const source = verb === "write" ? "request" : "resource";
    const verdicts = conditions.map((condition) =>
      condition({
        action: `${ASSIGNMENTS}/${verb}`,
        attribute(asked, name) {
          const value = attributes[name.replace(`${ASSIGNMENTS.toLowerCase()}:`, "")];
          return asked === source && value !== undefined ? [value] : undefined;
        },
      }),
    );
    return verdicts.includes(true) ? true : verdicts.includes(undefined) ? undefined : false;
  };
  const both = [may("write"), may("delete")];
  return both.includes(false) ? false : both.includes(undefined) ? undefined : true;
}

/** The assignments that the program makes on what is at a scope. */
function plannedAt(scope: string, { planned }: Asking): PlannedResource[] {
  return planned
    .all("authorization:RoleAssignment")
    .filter((each) => scopeOf(holderOf(each.id), planned) === scope);
}

function conditionFor(rows: readonly PlannedResource[], { login }: Asking): string {
  return grantCondition(
    rows.map(({ name }) => name as AccessRow),
    login.objectId,
  );
}

/** Assignments of roles that let whoever is logged in assign roles. */
async function grantingAt(scope: string, { arm, login }: Asking): Promise<Assignment[]> {
  const path = `${scope}/providers/Microsoft.Authorization/roleAssignments`;
  const filter = { $filter: `assignedTo('${login.objectId}')` };
  const assignments = await arm.list<Assignment>(path, "2022-04-01", filter);
  const granting: Assignment[] = [];
  for (const assignment of assignments) {
    const role = await arm.get(assignment.properties.roleDefinitionId, "2022-04-01");
    const { permissions = [] } = role["properties"] as { permissions?: readonly Permission[] };
    if (allows(permissions, GRANT)) {
      granting.push(assignment);
    }
  }
  return granting;
}
