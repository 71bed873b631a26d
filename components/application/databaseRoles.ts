import * as postgresql from "@pulumi/postgresql";
import * as pulumi from "@pulumi/pulumi";
import { applicationNameProblem, namesOf, SERVER_DATABASE, SLOTS } from "../plan";
import { refuseInputs } from "../arguments/inputProblems";

export interface DatabaseRolesArgs {
  /**
   * Prefix of all roles, and the name of the schema, e.g. `shop`. A change replaces the schema.
   */
  readonly application: string;
  /** Name of the database that the schema is in. A change replaces the schema. */
  readonly databaseName: pulumi.Input<string>;
  /**
   * Whether every role may enter the server's database `postgres`, which holds nothing of ours. Open
   * is for a server that does not let its administrator close it.
   * @default closed
   */
  readonly postgresDatabase?: PostgresDatabase;
}

export type PostgresDatabase = "closed" | "open";

export const POSTGRES_DATABASES: readonly PostgresDatabase[] = ["closed", "open"];

/**
 * The roles that no rotation touches: `<app>_owner` owns the schema, `<app>_rw` holds all grants.
 * The slots' roles are members of `<app>_rw` and have nothing of their own, so both have the same
 * rights by construction. Schema changes run as `<app>_migrator`, whatever it makes is the owner's.
 * Also the two functions that the rotator may execute.
 */
export class DatabaseRoles extends pulumi.ComponentResource {
  /** Schema that holds the rotator's two functions. */
  readonly rotatorSchema: pulumi.Output<string>;

  constructor(
    private readonly name: string,
    private readonly args: DatabaseRolesArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("rotation:platform:DatabaseRoles", name, {}, opts);
    // It becomes part of SQL.
    refuseInputs(name, [["application", applicationNameProblem(args.application)]]);
    const names = namesOf(args.application);
    const owner = this.group("owner", names.owner, []);
    const readWrite = this.group("rw", names.readWrite, [owner]);
    const schema = new postgresql.Schema(
      `${name}-schema`,
      { name: names.schema, database: args.databaseName, owner: owner.name },
      { parent: this },
    );
    const granted = this.grants(readWrite, owner, schema);
    this.migrator(owner, readWrite, schema);
    const rotatorSchema = new postgresql.Schema(
      `${name}-rotator`,
      { name: names.rotatorSchema, database: args.databaseName },
      { parent: this, dependsOn: [granted] },
    );
    const functions = this.functions(rotatorSchema);
    // Everyone may execute a new function until told otherwise.
    const closed = this.grant("functions", functions, {
      role: "public",
      schema: rotatorSchema.name,
      objectType: "function",
      privileges: [],
    });
    this.rotatorSchema = pulumi
      .all([rotatorSchema.name, closed.id])
      .apply(([schemaName]) => schemaName);
    this.registerOutputs({ rotatorSchema: this.rotatorSchema });
  }

  private group(what: string, name: string, dependsOn: pulumi.Resource[]): postgresql.Role {
    return new postgresql.Role(
      `${this.name}-${what}`,
      { name, login: false },
      // Both slots have what is granted to a group: it is not the program's to revoke.
      { parent: this, dependsOn, ignoreChanges: ["roles"] },
    );
  }

  /**
   * Acts as the owner from its first statement on: what a mere member makes is the member's, and no
   * slot may use it. It has no password, so nobody logs in as it before somebody opens it for an
   * Entra identity (docs/application.md).
   */
  private migrator(
    owner: postgresql.Role,
    readWrite: postgresql.Role,
    schema: postgresql.Schema,
  ): void {
    new postgresql.Role(
      `${this.name}-migrator`,
      {
        name: namesOf(this.args.application).migrator,
        login: true,
        // Of the second it has the right to connect: that is asked of who logs in.
        roles: [owner.name, readWrite.name],
        assumeRole: owner.name,
        searchPaths: [schema.name],
        connectionLimit: MIGRATOR_CONNECTIONS,
        skipReassignOwned: true,
      },
      { parent: this, dependsOn: [readWrite, schema] },
    );
  }

  /** One after another: PostgreSQL refuses concurrent changes of one object's grants. */
  private grants(
    readWrite: postgresql.Role,
    owner: postgresql.Role,
    schema: postgresql.Schema,
  ): pulumi.Resource {
    // Without these everybody may connect and make temporary tables, in the database that every
    // server has as well: its owner on a flexible server is azure_pg_admin, as who we connect.
    const elsewhere = this.closePostgres(schema);
    const closed = this.grant("public", [elsewhere], NOTHING_FOR_EVERYBODY);
    // Temporary tables are the session's own: they give nobody anything that another slot misses.
    const connect = this.grant("connect", [closed], {
      role: readWrite.name,
      objectType: "database",
      privileges: ["CONNECT", "TEMPORARY"],
    });
    const temporary = this.grant("temporary", [connect], {
      role: owner.name,
      objectType: "database",
      privileges: ["TEMPORARY"],
    });
    const usage = this.grant("usage", [temporary], {
      role: readWrite.name,
      schema: schema.name,
      objectType: "schema",
      privileges: ["USAGE"],
    });
    let last: pulumi.Resource = usage;
    for (const [objectType, privileges] of OBJECT_PRIVILEGES) {
      last = new postgresql.DefaultPrivileges(
        `${this.name}-default-${objectType}s`,
        {
          owner: owner.name,
          role: readWrite.name,
          database: this.args.databaseName,
          schema: schema.name,
          objectType,
          privileges: [...privileges],
        },
        { parent: this, dependsOn: [last] },
      );
    }
    return last;
  }

  /** @returns what comes before the next grant */
  private closePostgres(after: pulumi.Resource): pulumi.Resource {
    if (this.args.postgresDatabase === "open") {
      void pulumi.log.warn(
        `Every role can connect to the database ${SERVER_DATABASE}: rotation:postgresDatabase is open.`,
        this,
      );
      return after;
    }
    return this.grant(
      "postgres",
      [after],
      { ...NOTHING_FOR_EVERYBODY, database: SERVER_DATABASE },
      { hooks: { onError: [explainRefusal(`${this.name}-postgres-refused`)] } },
    );
  }

  private grant(
    what: string,
    dependsOn: pulumi.Resource[],
    args: Omit<postgresql.GrantArgs, "database"> & Partial<Pick<postgresql.GrantArgs, "database">>,
    opts: pulumi.CustomResourceOptions = {},
  ): postgresql.Grant {
    return new postgresql.Grant(
      `${this.name}-grant-${what}`,
      { database: this.args.databaseName, ...args },
      { ...opts, parent: this, dependsOn },
    );
  }

  private functions(schema: postgresql.Schema): postgresql.Function[] {
    const { application, databaseName } = this.args;
    let before: pulumi.Resource[] = [];
    return Object.entries(SESSION_FUNCTIONS).map(([name, query]) => {
      const made = new postgresql.Function(
        `${this.name}-${name}`,
        {
          name,
          schema: schema.name,
          database: databaseName,
          args: [{ name: "slot_role", type: "text" }],
          returns: "bigint",
          language: "plpgsql",
          securityDefiner: true,
          body: sessionFunction(
            SLOTS.map((slot) => namesOf(application).slot(slot).role),
            query,
          ),
        },
        { parent: this, dependsOn: before },
      );
      before = [made];
      return made;
    });
  }
}

/** Sessions of migrations: few, and out of what is kept for people. */
const MIGRATOR_CONNECTIONS = 5;

/** What the provider says where the server did not even come to decide. */
const NOT_CONNECTED = /error connecting to PostgreSQL server/i;

/** Prints how to continue if a server does not let that database be closed. It never retries. */
function explainRefusal(name: string): pulumi.ErrorHook {
  return new pulumi.ErrorHook(name, async ({ errors }) => {
    if (!errors.some((text) => NOT_CONNECTED.test(text))) {
      await pulumi.log.error(
        `The server does not let its administrator close the database ${SERVER_DATABASE} to other ` +
          "roles. It holds none of this program's data, so leave it open: " +
          "`pulumi config set rotation:postgresDatabase open`, then `pulumi up`.",
      );
    }
    return false;
  });
}

const NOTHING_FOR_EVERYBODY = {
  role: "public",
  objectType: "database",
  privileges: [] as string[],
};

/** The privileges of the application's roles on the owner's objects. */
const OBJECT_PRIVILEGES = [
  ["table", ["SELECT", "INSERT", "UPDATE", "DELETE"]],
  ["sequence", ["SELECT", "USAGE", "UPDATE"]],
  ["function", ["EXECUTE"]],
] as const;

/** What the rotator may do to the sessions of a slot's role. */
const SESSION_FUNCTIONS = {
  count_sessions:
    "SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity WHERE usename = slot_role",
  end_sessions:
    "SELECT pg_catalog.count(*) FILTER (WHERE pg_catalog.pg_terminate_backend(pid))" +
    " FROM pg_catalog.pg_stat_activity WHERE usename = slot_role",
} as const;

/**
 * The body of a function that runs with the administrator's rights: it fixes its search path
 * first, because the provider has no `SET` clause, and accepts the two slot roles only.
 */
function sessionFunction(roles: readonly string[], query: string): string {
  const accepted = roles.map((role) => `'${role}'`).join(", ");
  return `
DECLARE
  result bigint;
BEGIN
  PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
  IF slot_role IS NULL OR slot_role NOT IN (${accepted}) THEN
    RAISE EXCEPTION 'not a role of a slot: %', slot_role USING ERRCODE = 'invalid_parameter_value';
  END IF;
  ${query} INTO result;
  RETURN result;
END
`;
}
