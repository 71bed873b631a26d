import { hasOneRelease } from "../../components/chart";
import { currentSecret, type Facts, objectsOf, type SlotFacts } from "../../components/facts";
import {
  LEGACY,
  otherSlot,
  type Plan,
  planProblems,
  type SlotName,
  slotOf,
  SLOTS,
} from "../../components/plan";
import type { Evidence } from "./evidence";

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

/** Whose facts they are. */
type Whose = Pick<Evidence, "application" | "legacy" | "objects">;

/**
 * The plan that would leave these facts behind; undefined when none would. Of the generations
 * before both slots nothing is left, so they count as retired.
 */
export function planThatFits(facts: Facts, whose: Whose): Plan | undefined {
  const generations = SLOTS.map((slot) => generationOf(facts.slots[slot]));
  const [blue, green] = generations;
  if (blue === undefined || green === undefined || Math.abs(blue - green) !== 1) {
    return undefined;
  }
  if (slotOf(blue) !== "blue") {
    return undefined;
  }
  const counter = Math.max(blue, green);
  const live = liveGeneration(facts, { blue, green }, whose);
  const isAlive = facts.legacy?.canLogin === true;
  const plan =
    live === LEGACY
      ? isAlive && isActive(facts.slots.blue) === counter > LEGACY
        ? { counter, live, retired: LEGACY - 1 }
        : undefined
      : live === undefined
        ? undefined
        : planOfSlots(facts, { counter, live, isAlive });
  return plan && planProblems(plan).length === 0 ? plan : undefined;
}

/** The same while a slot serves. */
function planOfSlots(
  { slots }: Facts,
  { counter, live, isAlive }: { counter: number; live: number; isAlive: boolean },
): Plan | undefined {
  const liveSlot = slotOf(live);
  const standby = isActive(slots[otherSlot(liveSlot)]);
  // The newest generation is retired by a withdraw only, which gives the slot an older one.
  if (
    isActive(slots[liveSlot]) !== true ||
    standby === undefined ||
    (!standby && live !== counter)
  ) {
    return undefined;
  }
  const retired = standby ? Math.max(LEGACY, counter - 2) : counter - 1;
  return { counter, live, retired: isAlive && counter === 0 ? LEGACY - 1 : retired };
}

/** Who answers production; where that cannot be seen, where the Ingress leads to. */
function liveGeneration(
  { production, routes, slots }: Facts,
  generations: Readonly<Record<SlotName, number>>,
  whose: Whose,
): number | undefined {
  // One that answers, and says nothing of itself, is whoever the Ingress leads to.
  const isSilent = production?.status === 200 && production.generation === undefined;
  if (production !== undefined && !isSilent) {
    return production.generation === undefined
      ? undefined
      : Object.values(generations).find((generation) => generation === production.generation);
  }
  const service = routes?.production;
  if (service !== undefined && service === whose.legacy?.service) {
    return LEGACY;
  }
  const objects = objectsOf(whose);
  // Where both slots have one release, its pods say whose credential they are to hold.
  const leadsTo = (slot: SlotName) =>
    objects[slot].service.name === service &&
    (!hasOneRelease(objects) || slots[slot].release !== undefined);
  const slot = SLOTS.find(leadsTo);
  return slot && generations[slot];
}
