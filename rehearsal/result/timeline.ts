import type { LoadSeries } from "../clients/loadRecords";
import type { Operation } from "../up/operationLog";
import type { SessionSample } from "../clients/sessions";

/** A span of time, in seconds since the timeline began. */
export interface Span {
  readonly begin: number;
  readonly end: number;
}

/** An operation of the engine on the timeline. */
export interface TimedOperation {
  urn: string;
  op: string;
  /** Seconds since the timeline began. */
  begin: number;
  /** Undefined when the engine never said that it ended. */
  end?: number;
  failed?: true;
}

/** A part of a rotation: one `up`, or what stands for it. */
export interface Phase extends Span {
  readonly name: string;
}

/** What went on while the load was on, second by second. */
export interface Timeline {
  /** Milliseconds since the epoch; all seconds count from here. */
  startedAt: number;
  load: LoadSeries;
  /** When sessions were counted, and how many each role had then. */
  sessions: { seconds: number[]; byRole: Record<string, number[]> };
  /** From when on the gateway sent production to a slot. */
  serving: { second: number; slot: string }[];
}

/** Seconds between two moments, to the hundredth. */
export function secondsBetween(from: number, to: number): number {
  return Math.round((to - from) / 10) / 100;
}

/** Operations as they stand in the result file. */
export function timed(operations: readonly Operation[], startedAt: number): TimedOperation[] {
  return operations.map(({ at, urn, op, endedAt, failed }) => ({
    urn,
    op,
    begin: secondsBetween(startedAt, at),
    ...(endedAt !== undefined && { end: secondsBetween(startedAt, endedAt) }),
    ...(failed && { failed }),
  }));
}

/** Samples between two moments as one list per role: a role that is not in a sample had none. */
export function sessionSeries(
  samples: readonly SessionSample[],
  roles: readonly string[],
  from: number,
  to: number,
): Timeline["sessions"] {
  const wanted = samples.filter(({ at }) => at >= from && at <= to);
  return {
    seconds: wanted.map(({ at }) => secondsBetween(from, at)),
    byRole: Object.fromEntries(
      roles.map((role) => [role, wanted.map(({ byRole }) => byRole[role] ?? 0)]),
    ),
  };
}

/** In the place of a slot: nobody can say which of the two it was. */
export const EITHER = "either slot";

/** A request is sent at most so many seconds after it was due. */
const MOST_LAG_SECONDS = 1;

/**
 * Answers that do not say whose they are, by the slot that the gateway sent production to.
 *
 * @param answered good answers of each second
 * @param serving from when on the gateway sent production to a slot
 */
export function sentTo(
  answered: readonly number[],
  serving: Timeline["serving"],
): LoadSeries["answered"] {
  const slots = answered.map((_, second) => {
    const until = second + 1 + MOST_LAG_SECONDS;
    const before = serving.findLast((each) => each.second <= second)?.slot;
    const changes = serving.filter((each) => each.second > second && each.second < until);
    return changes.every(({ slot }) => slot === before) ? (before ?? EITHER) : EITHER;
  });
  return Object.fromEntries(
    [...new Set(slots)].map((slot) => [
      slot,
      answered.map((count, second) => (slots[second] === slot ? count : 0)),
    ]),
  );
}

/** Measures the phases of a rotation one after another. */
export class PhaseClock {
  readonly phases: Phase[] = [];
  private began = 0;

  constructor(private readonly startedAt: number) {}

  async measure<T>(name: string, work: () => Promise<T>): Promise<T> {
    this.began = Date.now();
    const result = await work();
    this.phases.push({
      name,
      begin: secondsBetween(this.startedAt, this.began),
      end: secondsBetween(this.startedAt, Date.now()),
    });
    return result;
  }
}
