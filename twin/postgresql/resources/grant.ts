import { ProviderError } from "../../plugin/provider";
import { step, type Database, type Query } from "./connection";
import { readGrant } from "./grantRead";
import { OUTSIDE_SCHEMAS, subjectExists } from "./grantSubject";
import { requireAllowed } from "./privileges";
import { identifier, routine } from "./quoting";
import type { ResourceData } from "./resourceData";
import { databaseOwner, lockDatabase, lockRole, withRolesGranted } from "./roles";
import type { ResourceType } from "./resourceType";
import type { Fields } from "./schema";

const OBJECT_TYPES = [
  "database",
  "function",
  "procedure",
  "routine",
  "schema",
  "sequence",
  "table",
  "foreign_data_wrapper",
  "foreign_server",
  "column",
];

const fields: Fields = {
  columns: { type: "set", forceNew: true },
  database: {
    type: "string",
    required: true,
    forceNew: true,
    description: "The database to grant privileges on for this role",
  },
  objectType: {
    type: "string",
    required: true,
    forceNew: true,
    oneOf: OBJECT_TYPES,
    description:
      "The PostgreSQL object type to grant the privileges on (one of: " +
      `${OBJECT_TYPES.join(", ")})`,
  },
  objects: { type: "set", forceNew: true },
  privileges: {
    type: "set",
    required: true,
    description: "The list of privileges to grant",
  },
  role: {
    type: "string",
    required: true,
    forceNew: true,
    description: "The name of the role to grant privileges on",
  },
  schema: { type: "string", forceNew: true },
  withGrantOption: { type: "bool", default: false, forceNew: true },
};

/** What a role may do with objects that are there. */
export const grant: ResourceType = {
  fields,
  deleteBeforeReplace: true,

  async create(database, data) {
    await apply(database, data, data.set("privileges"));
  },

  async update(database, data) {
    await apply(database, data, data.oldSet("privileges"));
  },

  async read(database, data) {
    if (await subjectExists(database, data)) {
      data.id = idOf(data);
      await readGrant(database, data);
    } else {
      data.id = "";
    }
  },

  async delete(database, data) {
    await asOwners(database, data, (query) => revoke(query, data, data.set("privileges")));
  },
};

/** Revoked and granted in one transaction, so that the role is never without its privileges. */
async function apply(database: Database, data: ResourceData, before: string[]): Promise<void> {
  requireSense(data);
  requireAllowed(data);
  await asOwners(database, data, async (query) => {
    await revoke(query, data, before);
    const privileges = data.set("privileges");
    if (privileges.length > 0) {
      await query(grantStatement(data, privileges));
    }
  });
  data.id = idOf(data);
  await readGrant(database, data);
}

function requireSense(data: ResourceData): void {
  const type = data.string("objectType");
  const [objects, columns] = [data.set("objects").length, data.set("columns").length];
  const problems: readonly (readonly [boolean, string])[] = [
    [
      data.string("schema") === "" && !OUTSIDE_SCHEMAS.includes(type),
      "parameter 'schema' is mandatory for postgresql_grant resource",
    ],
    [
      objects > 0 && (type === "database" || type === "schema"),
      "cannot specify `objects` when `object_type` is `database` or `schema`",
    ],
    [
      columns > 0 && type !== "column",
      "cannot specify `columns` when `object_type` is not `column`",
    ],
    [columns === 0 && type === "column", "must specify `columns` when `object_type` is `column`"],
    [
      data.set("privileges").length !== 1 && type === "column",
      "must specify exactly 1 `privileges` when `object_type` is `column`",
    ],
    [
      objects !== 1 && type === "column",
      "must specify exactly 1 table in the `objects` field when `object_type` is `column`",
    ],
    [
      objects !== 1 && type.startsWith("foreign_"),
      "one element must be specified in `objects` when `object_type` is " +
        "`foreign_data_wrapper` or `foreign_server`",
    ],
  ];
  const problem = problems.find(([applies]) => applies);
  if (problem) {
    throw new ProviderError(problem[1]);
  }
}

async function asOwners(
  database: Database,
  data: ResourceData,
  work: (query: Query) => Promise<void>,
): Promise<void> {
  const name = data.string("database");
  await database.other(name).transaction(async (query) => {
    await lockRole(query, data.string("role"));
    if (data.string("objectType") === "database") {
      await lockDatabase(query, name);
    }
    await withRolesGranted(query, await ownersOf(query, data), () => work(query));
  });
}

async function ownersOf(query: Query, data: ResourceData): Promise<string[]> {
  const type = data.string("objectType");
  const schema = data.string("schema");
  if (OUTSIDE_SCHEMAS.includes(type)) {
    return [];
  }
  const tables =
    type === "schema"
      ? []
      : await query<{ owner: string }>(
          "SELECT DISTINCT tableowner AS owner FROM pg_tables WHERE schemaname = $1",
          [schema],
        );
  const schemas = await query<{ owner: string }>(
    "SELECT rolname AS owner FROM pg_namespace JOIN pg_roles ON nspowner = pg_roles.oid " +
      "WHERE nspname = $1",
    [schema],
  );
  if (schemas.length === 0) {
    throw new ProviderError(`could not find schema '${schema}' while looking for owner`);
  }
  const owners: string[] = [];
  for (const owner of new Set([...tables, ...schemas].map((row) => row.owner))) {
    // The owner of schema public is whoever owns the database.
    owners.push(
      owner === "pg_database_owner" ? await databaseOwner(query, data.string("database")) : owner,
    );
  }
  return owners;
}

function grantStatement(data: ResourceData, privileges: readonly string[]): string {
  const columns =
    data.string("objectType") === "column"
      ? ` (${data.set("columns").map(identifier).join(",")})`
      : "";
  return (
    `GRANT ${privileges.join(",")}${columns} ON ${target(data)} ` +
    `TO ${identifier(data.string("role"))}` +
    (data.bool("withGrantOption") ? " WITH GRANT OPTION" : "")
  );
}

async function revoke(query: Query, data: ResourceData, before: readonly string[]): Promise<void> {
  await step("could not execute revoke query", query(revokeStatement(data, before)));
}

function revokeStatement(data: ResourceData, before: readonly string[]): string {
  const type = data.string("objectType");
  const columns = data.set("columns");
  const role = identifier(data.string("role"));
  if (type === "column") {
    return before.length === 0 || columns.length === 0
      ? "SELECT NULL"
      : `REVOKE ${before.join(",")} (${columns.map(identifier).join(",")}) ` +
          `ON ${target(data)} FROM ${role}`;
  }
  const isNamed = data.set("objects").length > 0 && !OUTSIDE_SCHEMAS.includes(type);
  // Of named objects only what was granted is taken back, so that grants on columns stay.
  const privileges = isNamed && before.length > 0 ? before.join(",") : "ALL PRIVILEGES";
  return `REVOKE ${privileges} ON ${target(data)} FROM ${role}`;
}

function target(data: ResourceData): string {
  const type = data.string("objectType");
  const schema = data.string("schema");
  const [object = ""] = data.set("objects");
  const objects = () =>
    data
      .set("objects")
      .map((name) => `${identifier(schema)}.${routine(name)}`)
      .join(",");
  switch (type) {
    case "database":
      return `DATABASE ${identifier(data.string("database"))}`;
    case "schema":
      return `SCHEMA ${identifier(schema)}`;
    case "foreign_data_wrapper":
      return `FOREIGN DATA WRAPPER ${identifier(object)}`;
    case "foreign_server":
      return `FOREIGN SERVER ${identifier(object)}`;
    case "column":
      return `TABLE ${objects()}`;
    default:
      return object === ""
        ? `ALL ${type.toUpperCase()}S IN SCHEMA ${identifier(schema)}`
        : `${type.toUpperCase()} ${objects()}`;
  }
}

function idOf(data: ResourceData): string {
  const type = data.string("objectType");
  return [
    data.string("role"),
    data.string("database"),
    ...(OUTSIDE_SCHEMAS.includes(type) ? [] : [data.string("schema")]),
    type,
    ...data.set("objects"),
    ...data.set("columns"),
  ].join("_");
}
