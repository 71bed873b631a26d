import { commandsFor, namesOf, servingAt, type SlotName, SLOTS, type Whole } from "../plan";
import type { Expectation } from "./handChange";
import type { Facts } from "./facts";

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
  { application, image, plan }: Pick<Expectation, "application" | "image" | "plan">,
): string {
  const lines = SLOTS.toSorted((slot) => (slot === servingAt(plan.live) ? -1 : 1)).flatMap((slot) =>
    seen(slot, slots[slot].release, namesOf(application).slot(slot).release),
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

function seen(
  slot: SlotName,
  release: Facts["slots"][SlotName]["release"],
  name: string,
): string[] {
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
