/** A step of an emergency, the one move that has all of them. */
export interface Step {
  /** As in the table. */
  readonly name: string;
  /** Its resources, by the names that {@link plainName} gives. */
  readonly resources: readonly string[];
}

/**
 * The steps of a rotation in their order, from the guard to the record; `new` is the slot that gets
 * a credential, `old` the one that served before.
 */
export const STEPS = [
  { name: "guard", resources: ["guard-started"] },
  { name: "password", resources: ["rotation-new-password"] },
  { name: "role", resources: ["rotation-new-role", "rotation-new-sessions"] },
  { name: "secret", resources: ["rotation-new-secret"] },
  { name: "release", resources: ["rotation-new-release"] },
  { name: "proof before promotion", resources: ["rotation-proof-before-promotion"] },
  { name: "switch", resources: ["rotation-traffic"] },
  { name: "proof after promotion", resources: ["rotation-proof-after-promotion"] },
  { name: "scale to zero", resources: ["rotation-old-release"] },
  { name: "drained", resources: ["rotation-proof-drained"] },
  { name: "no login", resources: ["rotation-old-role", "rotation-old-sessions"] },
  { name: "proof of refusal", resources: ["rotation-proof-refused"] },
  { name: "secret disabled", resources: ["rotation-old-secret"] },
  { name: "record", resources: ["rotation-record", "guard-completed"] },
] as const satisfies readonly Step[];

export type StepName = (typeof STEPS)[number]["name"];

/** Position of a step in the order. */
export function position(name: StepName): number {
  return STEPS.findIndex((step) => step.name === name);
}

/**
 * A resource's name without what differs from one rotation to the next: `new` and `old` for the
 * slots, and no generations.
 */
export function plainName(name: string, newSlot: string): string {
  return name
    .replace(/-\d+-live-\d+$/, "")
    .replace(/-(blue|green)(?=-|$)/, (_, slot: string) => (slot === newSlot ? "-new" : "-old"));
}
