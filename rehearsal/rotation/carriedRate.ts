import { setTimeout as pause } from "node:timers/promises";
import type { Load, LoadFigures } from "../clients/load";
import { LATE_MS, MOST_LAG_MS } from "../clients/loadRecords";
import type { TriedRate } from "../result/result";

/**
 * Requests per second, the highest first: on most machines it is the only one that has to be tried.
 * Lower ones say nothing, as a request costs more the fewer there are.
 */
export const LEAST_RATE = 50;
const RATES = [200, 150, 100, LEAST_RATE] as const;

const SECONDS_PER_RATE = 5;

/** Between two rates: what the one before has left in queues would make the next one look worse. */
const CALM_RATE = 10;
const CALM_MS = 500;
/** A machine that is not calm after so many looks will not be. */
const LOOKS = 10;

/** A rotation asks more of a machine than an `up` that has nothing to do. */
const ROOM = 0.5;

/** Most of the time somebody may wait for a core while the engine computes. */
const MOST_BUSY = 0.5;

/** Whether a machine held a rate and had room left. */
export function isHeld(figures: LoadFigures, passedMs: number): boolean {
  const { failed, unjudged, unsent, lagMs, p99Ms, busyMs } = figures;
  return (
    failed + unjudged + unsent === 0 &&
    lagMs.p99 <= MOST_LAG_MS * ROOM &&
    p99Ms <= LATE_MS * ROOM &&
    busyMs <= passedMs * MOST_BUSY
  );
}

/**
 * Finds the highest rate that this machine holds beside an `up`, and leaves the load at it. Each is
 * measured, because the cost of requests is not linear.
 *
 * @param up an `up` without changes: the real engine and the real program at work
 */
export async function carriedRate(
  load: Load,
  up: () => Promise<unknown>,
  step: (text: string) => void,
): Promise<TriedRate[]> {
  const tried = await triedBeside(up, (perSecond) => {
    step(`trying ${perSecond} requests per second`);
    return tryRate(load, perSecond);
  });
  await load.changeRate(tried.at(-1)!.perSecond);
  return tried;
}

/** Tries rates until one is held, while `up` runs again and again; the last one is to be taken. */
export async function triedBeside(
  up: () => Promise<unknown>,
  tryOne: (perSecond: number) => Promise<TriedRate>,
): Promise<TriedRate[]> {
  const tried: TriedRate[] = [];
  let isTrying = true;
  const trying = async () => {
    for (const perSecond of RATES) {
      const one = await tryOne(perSecond);
      tried.push(one);
      if (one.held) {
        return;
      }
    }
  };
  const beside = async () => {
    while (isTrying) {
      await up();
    }
  };
  await Promise.all([trying().finally(() => (isTrying = false)), beside()]);
  return tried;
}

async function tryRate(load: Load, perSecond: number): Promise<TriedRate> {
  const from = await load.changeRate(perSecond);
  await pause(SECONDS_PER_RATE * 1000);
  const to = await load.changeRate(CALM_RATE);
  const figures = await load.between(from, to);
  const passedMs = to.at - from.at;
  await calm(load);
  const { lagMs, p99Ms, busyMs } = figures;
  const held = isHeld(figures, passedMs);
  return { perSecond, held, lagMs: lagMs.p99, p99Ms, busy: busyMs / passedMs };
}

/** Waits until answers come in time. */
async function calm(load: Load): Promise<void> {
  for (let look = 0; look < LOOKS; look++) {
    const from = load.mark();
    await pause(CALM_MS);
    const { sent, p99Ms } = await load.between(from, load.mark());
    if (sent > 0 && p99Ms <= LATE_MS * ROOM) {
      return;
    }
  }
}
