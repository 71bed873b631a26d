import { currentSecret, type Facts, type SlotFacts } from "../../components/facts";
import { otherSlot, type Plan, planProblems, slotOf, SLOTS } from "../../components/plan";

/** The generation of a slot's newest credential, by the tags of the vault, else by the release. */
export function generationOf({ release, secrets }: SlotFacts): number | undefined {
  return (
    secrets?.find(({ generation }) => generation !== undefined)?.generation ?? release?.generation
  );
}

/**
 * Whether a slot is active, by the role's flag, the newest secret and the pods.
 *
 * @returns undefined when they do not agree, or none of them could be seen
 */
export function isActive({ release, role, secrets }: SlotFacts): boolean | undefined {
  const signs = [
    role?.canLogin,
    secrets && currentSecret(secrets) !== undefined,
    release ? release.replicas > 0 : undefined,
  ].filter((sign) => sign !== undefined);
  return signs.length > 0 && signs.every((sign) => sign === signs[0]) ? signs[0] : undefined;
}

/**
 * The plan that would leave these facts behind; undefined when none would. Of the generations
 * before both slots nothing is left, so they count as retired.
 */
export function planThatFits(facts: Facts): Plan | undefined {
  const generations = SLOTS.map((slot) => generationOf(facts.slots[slot]));
  const [blue, green] = generations;
  if (blue === undefined || green === undefined || Math.abs(blue - green) !== 1) {
    return undefined;
  }
  if (slotOf(blue) !== "blue") {
    return undefined;
  }
  const counter = Math.max(blue, green);
  const live = liveGeneration(facts, { blue, green });
  const liveSlot = live === undefined ? undefined : slotOf(live);
  if (live === undefined || liveSlot === undefined || isActive(facts.slots[liveSlot]) !== true) {
    return undefined;
  }
  const standby = isActive(facts.slots[otherSlot(liveSlot)]);
  // The newest generation is retired by a withdraw only, which gives the slot an older one.
  if (standby === undefined || (!standby && live !== counter)) {
    return undefined;
  }
  const plan = { counter, live, retired: standby ? Math.max(-1, counter - 2) : counter - 1 };
  return planProblems(plan).length === 0 ? plan : undefined;
}

/** Who answers production; where that cannot be seen, where the Ingress leads to. */
function liveGeneration(
  { production, routes }: Facts,
  generations: Readonly<Record<"blue" | "green", number>>,
): number | undefined {
  // One that answers, and says nothing of itself, is whoever the Ingress leads to.
  const isSilent = production?.status === 200 && production.generation === undefined;
  if (production !== undefined && !isSilent) {
    return production.generation === undefined
      ? undefined
      : Object.values(generations).find((generation) => generation === production.generation);
  }
  const slot = SLOTS.find((candidate) => routes?.production?.endsWith(`-${candidate}`));
  return slot && generations[slot];
}
