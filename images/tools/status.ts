import type { Client } from "pg";
import type { Judge, Other } from "./answers.ts";
import { activityDuring } from "./activity.ts";
import { Disproved } from "./evidence.ts";
import type { Facts } from "./evidence.ts";
import { ask } from "./http.ts";
import type { ByStatus } from "./means.ts";

/** So many answers show that a path needs the database; pods' probes are at work as well. */
const FIRST = 10;
/** Pages are asked for as well; a firewall's default rules want the header. */
const ANYTHING = { accept: "*/*" };

/**
 * Judges an answer of a host that only leads to the slot by its status; redirects are not followed. Each
 * of the first has to come with a statement of the slot's role, else the path does not need the
 * database and proves no credential.
 *
 * @param client a session of that role
 */
export function byStatusOfStage(client: Client, means: ByStatus): Judge {
  return withActivity(client, means, FIRST, (facts) => {
    throw new Disproved(
      `${means.path} is answered without a statement of the slot's role in the database, so an ` +
        "answer proves no credential: set rotation:proofPath to a path that needs the database, and have " +
        "the application keep its sessions",
      facts,
    );
  });
}

/**
 * As `byStatusOfStage`, of a host that may still lead to another slot: an answer without a statement of
 * this slot's role counts as one of the other.
 *
 * @param client a session of that role
 */
export function byStatusOfProduction(client: Client, role: string, means: ByStatus): Judge {
  return withActivity(client, means, Infinity, () => ({
    other: `an answer without a statement of ${role}`,
    isFinal: false,
  }));
}

/** By its status alone, of an application that is none of the slots: those may say that they are. */
export function byStatusOfLegacy({ by, path, statuses }: ByStatus): Judge {
  return {
    facts: () => ({ by, path }),
    ask: ({ url, host }) => question(new URL(path, url), host, statuses, slotIn),
  };
}

/** What an answer says of itself, if it comes from a slot and says so. */
function slotIn(body: string): string | undefined {
  try {
    const { slot } = Object(JSON.parse(body)) as { slot?: unknown };
    return slot === "blue" || slot === "green" ? slot : undefined;
  } catch {
    return undefined;
  }
}

/** @param first how many answers have to come with a statement of the role */
function withActivity(
  client: Client,
  { by, path, statuses }: ByStatus,
  first: number,
  without: (facts: Facts) => Other,
): Judge {
  const sessions = new Set<number>();
  let answers = 0;
  const facts = () => ({ by, path, activity: { answers, sessions: sessions.size } });
  return {
    facts,
    ask: async ({ url, host }) => {
      const asking = () => question(new URL(path, url), host, statuses);
      if (answers >= first) {
        return asking();
      }
      const seen = await activityDuring(client, asking);
      if (seen.answer !== undefined) {
        return seen.answer;
      }
      if (seen.sessions.length === 0) {
        return without(facts());
      }
      answers += 1;
      seen.sessions.forEach((pid) => sessions.add(pid));
      return undefined;
    },
  };
}

async function question(
  url: URL,
  host: string,
  statuses: readonly number[],
  otherIn: (body: string) => string | undefined = () => undefined,
): Promise<Other | undefined> {
  try {
    const { body, status } = await ask(url, { headers: { ...ANYTHING, host } });
    const other = statuses.includes(status) ? otherIn(body) : `status ${status}`;
    return other === undefined ? undefined : { other, isFinal: false };
  } catch (error) {
    return { other: `no answer: ${(error as Error).message}`, isFinal: false };
  }
}
