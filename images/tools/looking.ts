import { setTimeout as pause } from "node:timers/promises";
import { Undecided } from "./evidence.ts";
import type { Facts } from "./evidence.ts";

const PAUSE_MS = 500;

/** What one look has shown. */
export interface Look {
  /** Whether it is as it has to be, so that no other look is needed. */
  readonly done: boolean;
  readonly facts: Facts;
}

/**
 * Looks again and again, because nobody tells when what is waited for has happened. A look that
 * fails says nothing; the next one may see again.
 *
 * @param deadline milliseconds since the epoch; there is one look at least
 * @param subject what is looked at, which goes before the facts
 * @returns the first look that is done, else the last one
 * @throws Undecided when the time is over with a look that failed
 */
export async function lookUntil(
  deadline: number,
  subject: Facts,
  look: () => Promise<Look>,
): Promise<Look> {
  for (;;) {
    try {
      const { done, facts } = await look();
      if (done || Date.now() >= deadline) {
        return { done, facts: { ...subject, ...facts } };
      }
    } catch (error) {
      if (Date.now() >= deadline) {
        throw new Undecided(`Cannot read the current state: ${(error as Error).message}`, subject);
      }
    }
    await pause(PAUSE_MS);
  }
}
