/** A step of a rotation. */
export interface Step {
  /** Its number in docs/architecture.md. */
  readonly number: number;
  /** What it does, as worded in docs/architecture.md. */
  readonly does: string;
  /** What a progress line calls it. */
  readonly title: string;
  /**
   * Its resources, as {@link plainName} names them: `new` is the slot that gets a credential, `old`
   * the one that served before.
   */
  readonly resources: readonly string[];
  /** Later steps that do not wait for it, because both only read. */
  readonly beside?: readonly string[];
}

/** The steps of an emergency, the only move that has all of them, in execution order. */
export const STEPS = {
  guard: {
    number: 1,
    does: "The guard refuses any plan that is more than one move away, then records this plan as started.",
    title: "start of the plan recorded",
    resources: ["pulumi:Stash guard-started"],
  },
  password: {
    number: 2,
    does: "The standby slot gets a new password, and so does the role that the proofs use.",
    title: "new password",
    resources: ["random:RandomPassword rotation-new-password"],
  },
  role: {
    number: 3,
    does:
      "Whoever still holds the slot's role is shut out. Then it gets the password as a SCRAM-SHA-256 " +
      "verifier, so no SQL log can contain the clear text.",
    title: "database role",
    resources: ["postgresql:Role rotation-new-role", "postgresql:GrantRole rotation-new-sessions"],
  },
  secret: {
    number: 4,
    does: "The slot's vault secret gets the password as a new version.",
    title: "vault secret",
    resources: ["azure-native:Secret rotation-new-secret"],
  },
  release: {
    number: 5,
    does: "The slot's Helm release rolls at full size, pinned to exactly that version.",
    title: "Helm release",
    resources: ["kubernetes:Release rotation-new-release"],
  },
  rolled: {
    number: 5,
    does: "A Job verifies that every pod of the slot belongs to that release and is ready.",
    title: "rollout",
    resources: ["kubernetes:Job rotation-proof-rolled"],
    beside: ["proof before promotion"],
  },
  "proof before promotion": {
    number: 6,
    does:
      "Proof: a Job logs in with the mounted credential, compares its rights with its group's and the other slot's, " +
      "ends the sessions that the role still has, and asks the slot's own stage host until enough " +
      "answers in a row come from the new credential.",
    title: "proof before promotion",
    resources: ["kubernetes:Job rotation-proof-before-promotion"],
  },
  switch: {
    number: 7,
    does: "The traffic switch: production's backend changes in one Ingress.",
    title: "traffic switch",
    resources: ["kubernetes:Ingress rotation-traffic"],
  },
  "proof after promotion": {
    number: 8,
    does:
      "Proof: a Job asks the production address until enough answers in a row come from the right " +
      "slot and secret version.",
    title: "proof after promotion",
    resources: ["kubernetes:Job rotation-proof-after-promotion"],
  },
  "scale to zero": {
    number: 10,
    does: "The old slot's release is scaled to zero.",
    title: "Helm release",
    resources: ["kubernetes:Release rotation-old-release"],
  },
  drained: {
    number: 11,
    does: "A Job waits until no pod and no session is left, for at most `rotation:drainSeconds`.",
    title: "waiting for the retired slot to drain",
    resources: ["kubernetes:Job rotation-proof-drained"],
  },
  "no login": {
    number: 12,
    does: "The old role's login is disabled, and whoever holds it is shut out; its password stays.",
    title: "database role",
    resources: ["postgresql:Role rotation-old-role", "postgresql:GrantRole rotation-old-sessions"],
  },
  "proof of refusal": {
    number: 13,
    does:
      "Proof: any leftover session is ended, then the right password is refused with 28000 " +
      '"not permitted to log in".',
    title: "proof that the old credential is refused",
    resources: ["kubernetes:Job rotation-proof-refused"],
  },
  "secret disabled": {
    number: 14,
    does: "The vault secret is disabled.",
    title: "vault secret",
    resources: ["azure-native:Secret rotation-old-secret"],
  },
  record: {
    number: 9,
    does:
      "The program records what is in force, then the plan as completed. Both are stack outputs: " +
      "`live` and `completed`.",
    title: "record",
    resources: ["pulumi:Stash rotation-record", "pulumi:Stash guard-completed"],
  },
} as const satisfies Readonly<Record<string, Step>>;

export type StepName = keyof typeof STEPS;

/** Their names, in execution order. */
export const STEP_NAMES = Object.keys(STEPS) as readonly StepName[];

/**
 * A resource's type and name without what differs between rotations: `new` and `old` for the
 * slots, and no generations.
 */
export function plainName(type: string, name: string, newSlot: string): string {
  const plain = name
    .replace(/-\d+-live-\d+$|(?<=-vacated|-free)-\d+$|(?<=^rotation-trial)-[0-9a-f]{12}$/, "")
    .replace(/-(blue|green)(?=-|$)/, (_, slot: string) => (slot === newSlot ? "-new" : "-old"));
  const parts = type.split(":");
  return `${parts[0]}:${parts.at(-1)} ${plain}`;
}

/** The same of a URN. */
export function plainNameOf(urn: string, newSlot: string): string {
  const [, , types = "", name = ""] = urn.split("::");
  return plainName(types.slice(types.lastIndexOf("$") + 1), name, newSlot);
}
