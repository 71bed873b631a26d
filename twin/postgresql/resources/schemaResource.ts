import { ProviderError } from "../../plugin/provider";
import { step, type Database, type Query } from "./connection";
import { identifier } from "./quoting";
import type { ResourceData } from "./resourceData";
import { grantsOf, setPolicies } from "./schemaPolicies";
import { databaseExists, databaseOwner, schemaExists, withRolesGranted } from "./roles";
import type { ResourceType } from "./resourceType";
import type { Fields } from "./schema";

const fields: Fields = {
  database: { type: "string", computed: true, forceNew: true },
  dropCascade: { type: "bool", default: false },
  ifNotExists: { type: "bool", default: true },
  name: { type: "string" },
  owner: { type: "string", computed: true },
  policies: {
    type: "set",
    upstream: "policy",
    computed: true,
    elements: {
      create: { type: "bool", default: false },
      createWithGrant: { type: "bool", default: false },
      role: { type: "string", default: "" },
      usage: { type: "bool", default: false },
      usageWithGrant: { type: "bool", default: false },
    },
  },
};

/** A schema of a database. */
export const schemaResource: ResourceType = {
  fields,

  async create(database, data) {
    const target = targetOf(database, data);
    await target.transaction(async (query) => {
      const owners = [await databaseOwner(query, target.name), data.string("owner")];
      const roles = [...new Set(owners.filter((owner) => owner !== ""))];
      await withRolesGranted(query, roles, () => createSchema(query, data));
    });
    data.id = idOf(target, data);
    await read(database, data);
  },

  async update(database, data) {
    const target = targetOf(database, data);
    await target.transaction(async (query) => {
      if (data.isChanged("name")) {
        const [from, to] = [data.oldString("name"), data.string("name")];
        await step(
          "error updating schema NAME",
          query(`ALTER SCHEMA ${identifier(from)} RENAME TO ${identifier(to)}`),
        );
        data.id = idOf(target, data);
      }
      await setOwner(query, data);
      await setPolicies(query, data);
    });
    await read(database, data);
  },

  read,

  async delete(database, data) {
    const name = data.string("name");
    await targetOf(database, data).transaction(async (query) => {
      if (!(await schemaExists(query, name))) {
        return;
      }
      await withRolesGranted(query, [data.string("owner")], async () => {
        const mode = data.bool("dropCascade") ? "CASCADE" : "RESTRICT";
        await step("error deleting schema", query(`DROP SCHEMA ${identifier(name)} ${mode}`));
      });
    });
  },
};

function targetOf(database: Database, data: ResourceData): Database {
  return database.other(data.string("database"));
}

/** A schema that is there already is taken over, whatever `ifNotExists` says. */
async function createSchema(query: Query, data: ResourceData): Promise<void> {
  const name = data.string("name");
  const owner = data.string("owner");
  const exists = await schemaExists(query, name);
  if (exists) {
    await setOwner(query, data);
  }
  const ifNotExists = data.bool("ifNotExists") ? "IF NOT EXISTS " : "";
  const authorization = owner === "" ? "" : ` AUTHORIZATION ${identifier(owner)}`;
  const statements = [
    ...(exists ? [] : [`CREATE SCHEMA ${ifNotExists}${identifier(name)}${authorization}`]),
    ...grantsOf(data),
  ];
  for (const statement of statements) {
    await step(`error creating schema ${name}`, query(statement));
  }
}

async function setOwner(query: Query, data: ResourceData): Promise<void> {
  if (!data.isChanged("owner")) {
    return;
  }
  const owner = data.string("owner");
  if (owner === "") {
    throw new ProviderError("error setting schema owner to an empty string");
  }
  await step(
    "error updating schema OWNER",
    query(`ALTER SCHEMA ${identifier(data.string("name"))} OWNER TO ${identifier(owner)}`),
  );
}

async function read(database: Database, data: ResourceData): Promise<void> {
  const target = targetOf(database, data);
  const exists = await database.session((query) => databaseExists(query, target.name));
  const [row] = exists
    ? await target.session((query) =>
        step(
          "error reading schema",
          query<{ owner: string }>(
            "SELECT pg_catalog.pg_get_userbyid(n.nspowner) AS owner " +
              "FROM pg_catalog.pg_namespace n WHERE n.nspname = $1",
            [data.string("name")],
          ),
        ),
      )
    : [];
  data.id = row ? idOf(target, data) : "";
  if (row) {
    // The policies are those of the plan: what others granted is not looked at.
    data.record({ database: target.name, owner: row.owner });
  }
}

function idOf(target: Database, data: ResourceData): string {
  return `${target.name}.${data.string("name")}`;
}
