import { SettingsError } from "./settings.ts";

/** What a proof found out; never a secret. */
export type Facts = Readonly<Record<string, unknown>>;

/** A proof: reads its settings, looks, and returns facts or throws one of the two errors below. */
export type Proof = (environment: NodeJS.ProcessEnv) => Promise<Facts>;

/** What was to be proved is not so. */
export class Disproved extends Error {
  readonly facts: Facts;

  constructor(reason: string, facts: Facts = {}) {
    super(reason);
    this.facts = facts;
  }
}

/** Something that had to be asked did not answer, or not in time. Any other error counts so too. */
export class Undecided extends Error {
  readonly facts: Facts;

  constructor(reason: string, facts: Facts = {}) {
    super(reason);
    this.facts = facts;
  }
}

/** What the program says and how it ends. */
export interface Verdict {
  readonly exitCode: 0 | 1 | 2 | 3;
  readonly evidence: Facts;
}

/** What is left of a proof that somebody else ended: nothing was proved, and nothing disproved. */
export function interrupted(proof: string): Facts {
  const seconds = process.uptime();
  const started = new Date(Date.now() - seconds * 1000).toISOString();
  return { proof, interrupted: true, started, seconds };
}

/** Runs a proof; every way it can end becomes a verdict with one line of evidence. */
export async function judge(
  name: string,
  proof: Proof,
  environment: NodeJS.ProcessEnv,
): Promise<Verdict> {
  const started = new Date();
  const verdict = (exitCode: Verdict["exitCode"], facts: Facts): Verdict => ({
    exitCode,
    evidence: {
      proof: name,
      ok: exitCode === 0,
      started: started.toISOString(),
      seconds: (Date.now() - started.getTime()) / 1000,
      ...facts,
    },
  });
  try {
    return verdict(0, await proof(environment));
  } catch (error) {
    if (error instanceof SettingsError) {
      return verdict(2, { problems: error.problems });
    }
    if (error instanceof Disproved) {
      return verdict(1, { reason: error.message, ...error.facts });
    }
    if (error instanceof Undecided) {
      return verdict(3, { reason: error.message, ...error.facts });
    }
    // Whatever went wrong, it decided nothing.
    return verdict(3, { reason: String(error) });
  }
}
