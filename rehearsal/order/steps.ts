/** A step of an emergency, the one move that has all of them. */
export interface Step {
  /** As in the table. */
  readonly name: string;
  /** Its resources, as {@link plainName} names them. */
  readonly resources: readonly string[];
}

/**
 * The steps of a rotation in their order, from the guard to the record; `new` is the slot that gets
 * a credential, `old` the one that served before.
 */
export const STEPS = [
  { name: "guard", resources: ["pulumi:Stash guard-started"] },
  { name: "password", resources: ["random:RandomPassword rotation-new-password"] },
  {
    name: "role",
    resources: ["postgresql:Role rotation-new-role", "postgresql:GrantRole rotation-new-sessions"],
  },
  { name: "secret", resources: ["azure-native:Secret rotation-new-secret"] },
  { name: "release", resources: ["kubernetes:Release rotation-new-release"] },
  { name: "proof before promotion", resources: ["kubernetes:Job rotation-proof-before-promotion"] },
  { name: "switch", resources: ["kubernetes:Ingress rotation-traffic"] },
  { name: "proof after promotion", resources: ["kubernetes:Job rotation-proof-after-promotion"] },
  { name: "scale to zero", resources: ["kubernetes:Release rotation-old-release"] },
  { name: "drained", resources: ["kubernetes:Job rotation-proof-drained"] },
  {
    name: "no login",
    resources: ["postgresql:Role rotation-old-role", "postgresql:GrantRole rotation-old-sessions"],
  },
  { name: "proof of refusal", resources: ["kubernetes:Job rotation-proof-refused"] },
  { name: "secret disabled", resources: ["azure-native:Secret rotation-old-secret"] },
  { name: "record", resources: ["pulumi:Stash rotation-record", "pulumi:Stash guard-completed"] },
] as const satisfies readonly Step[];

export type RotationStep = (typeof STEPS)[number];
export type StepName = RotationStep["name"];

/** Position of a step in the order. */
export function position(name: StepName): number {
  return STEPS.findIndex((step) => step.name === name);
}

/**
 * A resource's type and name without what differs from one rotation to the next: `new` and `old`
 * for the slots, and no generations.
 */
export function plainName(type: string, name: string, newSlot: string): string {
  const plain = name
    .replace(/-\d+-live-\d+$/, "")
    .replace(/-(blue|green)(?=-|$)/, (_, slot: string) => (slot === newSlot ? "-new" : "-old"));
  const parts = type.split(":");
  return `${parts[0]}:${parts.at(-1)} ${plain}`;
}

/** The same of a URN. */
export function plainNameOf(urn: string, newSlot: string): string {
  const [, , types = "", name = ""] = urn.split("::");
  return plainName(types.slice(types.lastIndexOf("$") + 1), name, newSlot);
}
