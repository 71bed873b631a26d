import http from "node:http";
import pg from "pg";
import type { DatabaseLogin } from "./twinProcess";

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

/** What production answers on a connection of its own. */
export function askProduction(
  address: string,
  host: string,
): Promise<{ sessionUser: string; secretVersion: string }> {
  return new Promise((resolve, reject) => {
    const request = http.get({ host: address, agent: false, headers: { host } }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => (text += part));
      response.on("end", () => {
        if (response.statusCode === 200) {
          const { sessionUser, secretVersion } = JSON.parse(text) as Record<string, string>;
          resolve({ sessionUser: sessionUser ?? "", secretVersion: secretVersion ?? "" });
        } else {
          reject(new Error(`Production answered ${response.statusCode}: ${text.slice(0, 200)}`));
        }
      });
    });
    request.on("error", reject);
  });
}
