/** The policies of a schema, which are deprecated: `Grant` says the same. */
import type { Properties } from "../../plugin/provider";
import { equal } from "../../plugin/values";
import { step, type Query } from "./connection";
import { identifier } from "./quoting";
import type { ResourceData } from "./resourceData";
import { roleExists, withRolesGranted } from "./roles";

/** What one role may do: false, true, or hand on too. */
interface Policy {
  readonly role: string;
  readonly CREATE: boolean | "WITH GRANT OPTION";
  readonly USAGE: boolean | "WITH GRANT OPTION";
}

const PRIVILEGES = ["CREATE", "USAGE"] as const;

/** For a new schema: several policies of a role, whatever its case, are one. */
export function grantsOf(data: ResourceData): string[] {
  const policies = new Map<string, Policy>();
  for (const policy of data.objects("policies").map(policyOf)) {
    const before = policies.get(keyOf(policy));
    policies.set(keyOf(policy), before ? merged(before, policy) : policy);
  }
  return [...policies.values()].flatMap((policy) => grants(data, policy));
}

/** What is gone is revoked, as far as its role is still there; what changed is revoked and granted. */
export async function setPolicies(query: Query, data: ResourceData): Promise<void> {
  if (!data.isChanged("policies")) {
    return;
  }
  const old = byRole(data.oldObjects("policies"));
  const planned = byRole(data.objects("policies"));
  const dropped: string[] = [];
  for (const [role, policy] of old) {
    const isThere = policy.role === "" || (await roleExists(query, policy.role));
    if (!planned.has(role) && isThere) {
      dropped.push(...revokes(data, policy));
    }
  }
  const added = [...planned].filter(([role]) => !old.has(role));
  const updated = [...planned].flatMap(([role, policy]) => {
    const before = old.get(role);
    return before && !equal({ ...before }, { ...policy })
      ? [...revokes(data, before), ...grants(data, policy)]
      : [];
  });
  const statements = [
    ...dropped,
    ...added.flatMap(([, policy]) => grants(data, policy)),
    ...updated,
  ];
  const owner = data.string("owner");
  await withRolesGranted(query, owner === "" ? [] : [owner], async () => {
    for (const statement of statements) {
      await step("error updating schema DCL", query(statement));
    }
  });
}

function policyOf({ role, create, createWithGrant, usage, usageWithGrant }: Properties): Policy {
  return {
    role: typeof role === "string" ? role : "",
    CREATE: createWithGrant === true ? "WITH GRANT OPTION" : create === true,
    USAGE: usageWithGrant === true ? "WITH GRANT OPTION" : usage === true,
  };
}

function merged(one: Policy, other: Policy): Policy {
  const both = (privilege: (typeof PRIVILEGES)[number]) =>
    typeof one[privilege] === "string" ? one[privilege] : other[privilege] || one[privilege];
  return { role: one.role, CREATE: both("CREATE"), USAGE: both("USAGE") };
}

function byRole(objects: readonly Properties[]): Map<string, Policy> {
  return new Map(objects.map(policyOf).map((policy) => [keyOf(policy), policy]));
}

function keyOf({ role }: Policy): string {
  return role.toLowerCase();
}

function grants(data: ResourceData, policy: Policy): string[] {
  return PRIVILEGES.filter((privilege) => policy[privilege] !== false).map((privilege) => {
    const option = typeof policy[privilege] === "string" ? ` ${policy[privilege]}` : "";
    return `GRANT ${privilege} ON SCHEMA ${nameOf(data)} TO ${grantee(policy)}${option}`;
  });
}

/** Of a privilege that could be handed on only that is revoked: the role keeps the privilege. */
function revokes(data: ResourceData, policy: Policy): string[] {
  return PRIVILEGES.filter((privilege) => policy[privilege] !== false).map((privilege) => {
    const option = typeof policy[privilege] === "string" ? "GRANT OPTION FOR " : "";
    return `REVOKE ${option}${privilege} ON SCHEMA ${nameOf(data)} FROM ${grantee(policy)}`;
  });
}

function nameOf(data: ResourceData): string {
  return identifier(data.string("name"));
}

function grantee({ role }: Policy): string {
  return role === "" ? "PUBLIC" : identifier(role);
}
