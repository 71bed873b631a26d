import { namesOf } from "./names";
import { SLOTS } from "./rotationPlan";

/** What a stack takes over: the login of today, and where it logs in. */
export interface Adopted {
  /** The login of today, generation -1. */
  readonly legacyRole: string;
  /** The role that owns what the application uses; the slots act as it. */
  readonly ownerRole: string;
  /** The database that is there. */
  readonly databaseName: string;
  /** Settings of the login of today that the slots' roles carry over; undefined where it has none. */
  readonly searchPath: readonly string[] | undefined;
  /** Milliseconds. */
  readonly statementTimeout: number | undefined;
  /** Milliseconds. */
  readonly idleInTransactionTimeout: number | undefined;
  /** The Service that production leads to today. */
  readonly legacyService: { readonly name: string; readonly port: number };
}

/** PostgreSQL cuts longer names off. */
const NAME_BYTES = 63;

/** The problem with a name in PostgreSQL, as a sentence without its subject; undefined if there is none. */
export function databaseObjectProblem(name: string): string | undefined {
  if (/["'\p{Cc}]/u.test(name)) {
    return `must have no quotes and no control characters, not ${JSON.stringify(name)}.`;
  }
  const bytes = Buffer.byteLength(name);
  return bytes > NAME_BYTES
    ? `must have ${NAME_BYTES} bytes at most, as every name in PostgreSQL, not ${bytes}.`
    : undefined;
}

/** The same of a database. Ids of what is in it, `database.schema.name`, are split at their dots. */
export function adoptedDatabaseProblem(name: string): string | undefined {
  return (
    databaseObjectProblem(name) ??
    (name.includes(".") ? `must have no dot, not "${name}": rename it first.` : undefined)
  );
}

/** The same of a role that is there, which cannot be one that the program makes. */
export function adoptedRoleProblem(name: string, application: string): string | undefined {
  const own = ownRoles(application).includes(name)
    ? `must not be "${name}": the program makes a role of that name. Choose another rotation:application.`
    : undefined;
  return databaseObjectProblem(name) ?? own;
}

/** Roles that an adopting stack makes. */
export function ownRoles(application: string): string[] {
  const names = namesOf(application);
  return [...SLOTS.map((slot) => names.slot(slot).role), names.rotator];
}

/** What records call the login of the server's administrator, who made the roles of an adopting stack. */
export const ADMINISTRATOR_PART = "platform:administrator";

/** What the rotator's functions say of the stack that made them. */
export function madeBy(stack: string): string {
  return `made by the stack ${stack}`;
}

const SERVICE = /^([a-z]([a-z0-9-]{0,61}[a-z0-9])?):(\d{1,5})$/;
const LAST_PORT = 65_535;

/** A Service as `name:port`; undefined if the text is none. */
export function legacyServiceOf(text: string): Adopted["legacyService"] | undefined {
  const [, name, , digits] = SERVICE.exec(text) ?? [];
  const port = Number(digits);
  return name !== undefined && port >= 1 && port <= LAST_PORT ? { name, port } : undefined;
}
