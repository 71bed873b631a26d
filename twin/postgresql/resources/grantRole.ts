import { step, type Database } from "./connection";
import { identifier } from "./quoting";
import type { ResourceData } from "./resourceData";
import type { ResourceType } from "./resourceType";
import type { Fields } from "./schema";

const fields: Fields = {
  grantRole: {
    type: "string",
    required: true,
    forceNew: true,
    description: "The name of the role that is granted to role",
  },
  role: {
    type: "string",
    required: true,
    forceNew: true,
    description: "The name of the role to grant grant_role",
  },
  withAdminOption: { type: "bool", default: false, forceNew: true },
};

/** The membership of one role in another. */
export const grantRole: ResourceType = {
  fields,

  async create(database, data) {
    await database.transaction(async (query) => {
      await step("could not execute revoke query", query(revoke(data)));
      await step("could not execute grant query", query(grant(data)));
    });
    data.id = idOf(data);
    await read(database, data);
  },

  read,

  async delete(database, data) {
    await database.transaction(async (query) => {
      await step("could not execute revoke query", query(revoke(data)));
    });
  },
};

function revoke(data: ResourceData): string {
  return `REVOKE ${identifier(data.string("grantRole"))} FROM ${identifier(data.string("role"))}`;
}

function grant(data: ResourceData): string {
  const option = data.bool("withAdminOption") ? " WITH ADMIN OPTION" : "";
  return `GRANT ${identifier(data.string("grantRole"))} TO ${identifier(data.string("role"))}${option}`;
}

/**
 * Reads the first membership that the catalogue holds; there are several when several roles granted
 * it, as with a role and its creator since PostgreSQL 16.
 */
async function read(database: Database, data: ResourceData): Promise<void> {
  const [row] = await database.session((query) =>
    step(
      "error reading grant role",
      query<{ role: string; grant_role: string; admin_option: boolean }>(
        "SELECT pg_get_userbyid(member) AS role, pg_get_userbyid(roleid) AS grant_role, " +
          "admin_option FROM pg_auth_members " +
          "WHERE pg_get_userbyid(member) = $1 AND pg_get_userbyid(roleid) = $2",
        [data.string("role"), data.string("grantRole")],
      ),
    ),
  );
  data.id = "";
  if (row) {
    data.record({
      role: row.role,
      grantRole: row.grant_role,
      withAdminOption: row.admin_option,
    });
    data.id = idOf(data);
  }
}

function idOf(data: ResourceData): string {
  return [data.string("role"), data.string("grantRole"), data.bool("withAdminOption")].join("_");
}
