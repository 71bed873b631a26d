/** What came of a question: `later` is what can be asked only when there is more of the stack. */
export const STATES = ["wrong", "could not ask", "later", "ok"] as const;

export type State = (typeof STATES)[number];

/** The answer to one question, and what helps where it is not as it should be. */
export interface Finding {
  readonly state: State;
  /** What was asked, e.g. `resource provider Microsoft.EventGrid`. */
  readonly what: string;
  /** What the answer was, in a sentence. */
  readonly why: string;
  /** Commands that help, in this order; none where all is well. */
  readonly help: readonly string[];
}

export function ok(what: string, why: string): Finding {
  return { state: "ok", what, why, help: [] };
}

export function wrong(what: string, why: string, ...help: readonly string[]): Finding {
  return { state: "wrong", what, why, help };
}

export function unasked(what: string, why: string, ...help: readonly string[]): Finding {
  return { state: "could not ask", what, why, help };
}

export function later(what: string, why: string, ...help: readonly string[]): Finding {
  return { state: "later", what, why, help };
}

/** One finding where nothing is wrong, else what is. */
export function okUnless(wrongs: readonly Finding[], what: string, why: string): Finding[] {
  return wrongs.length > 0 ? [...wrongs] : [ok(what, why)];
}
