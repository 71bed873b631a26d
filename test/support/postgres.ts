import { execFile } from "node:child_process";
import { once } from "node:events";
import { appendFile, chmod, chown, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";

import { postgresBinaries, type PostgresBinaries } from "../../twin/postgresql/binaries";

/** The server's own administrator, as on a machine of one's own. */
const SUPERUSER = "postgres";
const HOST = "127.0.0.1";

/**
 * A plain PostgreSQL server without TLS, for what the twin's server cannot show: it is set up like
 * the one that the official provider was recorded against.
 */
export class PlainPostgres {
  readonly host = HOST;

  private constructor(
    private readonly directory: string,
    private readonly binaries: PostgresBinaries,
    readonly port: number,
  ) {}

  static async start(): Promise<PlainPostgres> {
    const directory = await mkdtemp(join(tmpdir(), "plain-postgres-"));
    const binaries = await postgresBinaries(directory);
    const server = new PlainPostgres(directory, binaries, await freePort());
    await server.initialise();
    await server.run(binaries.pgCtl, ["start", "-w", "-s", "-l", join(server.data, "log")]);
    return server;
  }

  async stop(): Promise<void> {
    await this.run(this.binaries.pgCtl, ["stop", "-w", "-s", "-m", "fast"]);
    await rm(this.directory, { recursive: true, force: true });
  }

  /** Asks as superuser, statement by statement. */
  async ask<Row extends object = Record<string, unknown>>(
    query: string,
    database = "postgres",
  ): Promise<Row[]> {
    const { host, port } = this;
    const client = new pg.Client({ host, port, user: SUPERUSER, password: SUPERUSER, database });
    await client.connect();
    try {
      return (await client.query<Row>(query)).rows;
    } finally {
      await client.end();
    }
  }

  private get data(): string {
    return join(this.directory, "data");
  }

  private async initialise(): Promise<void> {
    const { uid, gid } = this.binaries.runAs;
    const passwordFile = join(this.directory, "password");
    await mkdir(this.data, { mode: 0o700 });
    await writeFile(passwordFile, SUPERUSER);
    if (uid !== undefined && gid !== undefined) {
      await chmod(this.directory, 0o711);
      await chown(this.data, uid, gid);
      await chown(passwordFile, uid, gid);
    }
    await this.run(this.binaries.initdb, [
      `--username=${SUPERUSER}`,
      `--pwfile=${passwordFile}`,
      "--auth=scram-sha-256",
      "--encoding=UTF8",
      "--locale=C.UTF-8",
      "--no-sync",
    ]);
    await appendFile(
      join(this.data, "postgresql.conf"),
      `listen_addresses = '${HOST}'\nport = ${this.port}\nunix_socket_directories = ''\nfsync = off\n`,
    );
  }

  private async run(program: string, parameters: readonly string[]): Promise<void> {
    await promisify(execFile)(program, [...parameters, "-D", this.data], {
      ...this.binaries.runAs,
      cwd: this.directory,
    });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, HOST);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
