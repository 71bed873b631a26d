import pg from "pg";
import { APPLICATION } from "../../rig/stackFile";
import { type Rig } from "../../rig/rig";

/** A role of the application by the ending of its name and of its vault secret. */
export type RoleEnding = "blue" | "green" | "rotator";

/**
 * Logs in as a role of the application, with the credential that the vault has for it.
 *
 * @param database the application's when not given
 */
export async function asRole<T>(
  rig: Rig,
  ending: RoleEnding,
  use: (client: pg.Client) => Promise<T>,
  database = APPLICATION,
): Promise<T> {
  const { host, port, certificate } = await rig.superuser();
  const client = new pg.Client({
    host,
    port,
    database,
    user: `${APPLICATION}_${ending}`,
    password: (await rig.credential(`${APPLICATION}-${ending}`)).value,
    ssl: { ca: certificate },
  });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

/** SQLSTATE with which the server refuses a statement; empty when it does what it is told. */
export async function refusalOf(client: pg.Client, statement: string): Promise<string> {
  await client.query("BEGIN");
  try {
    await client.query(statement);
    return "";
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  } finally {
    await client.query("ROLLBACK");
  }
}
