import { setTimeout as pause } from "node:timers/promises";
import { Disproved, Undecided } from "./evidence.ts";
import type { Facts } from "./evidence.ts";
import { ask } from "./http.ts";
import type { Settings } from "./settings.ts";

const PAUSE_MS = 100;

/** What every answer of the application has to say. */
export interface Expected {
  readonly slot: string;
  readonly generation: number;
  readonly secretVersion: string;
  readonly sessionUser: string;
}

/** Where to ask, how often, and for how long. */
export interface Questions {
  readonly url: URL;
  readonly host: string;
  readonly answers: number;
  /** Limit of the whole proof, in milliseconds since the epoch. */
  readonly deadline: number;
  /** Whether nobody but one pod can answer, so that the answer of another identity is final. */
  readonly isOnePod?: boolean;
}

export function readExpected(settings: Settings): Expected {
  return {
    slot: settings.slot("SLOT"),
    generation: settings.integer("GENERATION", 0),
    secretVersion: settings.secretVersion("SECRET_VERSION"),
    sessionUser: settings.text("ROLE"),
  };
}

/** @param address `STAGE` or `PRODUCTION`: the beginning of the two variables' names */
export function readQuestions(settings: Settings, address: "STAGE" | "PRODUCTION"): Questions {
  return {
    url: settings.url(`${address}_URL`),
    host: settings.text(`${address}_HOST`),
    ...readPatience(settings),
  };
}

export function readPatience(settings: Settings): Pick<Questions, "answers" | "deadline"> {
  return {
    answers: settings.integer("ANSWERS", 1),
    deadline: Date.now() + settings.integer("TIMEOUT_SECONDS", 1) * 1000,
  };
}

/**
 * Asks, each time on a fresh connection, until so many answers in a row are as expected; any
 * other answer, or none, starts the row anew.
 */
export async function answersInARow(questions: Questions, expected: Expected): Promise<Facts> {
  const { host, answers, deadline } = questions;
  let asked = 0;
  let inARow = 0;
  let otherAnswers = 0;
  let lastOther: string | undefined;
  while (inARow < answers) {
    if (Date.now() >= deadline) {
      throw new Undecided(
        `${host} did not give ${answers} answers of ${expected.slot} in a row in time`,
        { asked, inARow, otherAnswers, lastOther },
      );
    }
    const other = await question(questions, expected);
    asked += 1;
    inARow = other === undefined ? inARow + 1 : 0;
    if (other !== undefined) {
      otherAnswers += 1;
      lastOther = other;
    }
    // A gateway does not tell when it is done; asking again is the only way to know.
    await pause(PAUSE_MS);
  }
  return { host, ...expected, asked, inARow, otherAnswers, lastOther };
}

/** @returns undefined for the expected answer, else what came instead */
async function question(
  { url, host, isOnePod = false }: Questions,
  expected: Expected,
): Promise<string | undefined> {
  let body: string;
  try {
    const answer = await ask(url, { headers: { host } });
    if (answer.status !== 200) {
      return `status ${answer.status}`;
    }
    body = answer.body;
  } catch (error) {
    return `no answer: ${(error as Error).message}`;
  }
  let said: Record<string, unknown>;
  try {
    said = Object(JSON.parse(body)) as Record<string, unknown>;
  } catch {
    return "not an answer of the application";
  }
  const differences = Object.entries(expected)
    .filter(([key, value]) => said[key] !== value)
    .map(([key]) => `${key} ${JSON.stringify(said[key])}`);
  if (differences.length === 0) {
    return undefined;
  }
  if (isOnePod) {
    throw new Disproved(`The pod answers with ${differences.join(", ")}`, { host, ...expected });
  }
  return differences.join(", ");
}
