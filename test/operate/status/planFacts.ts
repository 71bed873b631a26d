import type { Facts, SlotFacts } from "../../../components/facts/facts";
import { type Plan, rotationPlan, type SlotPlan } from "../../../components/plan/rotationPlan";

/** What a run that completed a plan leaves behind, in an application `app` with two pods a slot. */
export function factsOfPlan({ counter, live, retired }: Plan): Facts {
  const { liveSlot, slots } = rotationPlan({ counter, live, retired });
  return {
    slots: { blue: slotFacts(slots.blue), green: slotFacts(slots.green) },
    routes: { production: `app-${liveSlot.slot}`, blue: "app-blue", green: "app-green" },
    production: {
      status: 200,
      slot: liveSlot.slot,
      generation: live,
      secretVersion: version(live),
    },
    unseen: [],
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
