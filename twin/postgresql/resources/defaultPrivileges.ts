import { ProviderError } from "../../plugin/provider";
import { step, type Database, type Query } from "./connection";
import { subjectExists } from "./grantSubject";
import { areEqual, OBJECT_LETTERS, requireAllowed } from "./privileges";
import { identifier } from "./quoting";
import type { ResourceData } from "./resourceData";
import { lockRole, oidOf, PUBLIC, withRolesGranted } from "./roles";
import type { ResourceType } from "./resourceType";
import type { Fields } from "./schema";

const fields: Fields = {
  database: {
    type: "string",
    required: true,
    forceNew: true,
    description: "The database to grant default privileges for this role",
  },
  objectType: {
    type: "string",
    required: true,
    forceNew: true,
    oneOf: ["table", "sequence", "function", "routine", "type", "schema"],
    description:
      "The PostgreSQL object type to set the default privileges on (one of: table, sequence, " +
      "function, routine, type, schema)",
  },
  owner: {
    type: "string",
    required: true,
    forceNew: true,
    description: "Target role for which to alter default privileges.",
  },
  privileges: {
    type: "set",
    required: true,
    description: "The list of privileges to apply as default privileges",
  },
  role: {
    type: "string",
    required: true,
    forceNew: true,
    description: "The name of the role to which grant default privileges on",
  },
  schema: { type: "string", forceNew: true },
  withGrantOption: { type: "bool", default: false, forceNew: true },
};

/** What a role gets on everything that another role will create. */
export const defaultPrivileges: ResourceType = {
  fields,
  create: createOrUpdate,
  update: createOrUpdate,

  async read(database, data) {
    await ((await subjectExists(database, data)) ? read(database, data) : (data.id = ""));
  },

  async delete(database, data) {
    await asOwner(database, data, (query) => revoke(query, data));
  },
};

async function createOrUpdate(database: Database, data: ResourceData): Promise<void> {
  if (data.string("schema") !== "" && data.string("objectType") === "schema") {
    throw new ProviderError("cannot specify `schema` when `object_type` is `schema`");
  }
  if (data.bool("withGrantOption") && data.string("role").toLowerCase() === PUBLIC) {
    throw new ProviderError("with_grant_option cannot be true for role 'public'");
  }
  requireAllowed(data);
  await asOwner(database, data, async (query) => {
    await revoke(query, data);
    await grant(query, data);
  });
  data.id = idOf(data);
  await read(database, data);
}

/** Only a member of the owner may say what becomes of the owner's future objects. */
async function asOwner(
  database: Database,
  data: ResourceData,
  work: (query: Query) => Promise<void>,
): Promise<void> {
  const owner = data.string("owner");
  await database.other(data.string("database")).transaction(async (query) => {
    await lockRole(query, owner);
    await withRolesGranted(query, [owner], () => work(query));
  });
}

function clause(data: ResourceData): string {
  const schema = data.string("schema");
  return (
    `ALTER DEFAULT PRIVILEGES FOR ROLE ${identifier(data.string("owner"))} ` +
    (schema === "" ? "" : `IN SCHEMA ${identifier(schema)}`)
  );
}

async function revoke(query: Query, data: ResourceData): Promise<void> {
  const objects = `${data.string("objectType").toUpperCase()}S`;
  await step(
    "could not revoke default privileges",
    query(`${clause(data)} REVOKE ALL ON ${objects} FROM ${identifier(data.string("role"))}`),
  );
}

async function grant(query: Query, data: ResourceData): Promise<void> {
  const privileges = data.set("privileges");
  if (privileges.length === 0) {
    return;
  }
  const objects = `${data.string("objectType").toUpperCase()}S`;
  const option = data.bool("withGrantOption") ? " WITH GRANT OPTION" : "";
  await step(
    "could not alter default privileges",
    query(
      `${clause(data)} GRANT ${privileges.join(",")} ON ${objects} ` +
        `TO ${identifier(data.string("role"))}${option}`,
    ),
  );
}

async function read(database: Database, data: ResourceData): Promise<void> {
  const schema = data.string("schema");
  const owner = data.string("owner");
  const privileges = await database.other(data.string("database")).transaction(async (query) => {
    await lockRole(query, owner);
    const [row] = await step(
      "could not read default privileges",
      query<{ privileges: string[] | null }>(
        `SELECT array_agg(prtype) AS privileges FROM (
             SELECT defaclnamespace, (aclexplode(defaclacl)).* FROM pg_default_acl
             WHERE defaclobjtype = $2
           ) AS t (namespace, grantor_oid, grantee_oid, prtype, grantable)
           LEFT JOIN pg_namespace ON pg_namespace.oid = namespace
           WHERE grantee_oid = $1 AND pg_get_userbyid(grantor_oid) = $3
             AND CASE WHEN $4 = '' THEN namespace = 0 ELSE nspname = $4 END`,
        [
          await oidOf(query, data.string("role")),
          OBJECT_LETTERS[data.string("objectType")],
          owner,
          schema,
        ],
      ),
    );
    return row?.privileges ?? [];
  });
  if (privileges.length === 0 && data.list("privileges").length > 0) {
    data.id = "";
    return;
  }
  if (!areEqual(privileges, data)) {
    data.record({ privileges });
  }
  data.id = idOf(data);
}

function idOf(data: ResourceData): string {
  return [
    data.string("role"),
    data.string("database"),
    data.string("schema") || "noschema",
    data.string("owner"),
    data.string("objectType"),
  ].join("_");
}
