import assert from "node:assert";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import pg from "pg";
import { type Adopted, madeBy } from "../../../components/plan";
import { askAdoption } from "../../../components/platform/adoptionFacts";
import { adoptionProblems, adoptionWarnings } from "../../../components/platform/adoptionProblems";
import { LEGACY, legacySteps } from "../../../rehearsal/rig/legacyDatabase";
import { type PostgresServer, startDatabaseServer } from "../../../twin/postgresql/server";
import { createAuthority } from "../../../twin/world/certificates";
import { addresses, TestJournal } from "../../support/loopback";
import { ADOPTED as ANY } from "../../support/adopted";
import { says } from "../../support/says";

const ADMINISTRATOR = "rotation_admin";
const PASSWORD = "administrator-password";
const STACK = "organization/rotation/prod";
const LOGIN = `"${LEGACY.role}"`;
const DATABASE = `"${LEGACY.database}"`;

const ADOPTED: Adopted = { ...ANY, statementTimeout: LEGACY.statementTimeout };

/** Who does what a text says, and where. */
interface By {
  readonly as?: string;
  readonly database?: string;
}

describe("a login and a database to take over, on a real server", function () {
  this.timeout(120_000);
  const trusted = getCACertificates("default");
  let directory: string;
  let journal: TestJournal;
  let server: PostgresServer;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "adoption-"));
    journal = new TestJournal();
    const authority = await createAuthority(directory);
    setDefaultCACertificates([...trusted, authority.certificate]);
    server = await startDatabaseServer(
      { directory, addresses, authority, journal: journal.journal },
      {
        ...{ name: "psql", version: "18", maxConnections: 50 },
        administrator: ADMINISTRATOR,
        password: PASSWORD,
      },
    );
    for (const { database, statement } of legacySteps(ADMINISTRATOR, PASSWORD)) {
      await sql(statement, { database });
    }
  });
  after(async () => {
    await server?.stop();
    setDefaultCACertificates(trusted);
    await journal.close();
    await rm(directory, { recursive: true });
  });

  /** Statements, one after another, in a session of their own; as superuser unless somebody is named. */
  async function sql(statements: string, { as, database = "postgres" }: By = {}): Promise<void> {
    const client = new pg.Client({ ...server.superuser, database });
    await client.connect();
    try {
      await client.query(
        as === undefined
          ? statements
          : `SET SESSION AUTHORIZATION ${pg.escapeIdentifier(as)}; ${statements}`,
      );
    } finally {
      await client.end();
    }
  }

  interface Look {
    readonly adopted?: Partial<Adopted>;
    readonly isFirst?: boolean;
    readonly as?: string;
  }

  async function look({ adopted = {}, isFirst = true, as = ADMINISTRATOR }: Look = {}) {
    const subject = { adopted: { ...ADOPTED, ...adopted }, application: "app", stack: STACK };
    const credential = { user: as, password: PASSWORD };
    const facts = await askAdoption({ host: server.host, port: 5432 }, credential, subject);
    return {
      problems: adoptionProblems(subject, facts, { isFirst }).map(
        ([key, text]) => `${key} ${text}`,
      ),
      warnings: adoptionWarnings(subject, facts),
    };
  }

  const problems = async (options?: Look) => (await look(options)).problems;

  /** Does what the only problem says, and finds that it helped. */
  async function helps(found: readonly string[], by: By, options: Look = {}): Promise<void> {
    assert.strictEqual(found.length, 1, found.join("\n"));
    await sql(statementIn(found[0]!), by);
    assert.deepStrictEqual(await problems(options), []);
  }

  function statementIn(text: string): string {
    const [, statement] = /`((?:ALTER|DROP|GRANT|REVOKE) [^`]*;)`/.exec(text) ?? [];
    assert.ok(statement, `no SQL in: ${text}`);
    return statement;
  }

  it("is taken as it is where nothing is in the way", async () => {
    assert.deepStrictEqual(await look(), { problems: [], warnings: [] });
  });

  it("is refused where the server has no such names, with those that it has", async () => {
    const found = await problems({
      adopted: {
        legacyRole: "shop-app.legacy",
        ownerRole: "shop-app.legacy",
        databaseName: "shop-db",
      },
    });
    assert.deepStrictEqual(found.slice(0, 2), [
      "legacyRole is shop-app.legacy, and the server has no such login. It has Shop-App.Legacy.",
      "databaseName is shop-db, and the server has no such database. It has Shop-DB, postgres.",
    ]);
    says((await problems({ adopted: { ownerRole: "nobody" } }))[0]!, "ownerRole is nobody, and");
  });

  it("is refused where it administrates the server", async () => {
    const names = { legacyRole: ADMINISTRATOR, ownerRole: ADMINISTRATOR };
    const [found] = await problems({ adopted: { ...names, statementTimeout: undefined } });
    says(
      found!,
      `legacyRole is ${ADMINISTRATOR}, an administrator of the server`,
      "a login of its own",
    );
    await sql(`GRANT azure_pg_admin TO ${LOGIN}`);
    says((await problems())[0]!, `legacyRole is ${LEGACY.role}, an administrator of the server`);
    await sql(`REVOKE azure_pg_admin FROM ${LOGIN}`);
  });

  it("is refused where it stands above others, until it does not", async () => {
    await sql(`ALTER ROLE ${LOGIN} CREATEROLE CREATEDB`);
    const found = await problems();
    says(found[0]!, "with CREATEROLE, CREATEDB");
    await helps(found, { as: ADMINISTRATOR });
  });

  it("is refused where the administrator may not alter it, naming who may help", async () => {
    await sql(`REVOKE ADMIN OPTION FOR ${LOGIN} FROM ${ADMINISTRATOR}`);
    says((await problems())[0]!, "may neither grant nor alter", "No role of the server may");
    await sql(`CREATE ROLE dba; GRANT ${LOGIN} TO dba WITH ADMIN OPTION`);
    const found = await problems();
    says(found[0]!, "As dba: `GRANT");
    await helps(found, { as: "dba" });
    await sql(`REVOKE ${LOGIN} FROM dba CASCADE; DROP ROLE dba; GRANT ${LOGIN} TO ${ADMINISTRATOR}
               WITH ADMIN OPTION, INHERIT FALSE, SET FALSE`);
  });

  it("is refused where others own what lies beside what is its own", async () => {
    await sql("CREATE ROLE other", { as: ADMINISTRATOR });
    await sql(
      `CREATE TABLE public."Audit" (id serial); CREATE VIEW "Billing.Core".v AS SELECT 1 AS one;
       CREATE FUNCTION public.f(text) RETURNS int LANGUAGE sql AS 'SELECT 1';
       CREATE TYPE public.kind AS ENUM ('a'); CREATE SCHEMA elsewhere; CREATE TABLE elsewhere.t ();
       ALTER TABLE public."Audit" OWNER TO other; ALTER VIEW "Billing.Core".v OWNER TO other;
       ALTER FUNCTION public.f OWNER TO other; ALTER TYPE public.kind OWNER TO other;`,
      { database: LEGACY.database },
    );
    const found = await problems();
    says(found[0]!, 'public."Audit" (other)', "public.f(text) (other)", "public.kind (other)");
    assert.ok(!found[0]!.includes("elsewhere"), found[0]);
    await helps(found, { as: ADMINISTRATOR, database: LEGACY.database });
    await sql("DROP ROLE other", { as: ADMINISTRATOR });
  });

  it("is refused with an owner that it may not act as, or that does not own what is its own", async () => {
    await sql('CREATE ROLE "shop owner"', { as: ADMINISTRATOR });
    const adopted = { ownerRole: "shop owner" };
    const [member, foreign] = await problems({ adopted });
    says(member!, `ownerRole is shop owner, as which ${LEGACY.role} may not act`);
    await sql(statementIn(member!), { as: ADMINISTRATOR });
    says(foreign!, `public.orders (${LEGACY.role})`);
    await sql(`GRANT CREATE ON SCHEMA public, ${LOGIN}, "Billing.Core" TO "shop owner"`, {
      as: LEGACY.role,
      database: LEGACY.database,
    });
    await helps([foreign!], { as: ADMINISTRATOR, database: LEGACY.database }, { adopted });
    await sql(`REASSIGN OWNED BY "shop owner" TO ${LOGIN}; DROP OWNED BY "shop owner"`, {
      database: LEGACY.database,
    });
    await sql('DROP ROLE "shop owner"');
    assert.deepStrictEqual(await problems(), []);
  });

  it("is refused with settings that are not configured, or that no slot can carry over", async () => {
    await sql(
      `ALTER ROLE ${LOGIN} SET search_path = "Billing.Core", "$user", Public;
       ALTER ROLE ${LOGIN} SET idle_in_transaction_session_timeout = '1min';
       ALTER ROLE ${LOGIN} IN DATABASE ${DATABASE} SET statement_timeout = 5000;
       ALTER ROLE ${LOGIN} SET work_mem = '8MB'; ALTER ROLE ${LOGIN} SET DateStyle = 'ISO, DMY';
       ALTER ROLE ${LOGIN} IN DATABASE ${DATABASE} SET work_mem = '9MB'`,
    );
    const found = await problems();
    const set = (key: string, value: string) => `\`pulumi config set rotation:${key} '${value}'\``;
    assert.deepStrictEqual(
      found.map((text) => text.split(" ")[0]),
      ["searchPath", "statementTimeout", "idleInTransactionTimeout", "legacyRole"],
    );
    says(found[0]!, "searchPath is not set", set("searchPath", "Billing.Core,$user,public"));
    says(found[1]!, "statementTimeout is 15000", set("statementTimeout", "5000"));
    says(found[2]!, set("idleInTransactionTimeout", "60000"));
    says(found[3]!, "cannot carry over: DateStyle, work_mem", `as its owner, ${LEGACY.role}`);
    const adopted = {
      searchPath: ["Billing.Core", "$user", "public"],
      statementTimeout: 5_000,
      idleInTransactionTimeout: 60_000,
    };
    await helps(found.slice(3), { as: LEGACY.role }, { adopted });

    await sql(
      `ALTER ROLE ${LOGIN} RESET ALL; ALTER ROLE ${LOGIN} IN DATABASE ${DATABASE} RESET ALL;
       ALTER ROLE ${LOGIN} SET statement_timeout = 0; ALTER ROLE ${LOGIN} SET search_path = ''`,
    );
    const gone = await problems({ adopted: { ...adopted, searchPath: undefined } });
    says(gone[0]!, "idleInTransactionTimeout is 60000", "`pulumi config rm rotation:idle");
    says(gone[1]!, "cannot carry over: search_path, statement_timeout");
    const none = { statementTimeout: undefined };
    await helps(gone.slice(1), { as: LEGACY.role }, { adopted: none });

    await sql(
      `ALTER DATABASE ${DATABASE} RESET ALL; ALTER ROLE ${LOGIN} SET role = 'azure_pg_admin'`,
    );
    says((await problems({ adopted: none }))[0]!, "rotation:ownerRole 'azure_pg_admin'");
    await sql(`ALTER ROLE ${LOGIN} RESET ALL; ALTER ROLE ${LOGIN} SET statement_timeout = '15s'`);
  });

  it("is refused where the administrator may not enter the database, or make a schema for the proofs", async () => {
    await sql(`REVOKE CONNECT ON DATABASE ${DATABASE} FROM PUBLIC`, { as: LEGACY.role });
    const found = await problems();
    says(found[0]!, `databaseName is ${LEGACY.database}, which the administrator`);
    await helps(found, { as: LEGACY.role });
    await sql(`GRANT CONNECT ON DATABASE ${DATABASE} TO PUBLIC;
               REVOKE CONNECT ON DATABASE ${DATABASE} FROM ${ADMINISTRATOR}`);

    await sql("ALTER DATABASE postgres OWNER TO azuresu");
    const closed = await problems();
    says(closed[0]!, "databaseServerId has a database postgres in which its administrator");
    await helps(closed, {});
    await sql(`REVOKE CREATE ON DATABASE postgres FROM ${ADMINISTRATOR};
               ALTER DATABASE postgres OWNER TO azure_pg_admin`);
  });

  describe("with names that are taken", () => {
    const made = (stack: string) =>
      `CREATE ROLE app_blue; CREATE ROLE app_rotator; CREATE SCHEMA app_rotation;
       CREATE FUNCTION app_rotation.count_sessions(text) RETURNS bigint LANGUAGE plpgsql AS '
-- ${madeBy(stack)}
BEGIN RETURN 1; END';`;

    it("is refused for another stack's, until they are gone", async () => {
      await sql(made("organization/rotation/prod2"), { as: ADMINISTRATOR });
      const found = await problems();
      says(found[0]!, "application is app, and the server has roles app_blue, app_rotator");
      says(found[0]!, "a schema app_rotation in the database postgres");
      await helps(found, { as: ADMINISTRATOR });
      await sql("CREATE SCHEMA app_rotation", { as: ADMINISTRATOR });
      assert.deepStrictEqual(await problems(), []);
      await sql("CREATE ROLE app_green", { as: ADMINISTRATOR });
      await helps(await problems(), { as: ADMINISTRATOR });
    });

    it("goes on with its own, after a first run that stopped halfway and after any that completed", async () => {
      await sql(made(STACK), { as: ADMINISTRATOR });
      assert.deepStrictEqual(await problems(), []);
      await sql("DROP SCHEMA app_rotation CASCADE", { as: ADMINISTRATOR });
      assert.deepStrictEqual(await problems({ isFirst: false }), []);
      assert.strictEqual((await problems()).length, 1);
      await sql("DROP ROLE app_blue, app_rotator", { as: ADMINISTRATOR });
    });

    it("is refused for another administrator, until the one who made them lets both", async () => {
      await sql(made(STACK), { as: ADMINISTRATOR });
      await sql(
        `CREATE ROLE second LOGIN CREATEROLE PASSWORD '${PASSWORD}' IN ROLE azure_pg_admin`,
      );
      const options = { as: "second", isFirst: false };
      const found = await problems(options);
      says(found[0]!, `legacyRole is ${LEGACY.role}, which the administrator second may neither`);
      says(found[1]!, "databaseServerId has another administrator than the one that made app_blue");
      says(found[1]!, `As ${ADMINISTRATOR}: \`GRANT`);
      await helps(found.slice(1), { as: ADMINISTRATOR }, options);
      await sql("ALTER ROLE app_blue NOLOGIN", { as: "second" });
      await sql(
        `REVOKE app_blue, app_rotator, ${LOGIN} FROM azure_pg_admin;
         DROP SCHEMA app_rotation CASCADE; DROP ROLE app_blue, app_rotator`,
        { as: ADMINISTRATOR },
      );
      await sql("DROP ROLE second");
    });
  });

  it("is told with what people should know, and not refused for it", async () => {
    await server.configure("max_prepared_transactions", "5");
    await server.restart();
    await sql(`CREATE ROLE reports IN ROLE ${LOGIN}`, { as: ADMINISTRATOR });
    await sql(
      `CREATE FUNCTION public.told() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
       ALTER FUNCTION public.told OWNER TO ${LOGIN};
       CREATE EVENT TRIGGER told ON ddl_command_end EXECUTE FUNCTION public.told()`,
      { database: LEGACY.database },
    );
    await sql("BEGIN; CREATE TABLE prepared (); PREPARE TRANSACTION 'left'", {
      as: LEGACY.role,
      database: LEGACY.database,
    });
    const person = new pg.Client({
      ...server.superuser,
      user: LEGACY.role,
      password: PASSWORD,
      database: LEGACY.database,
      application_name: "psql",
    });
    await person.connect();
    const found = await look();
    await person.end();
    assert.deepStrictEqual(found.problems, []);
    says(found.warnings[0]!, `The login ${LEGACY.role} has other members, which go on: reports.`);
    says(
      found.warnings[1]!,
      `The login ${LEGACY.role} has sessions now: 1 of `,
      "a login of their own",
    );
    says(found.warnings[2]!, "has prepared transactions: left");
    says(found.warnings[3]!, "has event triggers, which run for the slots, too: told");
  });
});
