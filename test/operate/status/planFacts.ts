import type { Facts, SlotFacts } from "../../../components/facts/facts";
import {
  LEGACY,
  type Plan,
  rotationPlan,
  servingAt,
  type SlotName,
  type SlotPlan,
} from "../../../components/plan/rotationPlan";

/** The Service that served with the legacy login. */
export const LEGACY_SERVICE = "shop-web";

/** What a run that completed a plan leaves behind, in an application `app` with two pods a slot. */
export function factsOfPlan({ counter, live, retired }: Plan): Facts {
  const { slots } = rotationPlan({ counter, live, retired });
  const serving = servingAt(live);
  return {
    slots: { blue: slotFacts(slots.blue), green: slotFacts(slots.green) },
    routes: {
      production: serving === "legacy" ? LEGACY_SERVICE : `app-${serving}`,
      blue: "app-blue",
      green: "app-green",
    },
    production: {
      status: 200,
      ...(serving !== "legacy" && {
        slot: serving,
        generation: live,
        secretVersion: version(live),
      }),
    },
    ...(retired < LEGACY && { legacy: { canLogin: true, sessions: 3 } }),
    unseen: [],
  };
}

/** The same of an application whose slots have one release, `app`. */
export function factsOfOneRelease(plan: Plan): Facts {
  const facts = factsOfPlan(plan);
  const of = (slot: SlotName): SlotFacts => {
    const { release, ...others } = facts.slots[slot];
    return slot === servingAt(plan.live)
      ? { ...others, ...(release && { release }), holders: 2 }
      : { ...others, holders: 0 };
  };
  return {
    ...facts,
    slots: { blue: of("blue"), green: of("green") },
    routes: { production: "app" },
  };
}

/** Name that the secret version of a generation has here. */
export function version(generation: number): string {
  return `v${generation}`;
}

function slotFacts({ generation, slot, state }: SlotPlan): SlotFacts {
  const active = state === "active";
  const older = {
    version: version(generation - 2),
    enabled: true,
    generation: generation - 2,
    slot,
  };
  return {
    role: { canLogin: active, sessions: active ? 8 : 0 },
    secrets: [
      {
        version: version(generation),
        enabled: active,
        generation,
        slot,
        created: "2026-11-01T00:00:00.000Z",
        expires: "2027-01-30T00:00:00.000Z",
      },
      ...(generation > 1 ? [older] : []),
    ],
    ...(active && { login: { version: version(generation), sqlstate: "" } }),
    release: {
      replicas: active ? 2 : 0,
      ready: active ? 2 : 0,
      earlier: 0,
      isWhole: active,
      generation,
      pinned: active ? version(generation) : "",
      mounted: active ? [version(generation)] : [],
    },
  };
}
