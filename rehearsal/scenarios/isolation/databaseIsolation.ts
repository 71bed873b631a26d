import assert from "node:assert";
import { otherSlot, type SlotName } from "../../../components";
import { APPLICATION, NAMES } from "../../rig/stackFile";
import { asRole, refusalOf, type RoleEnding } from "./asRole";
import type { ScenarioStack } from "../stack/scenarioStack";

/** What PostgreSQL calls a privilege that somebody does not have. */
const INSUFFICIENT = "42501";
/** What the rotator's functions answer to a role that is not a slot's. */
const NOT_A_SLOT = "22023";

/** A table of the owner's, as a migration makes it. */
const TABLE = `${APPLICATION}.isolation_probe`;

/** Asserts what each role of the application cannot do in the database. */
export async function assertDatabaseIsolation(stack: ScenarioStack): Promise<void> {
  await stack.sql(`SET ROLE ${NAMES.owner}; CREATE TABLE ${TABLE} (id int)`);
  try {
    const administrator = await administratorOf(stack);
    for (const slot of ["blue", "green"] as const) {
      await assertSlot(stack, slot, administrator);
    }
    await assertRotator(stack, administrator);
    await assertNoGrantTookEffect(stack);
    await assertNowhereElse(stack);
  } finally {
    await stack.sql(`DROP TABLE ${TABLE}`);
  }
}

/** A slot's role works with the data, and has no way to the other slot, to more, or to others. */
async function assertSlot(
  stack: ScenarioStack,
  slot: SlotName,
  administrator: string,
): Promise<void> {
  const other = otherSlot(slot);
  await asRole(stack.rig, other, async (victim) => {
    const pid = await pidOf(victim);
    await assertRefusals(stack, slot, {
      [`INSERT INTO ${TABLE} VALUES (1)`]: "",
      [`SELECT * FROM ${TABLE}`]: "",
      "CREATE TEMPORARY TABLE mine (id int)": "",
      [`SELECT pg_terminate_backend(${pid})`]: INSUFFICIENT,
      [`SELECT pg_cancel_backend(${pid})`]: INSUFFICIENT,
      ...refused(
        `ALTER ROLE ${NAMES.slot(other).role} PASSWORD 'known'`,
        `ALTER ROLE ${NAMES.slot(other).role} NOLOGIN`,
        `ALTER ROLE ${NAMES.slot(other).role} CONNECTION LIMIT 0`,
        `ALTER ROLE ${NAMES.slot(slot).role} CONNECTION LIMIT -1`,
        `ALTER ROLE ${NAMES.slot(slot).role} CREATEROLE`,
        `DROP ROLE ${NAMES.slot(other).role}`,
        `REVOKE ${NAMES.readWrite} FROM ${NAMES.slot(other).role}`,
        `SELECT ${NAMES.rotatorSchema}.end_sessions('${NAMES.slot(other).role}')`,
        `GRANT ${NAMES.owner} TO ${NAMES.slot(slot).role}`,
        `GRANT ${NAMES.readWrite} TO ${NAMES.rotator}`,
        ...become(["owner", "migrator", other, "rotator"], administrator),
        ...makeSomething(),
        `ALTER TABLE ${TABLE} ADD COLUMN more int`,
        `DROP TABLE ${TABLE}`,
        `TRUNCATE ${TABLE}`,
        "SET log_statement = 'none'",
        "COPY (SELECT 1) TO PROGRAM 'true'",
        "SELECT pg_read_file('pg_hba.conf')",
        "SELECT rolpassword FROM pg_authid",
      ),
    });
    // It is alive and well.
    assert.strictEqual(await pidOf(victim), pid);
  });
  // PostgreSQL warns and grants nothing when one has some privilege but may not pass it on.
  await asRole(stack.rig, slot, async (client) => {
    await client.query(`GRANT SELECT ON ${TABLE} TO PUBLIC`);
    await client.query(`GRANT CREATE ON SCHEMA ${APPLICATION} TO ${NAMES.slot(slot).role}`);
  });
}

/** The rotator counts and ends sessions of the slots, and that is all. */
async function assertRotator(stack: ScenarioStack, administrator: string): Promise<void> {
  const { rig } = stack;
  const schema = NAMES.rotatorSchema;
  const strangers = [
    ...["owner", "rw", "rotator"].map((ending) => `${APPLICATION}_${ending}`),
    administrator,
    "public",
  ];
  await asRole(rig, "blue", async (victim) => {
    const pid = await pidOf(victim);
    await assertRefusals(stack, "rotator", {
      [`SELECT ${schema}.count_sessions('${NAMES.slot("blue").role}')`]: "",
      ...Object.fromEntries(
        strangers.flatMap((role) =>
          ["count_sessions", "end_sessions"].map((name) => [
            `SELECT ${schema}.${name}('${role}')`,
            NOT_A_SLOT,
          ]),
        ),
      ),
      ...refused(
        `SELECT * FROM ${TABLE}`,
        `INSERT INTO ${TABLE} VALUES (1)`,
        `SELECT pg_terminate_backend(${pid})`,
        `ALTER ROLE ${NAMES.slot("blue").role} PASSWORD 'known'`,
        `ALTER ROLE ${NAMES.slot("blue").role} NOLOGIN`,
        `CREATE OR REPLACE FUNCTION ${schema}.end_sessions(slot_role text) RETURNS bigint ` +
          "LANGUAGE sql AS 'SELECT 1'",
        `CREATE TABLE ${schema}.mine (id int)`,
        ...become(["owner", "migrator", "rw", "blue", "green"], administrator),
        "CREATE TEMPORARY TABLE mine (id int)",
        ...makeSomething(),
      ),
    });
  });
  const callable = await asRole(rig, "rotator", async (client) => {
    const { rows } = await client.query<{ name: string }>(
      `SELECT p.oid::regprocedure::text AS name
         FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname NOT IN ('pg_catalog', 'information_schema')
          AND has_schema_privilege(n.oid, 'USAGE') AND has_function_privilege(p.oid, 'EXECUTE')
        ORDER BY 1`,
    );
    return rows.map(({ name }) => name);
  });
  assert.deepStrictEqual(callable, [
    `${schema}.count_sessions(text)`,
    `${schema}.end_sessions(text)`,
  ]);
}

/** The database of templates has nothing, and everybody may look at it. */
const OPEN = new Set(["template1"]);

/** No credential of the application is of use in another database of the server. */
async function assertNowhereElse(stack: ScenarioStack): Promise<void> {
  const rows = await stack.sql(
    "SELECT datname FROM pg_database WHERE datallowconn AND datname <> current_database()",
  );
  const others = rows.map(({ datname }) => String(datname)).filter((name) => !OPEN.has(name));
  assert.ok(others.includes("postgres"));
  for (const ending of ["blue", "green", "rotator"] as const) {
    for (const database of others) {
      await assert.rejects(
        asRole(stack.rig, ending, () => Promise.resolve(), database),
        { code: INSUFFICIENT },
        `${APPLICATION}_${ending} in the database ${database}`,
      );
    }
  }
}

/** Runs each statement by itself, and compares how the server took it. */
async function assertRefusals(
  { rig }: ScenarioStack,
  ending: RoleEnding,
  expected: Readonly<Record<string, string>>,
): Promise<void> {
  const found = await asRole(rig, ending, async (client) => {
    const states: Record<string, string> = {};
    for (const statement of Object.keys(expected)) {
      states[statement] = await refusalOf(client, statement);
    }
    return states;
  });
  assert.deepStrictEqual(found, expected, `as ${APPLICATION}_${ending}`);
}

async function assertNoGrantTookEffect(stack: ScenarioStack): Promise<void> {
  const [found] = await stack.sql(
    `SELECT has_table_privilege('${NAMES.rotator}', '${TABLE}', 'SELECT') AS read,
            has_schema_privilege('${NAMES.slot("blue").role}', '${APPLICATION}', 'CREATE') AS blue,
            has_schema_privilege('${NAMES.slot("green").role}', '${APPLICATION}', 'CREATE') AS green`,
  );
  assert.deepStrictEqual(found, { read: false, blue: false, green: false });
}

function refused(...statements: readonly string[]): Record<string, string> {
  return Object.fromEntries(statements.map((statement) => [statement, INSUFFICIENT]));
}

function become(endings: readonly string[], administrator: string): string[] {
  return [
    ...endings.map((ending) => `SET ROLE ${APPLICATION}_${ending}`),
    `SET ROLE ${administrator}`,
    `SET SESSION AUTHORIZATION ${administrator}`,
  ];
}

function makeSomething(): string[] {
  return [
    `CREATE TABLE ${APPLICATION}.mine (id int)`,
    "CREATE TABLE public.mine (id int)",
    "CREATE SCHEMA mine",
    "CREATE ROLE mine LOGIN",
    "CREATE EXTENSION dblink",
  ];
}

async function pidOf(client: Parameters<Parameters<typeof asRole>[2]>[0]): Promise<number> {
  const { rows } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
  return rows[0]!.pid;
}

/** Who owns the application's database is who the provider connects as. */
async function administratorOf(stack: ScenarioStack): Promise<string> {
  const [row] = await stack.sql(
    "SELECT datdba::regrole::text AS name FROM pg_database WHERE datname = current_database()",
  );
  return String(row?.["name"]);
}
