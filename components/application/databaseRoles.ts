import * as postgresql from "@pulumi/postgresql";
import * as pulumi from "@pulumi/pulumi";
import { applicationNameProblem, namesOf, SERVER_DATABASE, SLOTS } from "../plan";
import { refuseInputs } from "../arguments/inputProblems";
import { rotatorFunctions } from "./rotatorFunctions";

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
    this.rotatorSchema = rotatorFunctions(
      name,
      {
        ...args,
        ends: SLOTS.map((slot) => names.slot(slot).role),
      },
      { parent: this, dependsOn: [granted] },
    );
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
