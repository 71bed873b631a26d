import { PlainPostgres } from "./postgres";
import { type Refusal, UnwillingServer } from "./unwillingServer";

/**
 * What `createrole_self_grant` is on Azure: Microsoft's table has the first, a user reported the
 * second (terraform-provider-postgresql issue 483).
 */
export const SELF_GRANTS = ["", "set, inherit"] as const;

export type SelfGrant = (typeof SELF_GRANTS)[number];

/** Password of every administrator here. */
export const ADMINISTRATOR_PASSWORD = "administrator-password";

/**
 * A plain server that is to its administrator as Azure's: they are no superuser, are in
 * `azure_pg_admin`, which owns the database `postgres`, make roles under `createrole_self_grant`, and
 * reach it through a hook that refuses what Azure's does. It has the database `app`, which is theirs.
 */
export class AzurePostgres {
  private constructor(
    private readonly plain: PlainPostgres,
    private readonly unwilling: UnwillingServer,
    readonly administrator: string,
  ) {}

  /** @param refusals what it refuses besides */
  static async start(
    selfGrant: SelfGrant,
    { administrator = "pgadmin", refusals = [] as readonly Refusal[] } = {},
  ): Promise<AzurePostgres> {
    const plain = await PlainPostgres.start();
    const unwilling = await UnwillingServer.start(plain.port, refusals);
    const server = new AzurePostgres(plain, unwilling, administrator);
    await server.ask(
      `CREATE ROLE ${administrator} LOGIN CREATEDB CREATEROLE PASSWORD '${ADMINISTRATOR_PASSWORD}';
       CREATE ROLE azure_pg_admin NOLOGIN;
       GRANT azure_pg_admin TO ${administrator} WITH ADMIN OPTION;
       ALTER DATABASE postgres OWNER TO azure_pg_admin`,
    );
    await server.grantSelf(selfGrant);
    await server.ask(`CREATE DATABASE app OWNER ${administrator}`);
    return server;
  }

  get host(): string {
    return this.unwilling.host;
  }

  get port(): number {
    return this.unwilling.port;
  }

  /** From the next session of the administrator on. */
  async grantSelf(selfGrant: SelfGrant): Promise<void> {
    await this.ask(`ALTER ROLE ${this.administrator} SET createrole_self_grant = '${selfGrant}'`);
  }

  /** What the provider is told that makes roles in the database `app`. */
  get settings() {
    return {
      host: this.host,
      port: this.port,
      username: this.administrator,
      password: ADMINISTRATOR_PASSWORD,
      database: "app",
      sslmode: "disable",
      superuser: false,
    };
  }

  /** Asks as superuser, past the hook. */
  ask<Row extends object = Record<string, unknown>>(
    query: string,
    database?: string,
  ): Promise<Row[]> {
    return this.plain.ask<Row>(query, database);
  }

  async stop(): Promise<void> {
    await this.unwilling.stop();
    await this.plain.stop();
  }
}
