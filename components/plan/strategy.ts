import { namesOf } from "./names";
import type { SlotName } from "./rotationPlan";

/**
 * How production moves from one credential to the next: `blueGreen` by a switch between two releases,
 * `rolling` by one release that rolls from one credential to the other.
 */
export const STRATEGIES = ["blueGreen", "rolling"] as const;

export type Strategy = (typeof STRATEGIES)[number];

/** A strategy that production still has while another one is entered. */
export interface Leaving {
  readonly strategy: Strategy;
  /** Host that leads to pods of the strategy that is entered, and to nobody afterwards. */
  readonly marker: string;
}

/** Host names of an application. */
export interface Hosts {
  /** Where users find it, such as `app.example.com`; undefined where nobody asks it over HTTP. */
  readonly production?: string | undefined;
  /** Always routes to the blue slot; undefined where the slots have no pods of their own. */
  readonly blue?: string | undefined;
  /** Always routes to the green slot. */
  readonly green?: string | undefined;
}

/** What the pods of a slot's credential are called in the cluster. */
export interface PodNames {
  /** Their release. */
  readonly release: string;
  /** Their service account. */
  readonly account: string;
}

/** The names of the pods that hold a slot's credential; under `rolling` both slots' have one release. */
export function podNames(application: string, slot: SlotName, strategy: Strategy): PodNames {
  const names = namesOf(application);
  const { account, credentialAccount, release } = names.slot(slot);
  return strategy === "blueGreen"
    ? { release, account }
    : { release: names.release, account: credentialAccount };
}
