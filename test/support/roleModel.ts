import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import * as postgresql from "@pulumi/postgresql";
import pg from "pg";
import { AdoptedRoles } from "../../components/application/adoptedRoles";
import { DatabaseRoles } from "../../components/application/databaseRoles";
import { Rotation } from "../../components/rotation/rotation";
import {
  type ActAs,
  type Adopted,
  type Plan,
  SERVER_DATABASE,
  transition,
} from "../../components/plan";
import { legacySteps } from "../../rehearsal/rig/legacyDatabase";
import { CommitFaults } from "../../twin/faults";
import { PostgresqlProvider } from "../../twin/postgresql/provider";
import type { CreateCall, Properties, Provider } from "../../twin/plugin/provider";
import { RandomProvider } from "../../twin/random/provider";
import { equal, plain } from "../../twin/plugin/values";
import type { SelfGrant } from "./azurePostgres";
import { EngineStack } from "./engine";
import { startDatabaseServer, type PostgresServer } from "../../twin/postgresql/server";
import { createAuthority } from "../../twin/world/certificates";
import { addresses, TestJournal } from "./loopback";
import { rotationArgs, rotationEnvironment } from "./rotationEnvironment";

export type ModelRole = "app_blue" | "app_green" | "app_migrator" | "app_rotator";

const FIRST: Plan = { counter: 1, live: 1, retired: -1 };
const DATABASE = "app";
const ADMINISTRATOR = "rotation_admin";
const ADMINISTRATOR_PASSWORD = randomBytes(24).toString("base64url");
const LEGACY_PASSWORD = randomBytes(24).toString("base64url");
const PORT = 5432;

interface RoleModelOptions {
  readonly actAs?: ActAs;
  /** What the slots take over, which is there before the first run. */
  readonly adopted?: Adopted;
  readonly beforeRuns?: (model: RoleModel) => Promise<void>;
  readonly first?: Plan;
}

/**
 * The database roles of the program on a real server, made by the real components under the real
 * engine. Vault and cluster accept whatever they are told; they show nothing here.
 */
export class RoleModel {
  private readonly sessions: pg.Client[] = [];

  private constructor(
    private readonly server: PostgresServer,
    /** File with the certificate of the authority that the server's is of. */
    private readonly authority: string,
    private readonly release: () => Promise<void>,
    private readonly stack: EngineStack,
    /** Clear text by vault secret. */
    private readonly vault: ReadonlyMap<string, string>,
    /** Which answers of the database get lost. */
    readonly commits: CommitFaults,
    /** As whom the slots' sessions act from the next run on. */
    public actAs: ActAs | undefined,
    /** What the slots take over. */
    private readonly adopted: Adopted | undefined,
  ) {}

  static async start(
    selfGrant: SelfGrant = "",
    { actAs, adopted, beforeRuns, first }: RoleModelOptions = {},
  ): Promise<RoleModel> {
    const directory = await mkdtemp(join(tmpdir(), "role-model-"));
    const journal = new TestJournal();
    const authority = await createAuthority(directory);
    // The program verifies the server, in this process, as the provider does.
    const trusted = getCACertificates("default");
    setDefaultCACertificates([...trusted, authority.certificate]);
    const server = await startDatabaseServer(
      { directory, addresses, authority, journal: journal.journal },
      {
        ...{ name: "psql", version: "18", maxConnections: 50 },
        administrator: ADMINISTRATOR,
        password: ADMINISTRATOR_PASSWORD,
      },
    );
    if (adopted === undefined) {
      await server.createDatabase(DATABASE);
    }
    const release = async () => {
      await server.stop();
      setDefaultCACertificates(trusted);
      await journal.close();
      await rm(directory, { recursive: true });
    };
    const vault = new Map<string, string>();
    const commits = new CommitFaults();
    const stack = await EngineStack.start([
      {
        name: "postgresql",
        version: "3.18.1",
        create: () => new PostgresqlProvider(() => commits.take()),
      },
      { name: "random", version: "4.21.2", create: () => new RandomProvider() },
      { name: "azure-native", version: "3.28.0", create: () => vaultProvider(vault) },
      {
        name: "kubernetes",
        version: "4.34.2",
        create: () => accepting(({ inputs }) => inputs),
      },
    ]);
    const model = new RoleModel(
      server,
      authority.file,
      release,
      stack,
      vault,
      commits,
      actAs,
      adopted,
    );
    await model.ask(
      `ALTER ROLE ${ADMINISTRATOR} SET createrole_self_grant = '${selfGrant}'`,
      SERVER_DATABASE,
    );
    if (adopted !== undefined) {
      await model.makeLegacy();
    }
    await beforeRuns?.(model);
    await model.up(first);
    return model;
  }

  /**
   * Runs the program; returns what the engine had to do.
   *
   * @param completed the plan of the run before; undefined when this is the first one
   */
  up(plan: Plan = FIRST, completed?: Plan): Promise<string[]> {
    return this.stack.up(() => {
      const { host } = this.server;
      const provider = new postgresql.Provider("server", {
        host,
        port: PORT,
        username: ADMINISTRATOR,
        password: ADMINISTRATOR_PASSWORD,
        database: SERVER_DATABASE,
        sslmode: "verify-full",
        sslrootcert: this.authority,
        superuser: false,
      });
      const providers = { postgresql: provider };
      const { adopted } = this;
      const roles =
        adopted === undefined
          ? new DatabaseRoles(
              "roles",
              { application: "app", databaseName: DATABASE },
              { providers },
            )
          : new AdoptedRoles(
              "roles",
              { application: "app", ...adopted, stack: "o/p/s" },
              { providers },
            );
      const environment = rotationEnvironment({
        database: {
          host,
          port: PORT,
          name: this.database,
          administrator: ADMINISTRATOR,
          password: ADMINISTRATOR_PASSWORD,
          rotatorSchema: roles.rotatorSchema,
          ...(adopted && { rotatorDatabase: SERVER_DATABASE }),
        },
        ...(adopted && { adopted }),
        ...(this.actAs && { actAs: this.actAs }),
      });
      new Rotation("rotation", rotationArgs(transition(completed, plan), { environment }), {
        providers,
        dependsOn: roles,
      });
    });
  }

  /** What another team made before the program came. */
  private async makeLegacy(): Promise<void> {
    for (const { database, statement } of legacySteps(ADMINISTRATOR, LEGACY_PASSWORD)) {
      await this.ask(statement, database);
    }
  }

  private get database(): string {
    return this.adopted?.databaseName ?? DATABASE;
  }

  /** Statements as superuser. */
  async ask<Row extends object = Record<string, unknown>>(
    statements: string,
    database = this.database,
  ): Promise<Row[]> {
    const client = new pg.Client({ ...this.server.superuser, database });
    await client.connect();
    try {
      return (await client.query<Row>(statements)).rows;
    } finally {
      await client.end();
    }
  }

  /** A session, by default with the password in the vault; ends with the model at the latest. */
  async session(
    role: ModelRole,
    password = this.vault.get(role.replace("_", "-")),
    database = this.database,
  ): Promise<pg.Client> {
    const client = new pg.Client({ ...this.server.superuser, user: role, password, database });
    client.on("error", () => undefined);
    await client.connect();
    this.sessions.push(client);
    return client;
  }

  /** The SQLSTATE with which a role is refused a statement; "" when it is not. */
  async refusal(role: ModelRole, statement: string): Promise<string> {
    const client = await this.session(role);
    try {
      await client.query(statement);
      return "";
    } catch (error) {
      return (error as pg.DatabaseError).code ?? String(error);
    } finally {
      await client.end();
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.sessions.map((client) => client.end()));
    await this.stack.stop();
    await this.release();
  }
}

/** What Azure would answer, with the value of each secret kept. */
function keepIn(vault: Map<string, string>): (call: Pick<CreateCall, "inputs">) => Properties {
  return ({ inputs }) => {
    const { secretName, properties } = plain(inputs) as {
      secretName: string;
      properties: { value: string };
    };
    vault.set(secretName, properties.value);
    const secretUriWithVersion = `https://vault.example.invalid/secrets/${secretName}/version`;
    return { ...inputs, properties: { secretUriWithVersion } };
  };
}

/** Keeps what it is told, a new value of a secret as well. */
function vaultProvider(vault: Map<string, string>): Provider {
  const keep = keepIn(vault);
  const provider = accepting(keep);
  return {
    ...provider,
    diff: async (call) => {
      const none = await provider.diff(call);
      return equal(call.inputs, call.oldInputs) ? none : { ...none, changes: "some" };
    },
    update: (call) => Promise.resolve(keep(call)),
  };
}

/** A provider that takes everything as it is given. */
function accepting(create: (call: CreateCall) => Properties): Provider {
  const accepted = (inputs: Properties) => Promise.resolve({ inputs, failures: [] });
  return {
    checkConfig: accepted,
    configure: () => Promise.resolve(),
    check: ({ inputs }) => accepted(inputs),
    diff: () =>
      Promise.resolve({
        changes: "none",
        replaces: [],
        deleteBeforeReplace: false,
        diffs: [],
        detailedDiff: {},
      }),
    create: (call) => Promise.resolve({ id: call.name, outputs: create(call) }),
    update: ({ inputs }) => Promise.resolve(inputs),
    read: () => Promise.resolve(undefined),
    delete: () => Promise.resolve(),
    invoke: () => Promise.resolve({}),
    cancel: () => undefined,
  };
}
