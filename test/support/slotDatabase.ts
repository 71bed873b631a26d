import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { createAuthority } from "../../twin/world/certificates";
import { startDatabaseServer, type PostgresServer } from "../../twin/postgresql/server";
import type { World } from "../../twin/world/world";
import { addresses, loopbackAddress, TestJournal } from "./loopback";

export type Role = "app_blue" | "app_green" | "app_rotator";
const ADMINISTRATOR = "pgadmin";
const ROLES: readonly Role[] = ["app_blue", "app_green", "app_rotator"];

/**
 * A real server with the roles of an application, as the platform makes them: everything is
 * granted to a group, the slots' roles have nothing of their own. Not a proof of the platform.
 */
export class SlotDatabase {
  private constructor(
    readonly world: World,
    /** Where a wire to the server may be laid: its certificate is good for this address too. */
    readonly wireAddress: string,
    private readonly journal: TestJournal,
    private readonly server: PostgresServer,
    /** Who made the slots' roles: no superuser, a member of them. */
    readonly administrator: { readonly user: string; readonly password: string },
    private readonly passwords: Readonly<Record<Role, string>>,
  ) {}

  static async start({ loginSeconds }: { loginSeconds?: number } = {}): Promise<SlotDatabase> {
    const directory = await mkdtemp(join(tmpdir(), "slot-database-"));
    const journal = new TestJournal();
    const authority = await createAuthority(directory);
    const wireAddress = loopbackAddress();
    const world: World = {
      directory,
      addresses,
      authority: {
        ...authority,
        issue: (names) => authority.issue([...names, wireAddress]),
      },
      journal: journal.journal,
    };
    const administratorPassword = randomBytes(24).toString("base64url");
    const server = await startDatabaseServer(world, {
      name: "psql",
      version: "18",
      administrator: ADMINISTRATOR,
      password: administratorPassword,
      maxConnections: 50,
      ...(loginSeconds !== undefined && { loginSeconds }),
    });
    await server.createDatabase("app");
    const [blue, green, rotator] = ROLES.map(() => randomBytes(24).toString("base64url"));
    const passwords = { app_blue: blue!, app_green: green!, app_rotator: rotator! };
    const administrator = { user: ADMINISTRATOR, password: administratorPassword };
    const database = new SlotDatabase(
      world,
      wireAddress,
      journal,
      server,
      administrator,
      passwords,
    );
    await database.sql(roleModel(passwords));
    await Promise.all(ROLES.map((role) => writeFile(database.passwordFile(role), passwords[role])));
    return database;
  }

  /** What a pod is told about the server. */
  get environment(): Record<string, string> {
    return {
      PGHOST: this.server.host,
      PGPORT: "5432",
      PGDATABASE: "app",
      NODE_EXTRA_CA_CERTS: this.world.authority.file,
    };
  }

  /** What a proof is told that asks the rotator. */
  get rotatorEnvironment(): Record<string, string> {
    return {
      ...this.environment,
      ROTATOR_USER: "app_rotator",
      ROTATOR_PASSWORD_FILE: this.passwordFile("app_rotator"),
      ROTATOR_SCHEMA: "app_rotation",
    };
  }

  get secrets(): readonly string[] {
    return Object.values(this.passwords);
  }

  get accessRules(): string {
    return join(this.world.directory, "postgres-psql", "pg_hba.conf");
  }

  /** Of the process that takes logins. */
  async pid(): Promise<number> {
    const file = join(this.world.directory, "postgres-psql", "postmaster.pid");
    return parseInt(await readFile(file, "utf8"));
  }

  passwordFile(role: Role): string {
    return join(this.world.directory, role);
  }

  /** A file with what is no role's password. */
  async wrongPasswordFile(): Promise<string> {
    const file = join(this.world.directory, "wrong");
    await writeFile(file, "wrong");
    return file;
  }

  /** Runs statements as superuser; the rows of a single one come back. */
  async sql<Row extends object>(statements: string, name = "app"): Promise<Row[]> {
    const client = new pg.Client({ ...this.server.superuser, database: name });
    await client.connect();
    try {
      return (await client.query<Row>(statements)).rows;
    } finally {
      await client.end();
    }
  }

  /** Gives a role the password again that its file holds. */
  async restorePassword(role: Role): Promise<void> {
    await this.sql(
      `set log_statement = 'none'; alter role ${role} password '${this.passwords[role]}'`,
    );
  }

  async sessions(role: Role): Promise<number> {
    const [row] = await this.sql<{ count: number }>(
      `select count(*)::int from pg_stat_activity where usename = '${role}'`,
    );
    return row?.count ?? 0;
  }

  /** A session as somebody who logged in earlier would hold it. */
  async session(role: Role): Promise<pg.Client> {
    const client = new pg.Client({
      ...this.server.superuser,
      user: role,
      password: this.passwords[role],
      database: "app",
    });
    client.on("error", () => undefined);
    await client.connect();
    return client;
  }

  /** A login that has begun, and ends when its holder wants: the server has looked the password up. */
  async heldLogin(
    role: Role,
    password: string,
  ): Promise<{ readonly finish: () => Promise<pg.Client> }> {
    const begun = Promise.withResolvers<void>();
    const finish = Promise.withResolvers<string>();
    const client = new pg.Client({
      ...this.server.superuser,
      user: role,
      password: () => {
        begun.resolve();
        return finish.promise;
      },
      database: "app",
    });
    client.on("error", () => undefined);
    const connected = client.connect();
    await Promise.race([begun.promise, connected]);
    return {
      finish: async () => {
        finish.resolve(password);
        await connected;
        return client;
      },
    };
  }

  /** Sets what the server reads when it starts, and starts it again. */
  async restartWith(name: string, value: string): Promise<void> {
    await this.server.configure(name, value);
    await this.server.restart();
  }

  async stop(): Promise<void> {
    await this.server.stop();
    await this.journal.close();
    await rm(this.world.directory, { recursive: true });
  }
}

function roleModel(passwords: Readonly<Record<Role, string>>): string {
  return `
    set log_statement = 'none';
    create role app_owner;
    create role app_rw;
    create role app_blue login connection limit 20 in role app_rw password '${passwords.app_blue}';
    create role app_green login connection limit 20 in role app_rw password '${passwords.app_green}';
    create role app_rotator login password '${passwords.app_rotator}';

    grant app_blue, app_green to ${ADMINISTRATOR} with admin option;

    create schema app authorization app_owner;
    grant usage on schema app to app_rw;
    alter default privileges for role app_owner in schema app
      grant select, insert, update, delete on tables to app_rw;
    alter default privileges for role app_owner in schema app
      grant usage, select, update on sequences to app_rw;
    set role app_owner;
    create table app.items (id bigint generated by default as identity, name text, price int);
    create view app.names as select name from app.items;
    create function app.double(integer) returns integer language sql return $1 * 2;
    reset role;

    create schema app_rotation;
    grant usage on schema app_rotation to app_rotator;
    create function app_rotation.count_sessions(slot_role text) returns bigint
      language sql security definer set search_path = pg_catalog as $$
        select count(*) from pg_stat_activity where usename = slot_role $$;
    create function app_rotation.end_sessions(slot_role text) returns bigint
      language sql security definer set search_path = pg_catalog as $$
        select count(*) filter (where pg_terminate_backend(pid))
          from pg_stat_activity where usename = slot_role $$;
    revoke execute on all functions in schema app_rotation from public;
    grant execute on all functions in schema app_rotation to app_rotator;`;
}
