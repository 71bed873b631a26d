import { stepOf } from "../result/operations";
import type { RotationResult } from "../result/result";

/** One bar of the timeline. */
export interface StepBar {
  readonly step: string;
  /** The slot it belongs to; undefined for what belongs to neither. */
  readonly slot: string | undefined;
  /** Seconds on the timeline. */
  readonly begin: number;
  readonly end: number;
  readonly failed: boolean;
}

/** Operations of a step that are closer than this are one bar. */
const GAP_SECONDS = 0.5;

/**
 * The steps of a rotation in the order in which they first began. Several operations of one step
 * are one bar where they follow each other closely; one that never ended lasts until its phase ends.
 */
export function stepBars({ operations, phases }: RotationResult): StepBar[] {
  const bars: StepBar[] = [];
  const inOrder = [...operations].sort((one, other) => one.begin - other.begin);
  for (const operation of inOrder) {
    const step = stepOf(operation);
    if (step === undefined) {
      continue;
    }
    const { begin, failed = false } = operation;
    const end = operation.end ?? phases.find((phase) => begin < phase.end)?.end ?? begin;
    const index = bars.findLastIndex((bar) => bar.step === step);
    const before = bars[index];
    if (before !== undefined && begin - before.end < GAP_SECONDS) {
      const merged = { end: Math.max(before.end, end), failed: before.failed || failed };
      bars[index] = { ...before, ...merged };
    } else {
      bars.push({ step, slot: /^(blue|green): /.exec(step)?.[1], begin, end, failed });
    }
  }
  return bars;
}
