import { step, type Database, type Query } from "./connection";
import { areEqual, OBJECT_LETTERS } from "./privileges";
import type { ResourceData } from "./resourceData";
import { oidOf } from "./roles";

/** Where the access list of an object is kept that is found by its name alone. */
const SINGLE: Readonly<Record<string, { table: string; list: string; name: string }>> = {
  database: { table: "pg_database", list: "datacl", name: "datname" },
  schema: { table: "pg_namespace", list: "nspacl", name: "nspname" },
  foreign_data_wrapper: {
    table: "pg_catalog.pg_foreign_data_wrapper",
    list: "fdwacl",
    name: "fdwname",
  },
  foreign_server: { table: "pg_catalog.pg_foreign_server", list: "srvacl", name: "srvname" },
};

const OF_ROUTINES = `SELECT pg_proc.proname AS name,
    array_remove(array_agg(privilege_type), NULL) AS privileges
  FROM pg_proc JOIN pg_namespace ON pg_namespace.oid = pg_proc.pronamespace
  LEFT JOIN (
    SELECT acls.* FROM (
      SELECT proname, pronamespace, (aclexplode(proacl)).* FROM pg_proc
    ) acls WHERE grantee = $1
  ) privs USING (proname, pronamespace)
  WHERE nspname = $2 GROUP BY pg_proc.proname`;

const OF_RELATIONS = `SELECT pg_class.relname AS name,
    array_remove(array_agg(privilege_type), NULL) AS privileges
  FROM pg_class JOIN pg_namespace ON pg_namespace.oid = pg_class.relnamespace
  LEFT JOIN (
    SELECT acls.* FROM (
      SELECT relname, relnamespace, relkind, (aclexplode(relacl)).* FROM pg_class c
    ) AS acls WHERE grantee = $1
  ) privs USING (relname, relnamespace, relkind)
  WHERE nspname = $2 AND relkind = $3 GROUP BY pg_class.relname`;

const OF_COLUMNS = `SELECT attname AS name, array_agg(privilege_type) AS privileges
  FROM (
    SELECT relname, attname, (aclexplode(attacl)).*
    FROM pg_class JOIN pg_namespace ON pg_class.relnamespace = pg_namespace.oid
    JOIN pg_attribute ON pg_class.oid = attrelid
    WHERE nspname = $2 AND relname = $3 AND relkind = $4
  ) AS col_privs
  WHERE grantee = $1 AND privilege_type = $5
  GROUP BY attname, privilege_type ORDER BY attname`;

interface Granted {
  readonly name: string;
  readonly privileges: string[];
}

/** Notes privileges that are not the wanted ones, so that the next run puts them right. */
export async function readGrant(database: Database, data: ResourceData): Promise<void> {
  await database.other(data.string("database")).session(async (query) => {
    const grantee = await oidOf(query, data.string("role"));
    const type = data.string("objectType");
    if (type === "column") {
      await readColumns(query, data, grantee);
    } else if (SINGLE[type]) {
      await readSingle(query, data, grantee);
    } else {
      await readMany(query, data, grantee);
    }
  });
}

async function readSingle(query: Query, data: ResourceData, grantee: number): Promise<void> {
  const type = data.string("objectType");
  const { table, list, name } = SINGLE[type] as { table: string; list: string; name: string };
  const object = type.startsWith("foreign_") ? (data.set("objects")[0] ?? "") : data.string(type);
  const [row] = await step(
    `could not read privileges for ${type.replaceAll("_", " ")} ${object}`,
    query<{ privileges: string[] | null }>(
      `SELECT array_agg(privilege_type) AS privileges FROM (
         SELECT (aclexplode(${list})).* FROM ${table} WHERE ${name} = $1
       ) AS privileges WHERE grantee = $2`,
      [object, grantee],
    ),
  );
  const privileges = row?.privileges ?? [];
  if (!areEqual(privileges, data)) {
    data.record({ privileges });
  }
}

async function readMany(query: Query, data: ResourceData, grantee: number): Promise<void> {
  const type = data.string("objectType");
  const isRoutine = ["function", "procedure", "routine"].includes(type);
  const rows = await query<Granted>(isRoutine ? OF_ROUTINES : OF_RELATIONS, [
    grantee,
    data.string("schema"),
    ...(isRoutine ? [] : [OBJECT_LETTERS[type]]),
  ]);
  const objects = data.set("objects");
  const odd = rows.find(
    ({ name, privileges }) =>
      (objects.length === 0 || objects.includes(name)) && !areEqual(privileges, data),
  );
  if (odd) {
    data.record({ privileges: odd.privileges });
  }
}

async function readColumns(query: Query, data: ResourceData, grantee: number): Promise<void> {
  const rows = await query<Granted>(OF_COLUMNS, [
    grantee,
    data.string("schema"),
    data.set("objects")[0],
    OBJECT_LETTERS["table"],
    data.set("privileges")[0],
  ]);
  const granted = rows.map(({ name }) => name);
  const wanted = data.list("columns");
  if (wanted.some((column) => !granted.includes(column))) {
    data.record({ columns: wanted.filter((column) => granted.includes(column)) });
  }
}
