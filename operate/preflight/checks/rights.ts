import { answersOf } from "../answers";
import { allows, neededActions, type Permission, shortScope } from "../actions";
import { type Asking, type Check, grantCommand, READER } from "../asking";
import { type Finding, ok, unasked, wrong } from "../finding";
import { textAt } from "../planned";

const GRANT = "Microsoft.Authorization/roleAssignments/write";

/** Assigns roles, and does nothing else. */
const GRANTER = "Role Based Access Control Administrator";

/** Most that a finding names of what is not allowed. */
const MOST_NAMED = 3;

interface Assignment {
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
  // Rights may have been given on the group, once it is there.
  const isMade = planned.isMade(planned.one("resources:ResourceGroup"));
  const ours = isMade ? planned.group : planned.subscription;
  for (const { action, on } of neededActions(planned)) {
    const isOurs =
      on === planned.subscription ||
      `${on}/`.toLowerCase().startsWith(`${planned.group.toLowerCase()}/`);
    const scope = isOurs ? ours : on;
    scopes.set(scope, (scopes.get(scope) ?? new Set()).add(action));
  }
  return scopes;
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
        ...roles.map((role) => grantCommand(login, role, scope)),
      ),
    ];
  }
  if (actions.includes(GRANT) && (await isConditional(scope, asking))) {
    const list = `az role assignment list --assignee ${login.objectId} --scope ${scope} --include-inherited --include-groups --query "[?condition]"`;
    const why = "roles may only be assigned under a condition, which this check cannot evaluate";
    return [unasked(what, why, list)];
  }
  return [ok(what, `all ${actions.length} actions of \`pulumi up\` are allowed`)];
}

/** Whether every role that lets somebody assign roles has a condition on that. */
async function isConditional(scope: string, { arm, login }: Asking): Promise<boolean> {
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
  return (
    granting.length > 0 &&
    granting.every(({ properties }) => textAt(properties, "condition") !== "")
  );
}
