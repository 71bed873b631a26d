import { setTimeout as pause } from "node:timers/promises";
import { Disproved, Undecided } from "./evidence.ts";
import type { Facts } from "./evidence.ts";
import type { Settings } from "./settings.ts";

const PAUSE_MS = 100;

/** What every answer of the application has to prove, or to say. */
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

/** An answer that does not count. */
export interface Other {
  readonly other: string;
  /** Whether the application itself said so. */
  readonly isFinal: boolean;
}

/** How one question is asked and its answer judged. */
export interface Judge {
  /** How, and what it saw so far, for the evidence. */
  readonly facts: () => Facts;
  /** @returns undefined for the expected answer, else what came instead */
  readonly ask: (questions: Questions) => Promise<Other | undefined>;
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
    deadline: readDeadline(settings),
  };
}

/** Limit of the whole proof, in milliseconds since the epoch. */
export function readDeadline(settings: Settings): number {
  return Date.now() + settings.integer("TIMEOUT_SECONDS", 1) * 1000;
}

/**
 * Asks a host until so many times in a row the application does not answer there. What changed that changed
 * the other hosts as well, because a gateway takes all of an update or nothing.
 */
export async function goneInARow(questions: Questions, judge: Judge): Promise<Facts> {
  const { host, answers, deadline } = questions;
  let inARow = 0;
  while (inARow < answers) {
    if (Date.now() >= deadline) {
      throw new Undecided(`${host} still leads to the application`, { inARow });
    }
    inARow = (await judge.ask(questions)) === undefined ? 0 : inARow + 1;
    await pause(PAUSE_MS);
  }
  return { gone: host };
}

/**
 * Asks until so many answers in a row are as expected; any other answer, or none, starts the row anew.
 */
export async function answersInARow(
  questions: Questions,
  expected: Pick<Expected, "slot">,
  judge: Judge,
): Promise<Facts> {
  const { host, answers, deadline } = questions;
  const facts = () => ({ host, ...expected, ...judge.facts() });
  let asked = 0;
  let inARow = 0;
  let otherAnswers = 0;
  let lastOther: string | undefined;
  while (inARow < answers) {
    if (Date.now() >= deadline) {
      throw new Undecided(
        `${host} did not give ${answers} consecutive answers of ${expected.slot} in time`,
        { ...judge.facts(), asked, inARow, otherAnswers, lastOther },
      );
    }
    const answer = await judge.ask(questions);
    asked += 1;
    inARow = answer === undefined ? inARow + 1 : 0;
    if (answer !== undefined) {
      otherAnswers += 1;
      lastOther = answer.other;
      if (answer.isFinal && questions.isOnePod === true) {
        throw new Disproved(`The pod answers with ${answer.other}`, facts());
      }
    }
    // A gateway does not tell when it is done; asking again is the only way to know.
    await pause(PAUSE_MS);
  }
  return { ...facts(), asked, inARow, otherAnswers, lastOther };
}
