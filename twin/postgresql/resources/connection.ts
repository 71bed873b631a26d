import { readFileSync } from "node:fs";
import { checkServerIdentity, type ConnectionOptions } from "node:tls";

import pg from "pg";

import { ProviderError, type Properties } from "../../plugin/provider";

/** How to reach the server, from the provider's configuration. */
export interface ConnectionSettings {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly username: string;
  /** The role that the login is, where the server maps names. */
  readonly databaseUsername: string;
  readonly password: string;
  readonly sslmode: string;
  readonly sslrootcert: string;
  readonly connectTimeout: number;
  readonly maxConnections: number;
  readonly superuser: boolean;
}

/** Texts and parameters of one statement. */
export type Query = <Row extends object = Properties>(
  text: string,
  parameters?: unknown[],
) => Promise<Row[]>;

/** Says in the error which step it belongs to. */
export async function step<T>(name: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw new ProviderError(`${name}: ${(error as Error).message}`);
  }
}

/** One database of the server; another one is reached through `other`. */
export class Database {
  constructor(
    readonly settings: ConnectionSettings,
    private readonly isCommitLost: () => boolean = () => false,
    private readonly slots: Slots = new Slots(settings.maxConnections),
    readonly name: string = settings.database,
  ) {}

  /** Empty stands for the database of the provider's configuration. */
  other(name: string): Database {
    return name === "" || name === this.name
      ? this
      : new Database(this.settings, this.isCommitLost, this.slots, name);
  }

  /** The role that the provider acts as. */
  get user(): string {
    return this.settings.databaseUsername || this.settings.username;
  }

  /** Everything or nothing. */
  transaction<T>(work: (query: Query) => Promise<T>): Promise<T> {
    return this.session(async (query) => {
      await query("BEGIN");
      try {
        const result = await work(query);
        await query("COMMIT");
        if (this.isCommitLost()) {
          const { host, port } = this.settings;
          throw new ProviderError(
            `could not commit transaction: read tcp ${host}:${port}: connection reset by peer`,
          );
        }
        return result;
      } catch (error) {
        await query("ROLLBACK").catch(() => undefined);
        throw error;
      }
    });
  }

  /** Each statement by itself. Connections are not kept: an open one would block DROP DATABASE. */
  async session<T>(work: (query: Query) => Promise<T>): Promise<T> {
    const free = await this.slots.take();
    try {
      const client = await this.connect();
      try {
        return await work(async (text, parameters) => {
          try {
            return (await client.query(text, parameters)).rows as never;
          } catch (error) {
            throw new ProviderError(driverText(error, text));
          }
        });
      } finally {
        await client.end();
      }
    } finally {
      free();
    }
  }

  private async connect(): Promise<pg.Client> {
    const { host, port, username, password, connectTimeout } = this.settings;
    const client = new pg.Client({
      host,
      port,
      user: username,
      password,
      database: this.name,
      ssl: tlsOptions(this.settings),
      connectionTimeoutMillis: connectTimeout * 1000,
      fallback_application_name: "Terraform provider",
    });
    // A connection that is lost makes the running query fail; that is where it is dealt with.
    client.on("error", () => undefined);
    try {
      await client.connect();
      return client;
    } catch (error) {
      const text = describeConnecting(error, this.settings).replaceAll(password || "\0", "XXXX");
      throw new ProviderError(
        `error connecting to PostgreSQL server ${host} (scheme: postgres): ${text}`,
      );
    }
  }
}

/** Keeps the number of open connections below the limit of the configuration. */
class Slots {
  private readonly waiting: (() => void)[] = [];
  private used = 0;

  constructor(private readonly limit: number) {}

  async take(): Promise<() => void> {
    if (this.limit > 0 && this.used >= this.limit) {
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    } else {
      this.used++;
    }
    return () => {
      const next = this.waiting.shift();
      if (next) {
        next();
      } else {
        this.used--;
      }
    };
  }
}

/**
 * `require` encrypts without asking who answers, unless a root certificate is given; the verifying
 * modes trust that certificate, else the file of SSL_CERT_FILE, else what Node trusts.
 */
function tlsOptions({ host, sslmode, sslrootcert }: ConnectionSettings): false | ConnectionOptions {
  const trusted = sslrootcert || process.env["SSL_CERT_FILE"];
  const ca = trusted ? { ca: readFileSync(trusted) } : {};
  switch (sslmode) {
    case "disable":
      return false;
    case "":
    case "require":
      return sslrootcert
        ? { ...ca, checkServerIdentity: () => undefined }
        : { rejectUnauthorized: false };
    case "verify-ca":
      return { ...ca, checkServerIdentity: () => undefined };
    case "verify-full":
      return { ...ca, checkServerIdentity: (_name, peer) => checkServerIdentity(host, peer) };
    default:
      throw new ProviderError(
        `unsupported sslmode "${sslmode}"; only "require" (default), "verify-full", "verify-ca", ` +
          'and "disable" supported',
      );
  }
}

/** The words of the Go driver, with line and column in the statement. */
function driverText(error: unknown, statement = ""): string {
  if (!(error instanceof pg.DatabaseError)) {
    return (error as Error).message;
  }
  const before = statement.slice(0, Number(error.position ?? 0) - 1);
  const column = before.length - before.lastIndexOf("\n");
  const where =
    error.position === undefined
      ? ""
      : statement.includes("\n")
        ? ` at position ${before.split("\n").length}:${column}`
        : ` at column ${column}`;
  return `pq: ${error.message}${where} (${error.code})`;
}

function describeConnecting(error: unknown, { host, port }: ConnectionSettings): string {
  const { message, code } = error as Error & { code?: string };
  switch (code) {
    case "ECONNREFUSED":
      return `dial tcp ${host}:${port}: connect: connection refused`;
    case "ENOTFOUND":
      return `dial tcp: lookup ${host}: no such host`;
    case "EAI_AGAIN":
      // terraform-provider-postgresql issue 272.
      return `dial tcp: lookup ${host} on 127.0.0.53:53: server misbehaving`;
    case "DEPTH_ZERO_SELF_SIGNED_CERT":
    case "SELF_SIGNED_CERT_IN_CHAIN":
    case "UNABLE_TO_GET_ISSUER_CERT_LOCALLY":
    case "UNABLE_TO_VERIFY_LEAF_SIGNATURE":
      return "tls: failed to verify certificate: x509: certificate signed by unknown authority";
    default:
      return message === "The server does not support SSL connections"
        ? "pq: SSL is not enabled on the server"
        : driverText(error);
  }
}
