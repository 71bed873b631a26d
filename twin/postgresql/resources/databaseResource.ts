import type { Properties } from "../../plugin/provider";
import { step, type Database, type Query } from "./connection";
import { identifier, literal } from "./quoting";
import type { ResourceData } from "./resourceData";
import { databaseOwner, grantMembership, lockRole, revokeMembership } from "./roles";
import type { ResourceType } from "./resourceType";
import type { Fields } from "./schema";

const fields: Fields = {
  allowConnections: { type: "bool", default: true },
  alterObjectOwnership: { type: "bool", default: false },
  connectionLimit: { type: "int", default: -1, atLeast: -1 },
  encoding: { type: "string", computed: true, forceNew: true },
  isTemplate: { type: "bool", computed: true },
  lcCollate: { type: "string", computed: true, forceNew: true },
  lcCtype: { type: "string", computed: true, forceNew: true },
  name: { type: "string" },
  owner: { type: "string", computed: true },
  tablespaceName: { type: "string", computed: true },
  template: { type: "string", computed: true, forceNew: true },
};

/** A database of the server. */
export const databaseResource: ResourceType = {
  fields,

  async create(database, data) {
    const name = data.string("name");
    await asOwner(database, data.string("owner"), (query) =>
      step(
        `error creating database ${JSON.stringify(name)}`,
        query(createStatement(data, database)),
      ),
    );
    data.id = name;
    await read(database, data);
  },

  async update(database, data) {
    await rename(database, data);
    await reassign(database, data);
    await setOwner(database, data);
    await setOptions(database, data);
    await read(database, data);
  },

  read,

  async delete(database, data) {
    const name = data.string("name");
    await asOwner(database, data.string("owner"), async (query) => {
      if (data.bool("isTemplate")) {
        await step(
          "error updating database IS_TEMPLATE during DROP DATABASE",
          query(`ALTER DATABASE ${identifier(name)} IS_TEMPLATE false`),
        );
      }
      await step(
        "error blocking connections to database",
        query(`ALTER DATABASE ${identifier(name)} ALLOW_CONNECTIONS false`),
      );
      await step(
        "error terminating database connections",
        query(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity " +
            `WHERE datname = ${literal(name)} AND pid <> pg_backend_pid()`,
        ),
      );
      await step(
        "error dropping database",
        query(`DROP DATABASE ${identifier(name)} WITH ( FORCE )`),
      );
    });
  },
};

/** CREATE DATABASE allows no transaction: a second connection holds the lock meanwhile. */
async function asOwner(
  database: Database,
  owner: string,
  work: (query: Query) => Promise<unknown>,
): Promise<void> {
  if (owner === "") {
    await database.session(work);
    return;
  }
  await database.transaction(async (lock) => {
    await lockRole(lock, database.user);
    await database.session(async (query) => {
      const granted = await grantMembership(query, owner, database.user);
      try {
        await work(query);
      } finally {
        if (granted) {
          await revokeMembership(query, owner, database.user);
        }
      }
    });
  });
}

function createStatement(data: ResourceData, database: Database): string {
  const option = (property: string, keyword: string, fallback: string, quote = identifier) => {
    const value = data.string(property);
    const written = value.toUpperCase() === "DEFAULT" ? "DEFAULT" : quote(value);
    return value === "" ? fallback : ` ${keyword} ${written}`;
  };
  return (
    `CREATE DATABASE ${identifier(data.string("name"))}` +
    ` OWNER ${identifier(data.string("owner") || database.user)}` +
    option("template", "TEMPLATE", " TEMPLATE template0") +
    option("encoding", "ENCODING", " ENCODING 'UTF8'", literal) +
    option("lcCollate", "LC_COLLATE", "", literal) +
    option("lcCtype", "LC_CTYPE", "", literal) +
    option("tablespaceName", "TABLESPACE", "") +
    ` ALLOW_CONNECTIONS ${data.bool("allowConnections")}` +
    ` CONNECTION LIMIT ${data.int("connectionLimit")}` +
    ` IS_TEMPLATE ${data.bool("isTemplate")}`
  );
}

async function rename(database: Database, data: ResourceData): Promise<void> {
  if (data.isChanged("name")) {
    const [from, to] = [data.oldString("name"), data.string("name")];
    await database.session((query) =>
      step(
        "error updating database name",
        query(`ALTER DATABASE ${identifier(from)} RENAME TO ${identifier(to)}`),
      ),
    );
    data.id = to;
  }
}

/** Gives the objects of the old owner to the new one, when that is wanted. */
async function reassign(database: Database, data: ResourceData): Promise<void> {
  const owner = data.string("owner");
  const isDue = data.isChanged("owner") || data.isChanged("alterObjectOwnership");
  if (!isDue || owner === "" || !data.bool("alterObjectOwnership")) {
    return;
  }
  await database.other(data.string("name")).transaction(async (query) => {
    await lockRole(query, database.user);
    const current = await databaseOwner(query, data.string("name"));
    if (current === owner) {
      return;
    }
    const granted = await grantMembership(query, current, database.user);
    await step(
      `error reassigning objects owned by '${current}'`,
      query(`REASSIGN OWNED BY ${identifier(current)} TO ${identifier(owner)}`),
    );
    if (granted) {
      await revokeMembership(query, current, database.user);
    }
  });
}

async function setOwner(database: Database, data: ResourceData): Promise<void> {
  const owner = data.string("owner");
  if (data.isChanged("owner") && owner !== "") {
    await asOwner(database, owner, (query) =>
      step(
        "error updating database OWNER",
        query(`ALTER DATABASE ${identifier(data.string("name"))} OWNER TO ${identifier(owner)}`),
      ),
    );
  }
}

async function setOptions(database: Database, data: ResourceData): Promise<void> {
  const tablespace = data.string("tablespaceName");
  const isDefault = tablespace === "" || tablespace.toUpperCase() === "DEFAULT";
  const options = [
    [
      "tablespaceName",
      "TABLESPACE",
      isDefault ? "RESET TABLESPACE" : `SET TABLESPACE ${identifier(tablespace)}`,
    ],
    ["connectionLimit", "CONNECTION LIMIT", `CONNECTION LIMIT = ${data.int("connectionLimit")}`],
    ["allowConnections", "ALLOW_CONNECTIONS", `ALLOW_CONNECTIONS ${data.bool("allowConnections")}`],
    ["isTemplate", "IS_TEMPLATE", `IS_TEMPLATE ${data.bool("isTemplate")}`],
  ] as const;
  await database.session(async (query) => {
    for (const [property, name, change] of options) {
      if (data.isChanged(property)) {
        await step(
          `error updating database ${name}`,
          query(`ALTER DATABASE ${identifier(data.string("name"))} ${change}`),
        );
      }
    }
  });
}

const READ = `SELECT d.datname AS name, pg_catalog.pg_get_userbyid(d.datdba) AS owner,
    pg_catalog.pg_encoding_to_char(d.encoding) AS encoding, d.datcollate AS "lcCollate",
    d.datctype AS "lcCtype", ts.spcname AS "tablespaceName",
    d.datconnlimit AS "connectionLimit", d.datallowconn AS "allowConnections",
    d.datistemplate AS "isTemplate"
  FROM pg_catalog.pg_database AS d, pg_catalog.pg_tablespace AS ts
  WHERE d.datname = $1 AND d.dattablespace = ts.oid`;

async function read(database: Database, data: ResourceData): Promise<void> {
  const [row] = await database.session((query) =>
    step("error reading database", query<Properties>(READ, [data.id])),
  );
  if (row) {
    data.record({ ...row, template: data.string("template") || "template0" });
  } else {
    data.id = "";
  }
}
