import { endSessions, isUnavailable, readRotator, readServer, roleState } from "./database.ts";
import { troubleOf, withSession } from "./database.ts";
import { Disproved, Undecided } from "./evidence.ts";
import type { Facts } from "./evidence.ts";
import { Settings } from "./settings.ts";

/**
 * Proves that a retired credential is dead. PostgreSQL says "not permitted to log in" after it has
 * checked the password. Whoever held the credential may have given the role another password before its
 * login was taken away; then the answer is the one to any garbage, 28P01, and what counts is that the
 * role may not log in with any password. So a refusal of class 28 proves it where the catalogue says
 * the same and no session is left.
 */
export async function refused(environment: NodeJS.ProcessEnv): Promise<Facts> {
  const settings = new Settings(environment);
  const server = readServer(settings);
  const rotator = readRotator(settings);
  const role = settings.text("ROLE");
  const passwordFile = settings.file("PASSWORD_FILE");
  // The rotator ends sessions of the slots' roles alone.
  const leavesSessions = settings.optional("LEAVE_SESSIONS") !== undefined;
  settings.check();

  const sessionsEnded = leavesSessions ? 0 : await endSessions(server, rotator, role);
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
  const { id, canLogin, sessions } = await roleState(server, rotator, role);
  const seen = { role, roleId: id, canLogin, sessionsEnded, sessionsLeft: sessions };
  const facts = { ...seen, sqlstate, message, because: reasonFor(sqlstate, message) };
  if (isUnavailable(trouble)) {
    throw new Undecided(`The database did not answer the login as ${role}`, facts);
  }
  if (canLogin || sqlstate?.startsWith("28") !== true) {
    throw new Disproved(`${role} was refused, but not because its login is disabled`, facts);
  }
  if (sessions > 0) {
    throw new Disproved(`${role} cannot log in but still has sessions`, facts);
  }
  return facts;
}

/** What a refusal says about the credential. */
function reasonFor(sqlstate: string | undefined, message: string): string {
  if (sqlstate === "28000" && message.includes("not permitted to log in")) {
    return "after the right password, the server said that the role is not permitted to log in";
  }
  return sqlstate === "28P01"
    ? "the role has another password, which somebody gave it, and may log in with none"
    : "the server refused the login, and the role may log in with no password";
}
