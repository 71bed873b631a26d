import { commandsFor, servingAt, type SlotName, SLOTS, type Whole } from "../plan";
import type { Facts, SlotFacts } from "./facts";
import { type Expectation, objectsOf } from "./handChange";

/** What the cluster reports about both slots, for the guard. */
export function wholeSlots({ slots }: Facts): Whole {
  return (slot) => {
    const { release } = slots[slot];
    return release?.isWhole ? (release.template ?? "") : undefined;
  };
}

/**
 * What is seen of slots that are not whole, for people, one line each; then the image in force and
 * the commands that go back to it.
 */
export function mixedText(
  { slots }: Facts,
  expected: Pick<Expectation, "application" | "image" | "objects" | "plan">,
): string {
  const { image, plan } = expected;
  const lines = SLOTS.toSorted((slot) => (slot === servingAt(plan.live) ? -1 : 1)).flatMap((slot) =>
    seen(slot, slots[slot], objectsOf(expected)[slot].deployment),
  );
  return [
    ...lines,
    ...(image === undefined
      ? []
      : [
          `The last completed run left ${image}. To go back to it: ` +
            `pulumi config set rotation:appImage ${image} && ${commandsFor(plan)}`,
        ]),
  ].join("\n");
}

function seen(slot: SlotName, { holders, release }: SlotFacts, name: string): string[] {
  if (release === undefined && holders !== undefined) {
    return holders === 0
      ? []
      : [`${holders} pods of ${name} still hold the credential of ${slot}.`];
  }
  if (!release) {
    return [release === null ? `There is no Deployment ${name}.` : `${name} could not be read.`];
  }
  const { earlier, image = "an unknown image", isWhole, ready, replicas } = release;
  const rest = earlier === 0 ? "" : `, ${earlier} on an earlier template`;
  return isWhole
    ? [`${name} (${slot}) is complete: ${replicas} pods of ${image}.`]
    : replicas === 0
      ? []
      : [`${name} (${slot}) should have ${replicas} pods of ${image}; ${ready} are ready${rest}.`];
}
