import { UNKNOWN } from "../clients/loadRecords";
import { plainNameOf, type SlotName, STEPS, type Strategy } from "../../components/plan";
import type { Operation } from "../up/operationLog";
import { EITHER } from "./timeline";

/** The slot that a resource belongs to; undefined for everything outside the slots. */
export function slotOfUrn(urn: string): SlotName | undefined {
  const [, , types = "", name = ""] = urn.split("::");
  const slot = /-(blue|green)(-|$)/.exec(name)?.[1] as SlotName | undefined;
  return types.split("$").includes("rotation:index:Slot") ? slot : undefined;
}

/**
 * The components that no rotation touches. `Application` has what was the platform's once, and
 * `ExistingPlatform` only what the application has of its own on a platform of others.
 */
const LAYERS = {
  "rotation:application:Application": "application",
  "rotation:platform:ExistingPlatform": "application",
  "rotation:platform:Platform": "platform",
} as const;

/** Whether a resource is part of what no rotation touches: the platform or the application's own. */
export function isPlatform(urn: string): boolean {
  return layerOf(urn) !== undefined;
}

/** Types of Azure that an application has of its own, wherever its platform comes from. */
const OWN_TYPES: ReadonlySet<string> = new Set(
  [
    "applicationinsights:Workbook",
    "authorization:RoleAssignment",
    "dbforpostgresql:Database",
    "keyvault:Secret",
    "managedidentity:FederatedIdentityCredential",
    "managedidentity:UserAssignedIdentity",
    "monitor:ActionGroup",
    "monitor:ScheduledQueryRule",
    "resources:ResourceGroup",
  ].map((type) => `azure-native:${type}`),
);

/** Whether a resource would be a platform's: by its place in the stack, or by a type that no application has. */
export function belongsToPlatform(urn: string): boolean {
  const [, , types = ""] = urn.split("::");
  const own = types.split("$").at(-1)!;
  return layerOf(urn) === "platform" || (own.startsWith("azure-native:") && !OWN_TYPES.has(own));
}

function layerOf(urn: string): string | undefined {
  const [, , types = ""] = urn.split("::");
  const parents = types.split("$");
  return Object.entries(LAYERS).find(([type]) => parents.includes(type))?.[1];
}

/** Which slots production's requests went to, over time: one, or both while a release rolls. */
export class ServingHistory {
  private readonly changes: { at: number; slots: readonly string[] }[] = [];

  record(at: number, ...slots: readonly string[]): void {
    this.changes.push({ at, slots });
  }

  at(moment: number): string | undefined {
    const slots = this.slotsAt(moment);
    return slots.length === 0 ? undefined : nameOf(slots);
  }

  /** What served in a span of time: the state at its begin, as of then, and each change in it. */
  between(from: number, to: number): { at: number; slot: string }[] {
    const atBegin = this.at(from);
    return [
      ...(atBegin === undefined ? [] : [{ at: from, slot: atBegin }]),
      ...this.changes
        .filter(({ at }) => at > from && at <= to)
        .map(({ at, slots }) => ({ at, slot: nameOf(slots) })),
    ];
  }

  /** Answers by slot; those that do not say whose they are, by the slot that served at a moment. */
  attributed(
    { [UNKNOWN]: unsaid, ...answers }: Readonly<Record<string, number>>,
    moment: number,
  ): Record<string, number> {
    const slot = this.at(moment);
    return unsaid === undefined || slot === undefined ? answers : { ...answers, [slot]: unsaid };
  }

  /** Operations on a slot that served when they began. */
  onServingSlot(operations: readonly Operation[]): Operation[] {
    return operations.filter(({ at, urn }) => {
      const slot = slotOfUrn(urn);
      return slot !== undefined && this.slotsAt(at).includes(slot);
    });
  }

  private slotsAt(moment: number): readonly string[] {
    return this.changes.findLast(({ at }) => at <= moment)?.slots ?? [];
  }
}

function nameOf([slot = "", ...others]: readonly string[]): string {
  return others.length === 0 ? slot : EITHER;
}

/** Whose operations are counted that nothing must have while it serves. */
export function servingPart(strategy: Strategy): string {
  return strategy === "blueGreen" ? "the live slot" : "a credential that a pod holds";
}

/** What a person calls a resource: the first of each step, and what lies beside the steps. */
const TITLES: ReadonlyMap<string, string> = new Map([
  ...Object.values(STEPS).map(({ resources: [first], title }) => [nameIn(first), title] as const),
  ["guard-attempt", STEPS.guard.title],
  ["guard-completed", "plan completed"],
  ["rotation-trial", "trial of the new settings"],
  ["rotation-proof-vacated", "waiting for the previous generation's pods"],
  ["rotation-proof-free", "waiting for the old credential's holders"],
  ["rotation-release", "release rolls to the new credential"],
  ["rotation-autoscaler", "autoscaler"],
]);

const ROTATOR = "rotation-rotator-";

/** What an operation means to a person; undefined for the small print. */
export function stepOf({
  urn,
  op,
}: Pick<Operation, "urn" | "op"> & { at?: number }): string | undefined {
  if (op.startsWith("delete")) {
    return undefined;
  }
  const [, slot] = /-(blue|green)(?:-|$)/.exec(urn.split("::").at(-1) ?? "") ?? [];
  const name = nameIn(plainNameOf(urn, slot ?? ""));
  const title = name.startsWith(ROTATOR) ? "rotator's credential" : TITLES.get(name);
  if (title !== undefined) {
    return name.includes("-new-") ? `${slot}: ${title}` : title;
  }
  return layerOf(urn);
}

/** The name in what `plainName` makes of a resource. */
function nameIn(plain: string): string {
  return plain.split(" ")[1] ?? "";
}
