/** One of the two places for a credential: even generations are blue, odd ones green. */
export type SlotName = "blue" | "green";

/** The three numbers a stack is configured with. */
export interface Plan {
  /** R: raising it by one creates a new credential. */
  readonly counter: number;
  /** L: the generation that receives production traffic, R or R - 1. */
  readonly live: number;
  /** T: all generations up to this one are retired; -1 when none is. */
  readonly retired: number;
}

/** What a slot should hold. To a slot, live, staged and previous are the same: `active`. */
export interface SlotPlan {
  readonly slot: SlotName;
  readonly generation: number;
  readonly state: "active" | "retired";
}

/** A plan and everything derived from it. */
export interface RotationPlan extends Plan {
  readonly slots: Readonly<Record<SlotName, SlotPlan>>;
  /** The slot that receives production traffic; always active. */
  readonly liveSlot: SlotPlan;
  /** The other slot: staged, previous or retired. */
  readonly standbySlot: SlotPlan;
}

export const SLOTS: readonly SlotName[] = ["blue", "green"];

/** The slot that holds a generation; generation -1, before the first, is green. */
export function slotOf(generation: number): SlotName {
  return generation % 2 === 0 ? "blue" : "green";
}

/** The slot that is not `slot`. */
export function otherSlot(slot: SlotName): SlotName {
  return slot === "blue" ? "green" : "blue";
}

/** Everything that is wrong with the three numbers, each as a sentence; empty for a plan. */
export function planProblems({ counter, live, retired }: Plan): string[] {
  const problems: string[] = [];
  const whole = (key: string, value: number, least: number) => {
    if (!Number.isSafeInteger(value) || value < least) {
      problems.push(`rotation:${key} must be a whole number from ${least} up, not ${value}.`);
    }
  };
  whole("counter", counter, 0);
  whole("live", live, 0);
  whole("retired", retired, -1);
  if (problems.length === 0) {
    if (live !== counter && live !== counter - 1) {
      const choices = counter === 0 ? "0" : `${counter} or ${counter - 1}`;
      problems.push(
        `rotation:live must be ${choices} with counter ${counter}, not ${live}: ` +
          "only the two newest generations have a slot.",
      );
    } else if (retired >= live) {
      problems.push(
        `rotation:retired must be below the live generation ${live}, not ${retired}: ` +
          "a retired credential cannot serve.",
      );
    }
  }
  return problems;
}

/**
 * What both slots hold under a plan. Raising the counter by one changes nothing in the slot of the
 * old counter's generation.
 *
 * @param plan counter: a whole number from 0 up; live: the counter, which is the default, or one less;
 * retired: from -1, the default, to below live
 * @throws RangeError that names every problem
 */
export function rotationPlan({
  counter,
  live = counter,
  retired = -1,
}: Pick<Plan, "counter"> & Partial<Plan>): RotationPlan {
  const problems = planProblems({ counter, live, retired });
  if (problems.length > 0) {
    throw new RangeError(problems.join("\n"));
  }
  const holding = (generation: number): SlotPlan => ({
    slot: slotOf(generation),
    generation,
    state: generation <= retired ? "retired" : "active",
  });
  const newest = holding(counter);
  const before = holding(counter - 1);
  const slots =
    newest.slot === "blue" ? { blue: newest, green: before } : { blue: before, green: newest };
  const liveSlot = slots[slotOf(live)];
  return { counter, live, retired, slots, liveSlot, standbySlot: slots[otherSlot(liveSlot.slot)] };
}
