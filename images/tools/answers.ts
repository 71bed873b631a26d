import { setTimeout as pause } from "node:timers/promises";
import { expectedProof, freshNonce, NONCE_HEADER, PROOF_HEADER } from "./binding.ts";
import type { Answered, Means } from "./binding.ts";
import { Disproved, Undecided } from "./evidence.ts";
import type { Facts } from "./evidence.ts";
import { ask } from "./http.ts";
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
 * Asks, each time on a fresh connection and with a fresh nonce, until so many answers in a row are
 * as expected; any other answer, or none, starts the row anew.
 */
export async function answersInARow(
  questions: Questions,
  expected: Expected,
  means: Means,
): Promise<Facts> {
  const { host, answers, deadline } = questions;
  const proofOf = await expectedProof(means);
  const facts = { host, ...expected, by: means.by };
  let asked = 0;
  let inARow = 0;
  let otherAnswers = 0;
  let lastOther: string | undefined;
  while (inARow < answers) {
    if (Date.now() >= deadline) {
      throw new Undecided(
        `${host} did not give ${answers} consecutive answers of ${expected.slot} in time`,
        { by: means.by, asked, inARow, otherAnswers, lastOther },
      );
    }
    const answer = await question(questions, expected, proofOf);
    asked += 1;
    inARow = answer === undefined ? inARow + 1 : 0;
    if (answer !== undefined) {
      otherAnswers += 1;
      lastOther = answer.other;
      if (answer.isFinal && questions.isOnePod === true) {
        throw new Disproved(`The pod answers with ${answer.other}`, facts);
      }
    }
    // A gateway does not tell when it is done; asking again is the only way to know.
    await pause(PAUSE_MS);
  }
  return { ...facts, asked, inARow, otherAnswers, lastOther };
}

interface Other {
  readonly other: string;
  /** Whether the application itself said so. */
  readonly isFinal: boolean;
}

/** @returns undefined for the expected answer, else what came instead */
async function question(
  { url, host }: Questions,
  expected: Expected,
  proofOf: ((answered: Answered) => string) | undefined,
): Promise<Other | undefined> {
  const nonce = freshNonce();
  try {
    const { status, headers, body } = await ask(url, {
      headers: { host, ...(proofOf && { [NONCE_HEADER]: nonce }) },
    });
    if (status !== 200) {
      return { other: `status ${status}`, isFinal: false };
    }
    const differences = differencesOf(body, expected);
    if (proofOf === undefined) {
      return differences === undefined
        ? { other: "not an answer of the application", isFinal: false }
        : otherThan("", differences);
    }
    const proof = headers[PROOF_HEADER];
    return proof === proofOf({ nonce, host, ...expected })
      ? undefined
      : otherThan(
          proof === undefined ? "no Rotation-Proof" : "a Rotation-Proof of a different credential",
          // A pod that does not describe itself says nothing of these.
          (differences ?? []).filter((difference) => !difference.endsWith("undefined")),
        );
  } catch (error) {
    return { other: `no answer: ${(error as Error).message}`, isFinal: false };
  }
}

function otherThan(what: string, differences: readonly string[]): Other | undefined {
  const other = [what, ...differences].filter((part) => part !== "").join(", ");
  return other === "" ? undefined : { other, isFinal: true };
}

/** What an answer says otherwise of itself; undefined when it is none of the application. */
function differencesOf(body: string, expected: Expected): string[] | undefined {
  let said: Record<string, unknown>;
  try {
    said = Object(JSON.parse(body)) as Record<string, unknown>;
  } catch {
    return undefined;
  }
  return Object.entries(expected)
    .filter(([key, value]) => said[key] !== value)
    .map(([key]) => `${key} ${JSON.stringify(said[key])}`);
}
