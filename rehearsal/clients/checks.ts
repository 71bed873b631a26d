import https from "node:https";
import pg, { escapeLiteral } from "pg";
import type { DatabaseLogin } from "../../twin/process";

/** How a login from outside ended. */
export interface LoginAttempt {
  readonly refused: boolean;
  /** SQLSTATE of the refusal; empty when the login succeeded. */
  readonly sqlstate: string;
}

/** Tries to log in as a role of the application, as a client that knows nothing of the program. */
export async function tryLogin(
  server: DatabaseLogin,
  credential: { user: string; password: string; database: string },
): Promise<LoginAttempt> {
  const client = new pg.Client({
    host: server.host,
    port: server.port,
    ...credential,
    ssl: { ca: server.certificate },
  });
  try {
    await client.connect();
    await client.end();
    return { refused: false, sqlstate: "" };
  } catch (error) {
    return { refused: true, sqlstate: (error as { code?: string }).code ?? "" };
  }
}

/** Runs one statement as the superuser of the twin's server. */
export async function asSuperuser(
  server: DatabaseLogin,
  database: string,
  statement: string,
): Promise<pg.QueryResult> {
  const client = new pg.Client({
    host: server.host,
    port: server.port,
    user: server.user,
    password: server.password,
    database,
    ssl: { ca: server.certificate },
  });
  await client.connect();
  try {
    return await client.query(statement);
  } finally {
    await client.end();
  }
}

/**
 * The roles, of those asked for, whose sessions did something in the database while `work` was done.
 */
export async function workingRoles(
  server: DatabaseLogin,
  roles: readonly string[],
  work: () => Promise<unknown>,
): Promise<string[]> {
  const ask = (statement: string) => asSuperuser(server, "postgres", statement);
  const { rows: times } = await ask("SELECT clock_timestamp()::text AS began");
  const [{ began }] = times as [{ began: string }];
  await work();
  const { rows } = await ask(
    `SELECT DISTINCT usename AS role FROM pg_stat_activity
      WHERE usename IN (${roles.map((role) => escapeLiteral(role)).join()})
        AND state_change >= '${began}' ORDER BY role`,
  );
  return (rows as { role: string }[]).map(({ role }) => role);
}

/** A gateway as its clients see it. */
export interface GatewayAddress {
  readonly address: string;
  /** Certificate of the one authority to trust, PEM. */
  readonly authority: string;
}

/**
 * What a gateway answers for a host, over TLS on a connection of its own.
 *
 * @param from loopback address to come from; by default that of the machine, as all other clients
 */
export function askGateway(
  { address, authority }: GatewayAddress,
  host: string,
  from?: string,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const options = {
      host: address,
      ...(from !== undefined && { localAddress: from }),
      agent: false,
      headers: { host },
      servername: host,
      ca: authority,
      rejectUnauthorized: true,
    };
    const request = https.get(options, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => (body += part));
      response.on("error", reject);
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
    });
    request.on("error", reject);
  });
}

/** Who answers production. */
export async function askProduction(
  gateway: GatewayAddress,
  host: string,
): Promise<{ slot: string; sessionUser: string; secretVersion: string }> {
  const body = await goodAnswer(gateway, host);
  const {
    slot = "",
    sessionUser = "",
    secretVersion = "",
  } = JSON.parse(body) as Record<string, string>;
  return { slot, sessionUser, secretVersion };
}

/**
 * The body of production's answer.
 *
 * @throws Error when its status is not 200
 */
export async function goodAnswer(gateway: GatewayAddress, host: string): Promise<string> {
  const { status, body } = await askGateway(gateway, host);
  if (status !== 200) {
    throw new Error(`Production answered ${status}: ${body.slice(0, 200)}`);
  }
  return body;
}
