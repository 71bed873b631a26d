/** One of the two places for a credential: even generations are blue, odd ones green. */
export type SlotName = "blue" | "green";

/** The generation of a legacy login: the credential that an adopted application had before. */
export const LEGACY = -1;

/** Who receives production traffic: a slot, or an adopted application with its legacy login. */
export type Serving = SlotName | "legacy";

/** The three numbers a stack is configured with. */
export interface Plan {
  /** R: raising it by one creates a new credential. */
  readonly counter: number;
  /** L: the generation that receives production traffic, R or R - 1. */
  readonly live: number;
  /** T: all generations up to this one are retired; -1 when none is, -2 while a legacy login lives. */
  readonly retired: number;
}

/** What an adoption begins with: production stays where it is, and neither slot has a credential. */
export const ADOPTION: Plan = { counter: LEGACY, live: LEGACY, retired: LEGACY - 1 };

/** What a slot should hold. To a slot, live, staged and previous are the same: `active`. */
export interface SlotPlan {
  readonly slot: SlotName;
  readonly generation: number;
  readonly state: "active" | "retired";
}

/** A plan and everything derived from it. */
export interface RotationPlan extends Plan {
  readonly slots: Readonly<Record<SlotName, SlotPlan>>;
  /** The slot that receives production traffic; always active. Undefined while a legacy login does. */
  readonly liveSlot: SlotPlan | undefined;
  /**
   * The other slot: staged, previous or retired. While a legacy login serves it is that of the first
   * generation, because the other one has held none yet.
   */
  readonly standbySlot: SlotPlan;
}

export const SLOTS: readonly SlotName[] = ["blue", "green"];

/** The slot that holds a generation; generation -1, before the first, is green. */
export function slotOf(generation: number): SlotName {
  return generation % 2 === 0 ? "blue" : "green";
}

/** Who receives traffic when this generation is live. */
export function servingAt(generation: number): Serving {
  return generation === LEGACY ? "legacy" : slotOf(generation);
}

/** The slot that is not `slot`. */
export function otherSlot(slot: SlotName): SlotName {
  return slot === "blue" ? "green" : "blue";
}

/**
 * Everything that is wrong with the three numbers, each as a sentence; empty for a plan. Those of an
 * adoption, below 0 and -1, are right here: whether the stack adopts is not in them.
 */
export function planProblems({ counter, live, retired }: Plan): string[] {
  const problems: string[] = [];
  const whole = (key: string, value: number, least: number) => {
    if (!Number.isSafeInteger(value) || value < least) {
      problems.push(`rotation:${key} must be a whole number from ${least} up, not ${value}.`);
    }
  };
  whole("counter", counter, LEGACY);
  whole("live", live, LEGACY);
  whole("retired", retired, LEGACY - 1);
  if (problems.length > 0) {
    return problems;
  }
  const least = retired < LEGACY ? LEGACY : 0;
  if (live !== counter && live !== counter - 1) {
    const choices = counter <= least ? counter : `${counter} or ${counter - 1}`;
    return [
      `rotation:live must be ${choices} with counter ${counter}, not ${live}: ` +
        "only the two newest generations have a slot.",
    ];
  }
  if (retired >= live) {
    return [
      `rotation:retired must be below the live generation ${live}, not ${retired}: ` +
        "a retired credential cannot serve.",
    ];
  }
  return counter > 0 && retired < LEGACY
    ? [
        `rotation:counter must not be above 0, but it is ${counter}, while the legacy login lives: ` +
          `retire it first, with rotation:retired ${LEGACY}.`,
      ]
    : [];
}

/**
 * What both slots hold under a plan. Raising the counter by one changes nothing in the slot of the
 * old counter's generation. A generation below 0 has never had a credential in a slot, so it is
 * retired there from the beginning.
 *
 * @param plan counter: a whole number from 0 up; live: the counter, which is the default, or one less;
 * retired: from -1, the default, to below live. An adoption begins at -1, -1, -2.
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
    state: generation < 0 || generation <= retired ? "retired" : "active",
  });
  const newest = holding(counter);
  const before = holding(counter - 1);
  const slots =
    newest.slot === "blue" ? { blue: newest, green: before } : { blue: before, green: newest };
  const liveSlot = live === LEGACY ? undefined : slots[slotOf(live)];
  const standbySlot = liveSlot ? slots[otherSlot(liveSlot.slot)] : slots[slotOf(LEGACY + 1)];
  return { counter, live, retired, slots, liveSlot, standbySlot };
}
