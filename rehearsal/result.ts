import type { ScenarioResult } from "./scenarios/scenario";

/** What `--scenario` writes into its result file. */
export interface ScenariosResult {
  ok: boolean;
  kind: "scenarios";
  scenarios: ScenarioResult[];
}

/** What a rehearsal writes into its result file. */
export interface RehearsalResult {
  /** Everything below is as promised. */
  ok: boolean;
  /** `rotate` for the program's order, `naive` for the negative control. */
  kind: "rotate" | "naive";
  engine: { version: string; source: string };
  providers: Record<string, "official" | "twin">;
  requests: Requests;
  /** Requests that the load itself sent late or not at all, because the machine was too busy. */
  behind: number;
  rotations: RotationResult[];
  /** Where a clear-text credential was found. */
  leaks: Leak[];
  /** Every place that was searched, and whether the canary planted there was found. */
  leakSearch: { place: string; canaryFound: boolean }[];
  /** What was not as promised, in sentences. */
  problems: string[];
}

export interface Requests {
  sent: number;
  failed: number;
  p50Ms: number;
  p99Ms: number;
  /** Failed requests by reason. */
  reasons: Readonly<Record<string, number>>;
}

/** One rotation: the `up` that rotates and the one that retires. */
export interface RotationResult {
  /** Counter before and after. */
  from: number;
  to: number;
  liveBefore: string;
  liveAfter: string;
  seconds: number;
  operations: { urn: string; op: string }[];
  /** Operations on the slot that served at that moment. */
  operationsOnLiveSlot: number;
  operationsOnPlatform: number;
  requests: Requests;
  newCredential: { sessionUser: string; secretVersion: string };
  oldCredential: { refused: boolean; sqlstate: string };
}

export interface Leak {
  place: string;
  file: string;
  credential: string;
}
