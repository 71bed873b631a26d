import { endSessions, isUnavailable, readRotator, readServer, roleId } from "./database.ts";
import { troubleOf, withSession } from "./database.ts";
import { Disproved, Undecided } from "./evidence.ts";
import type { Facts } from "./evidence.ts";
import { Settings } from "./settings.ts";

/**
 * Proves that a retired credential is dead. Only SQLSTATE 28000 with this text will do: PostgreSQL
 * says it after it has checked the password, while 28P01 is its answer to any garbage too.
 */
export async function refused(environment: NodeJS.ProcessEnv): Promise<Facts> {
  const settings = new Settings(environment);
  const server = readServer(settings);
  const rotator = readRotator(settings);
  const role = settings.text("ROLE");
  const passwordFile = settings.file("PASSWORD_FILE");
  settings.check();

  const sessionsEnded = await endSessions(server, rotator, role);
  let trouble: unknown;
  try {
    await withSession(server, { user: role, passwordFile }, (client) => client.query("select 1"));
  } catch (error) {
    trouble = error;
  }
  if (trouble === undefined) {
    throw new Disproved(`${role} can still log in`, { role, sessionsEnded });
  }
  const { sqlstate, message } = troubleOf(trouble);
  const id = await roleId(server, rotator, role);
  const facts = { role, roleId: id, sessionsEnded, sqlstate, message };
  if (isUnavailable(trouble)) {
    throw new Undecided(`The database did not answer the login as ${role}`, facts);
  }
  if (sqlstate !== "28000" || !message.includes("not permitted to log in")) {
    throw new Disproved(`${role} was refused, but not because its login is disabled`, facts);
  }
  return facts;
}
