import type { SlotName, Strategy } from "../../components/plan";
import type { ByKind } from "../clients/loadRecords";
import type { Providers } from "../engine/providers";
import type { Phase, TimedOperation, Timeline } from "./timeline";

/** What `--scenario` writes into its result file. */
export interface ScenariosResult {
  ok: boolean;
  kind: "scenarios";
  scenarios: ScenarioResult[];
}

/** One configuration change and the `up` or `preview` after it. */
export interface MoveResult {
  /** Plans in words: `counter 1, live 1, retired none`. */
  readonly from: string;
  readonly to: string;
  readonly outcome: "done" | "refused" | "failed" | "killed";
  /** What a user read; empty when it was done. */
  readonly text: string;
}

/** What came of a scenario, for the result file. */
export interface ScenarioResult {
  readonly name: string;
  ok: boolean;
  seconds: number;
  requests: Requests;
  readonly moves: MoveResult[];
  /** Failed requests that are not the rotation's doing, and whose doing they are. */
  excused?: { failed: number; why: string };
  /** Points at which the engine was killed, and after how many of them it all ended well. */
  killPoints?: { tried: number; converged: number };
  /** Places that were searched for leaks. */
  leakSearch?: readonly SearchedPlace[];
  /** What was measured and counted, by name. */
  figures?: Readonly<Record<string, number>>;
  /** What is not as promised, in sentences. */
  readonly problems: string[];
  /** Why nobody can say of this machine whether it is as promised, in sentences. */
  readonly cannotJudge: string[];
}

/** What a rehearsal writes into its result file. */
export interface RehearsalResult {
  /** Everything below is as promised. */
  ok: boolean;
  /** `rotate` for the program's order, `naive` for the negative control. */
  kind: "rotate" | "naive";
  /** The application that was rotated, and how it got its password: `file`, `secret` or `secret-from-vault`. */
  application: string;
  delivery: string;
  /** How production moved from one credential to the next. */
  strategy: Strategy;
  /** What happened to a platform that was there; not there when the stack made its own. */
  existingPlatform?: ForeignChanges;
  /** By what the proofs knew the answers after the switch, in their own words. */
  proofs: ProofMeans;
  engine: { version: string; source: string };
  providers: Providers;
  /** Requests per second, and what was tried to find them; nothing when the rate was asked for. */
  rate: { perSecond: number; tried: TriedRate[] };
  requests: Requests;
  /** Requests that the load itself sent late or not at all, because the machine was too busy. */
  behind: number;
  rotations: RotationResult[];
  /** Second by second; not there before the load is over. */
  timeline?: Timeline;
  /** What the proofs said, as they said it, with the moment in milliseconds since the epoch. */
  evidence: ProofLine[];
  /** Where a clear-text credential was found. */
  leaks: Leak[];
  /** Every place that was searched, and whether the canary planted there was found. */
  leakSearch: SearchedPlace[];
  /** What was not as promised, in sentences. */
  problems: string[];
  /** Why nobody can say of this machine whether it is as promised, in sentences. */
  cannotJudge: string[];
}

/** From the first deployment on, what the application's stack did to a platform of others. */
export interface ForeignChanges {
  /** Operations of the engine on what is a platform's: `<operation> <URN>`. */
  operations: string[];
  /** Writes of what was in Azure before the stack: `<event> <resource id>`. */
  writes: string[];
}

/** What a machine made of a rate, beside an `up` at work. */
export interface TriedRate {
  readonly perSecond: number;
  /** The machine holds the rate and has room left. */
  readonly held: boolean;
  /** 99 in 100 requests were sent so much later than they were due, or less. */
  readonly lagMs: number;
  /** 99 in 100 answers took so long, or less. */
  readonly p99Ms: number;
  /** Part of the time in which somebody on the way had to wait for a core, from 0 to 1. */
  readonly busy: number;
}

export interface Requests {
  sent: number;
  /** Due and never sent: the machine was too busy. */
  unsent: number;
  failed: number;
  /** Answered late while the machine was too busy to tell whose doing it was; not in `failed`. */
  unjudged: number;
  /** Since they were due. */
  p50Ms: number;
  p99Ms: number;
  /** Failed requests by reason. */
  reasons: Readonly<Record<string, number>>;
  byKind: ByKind;
}

/** What the proof after a switch says of itself. */
export interface ProofMeans {
  /** As in `rotation:proofBy`; not there when no proof told. */
  by?: string;
  /** What its knowledge of who answered stands on, where that is not the answers themselves. */
  identity?: string;
}

/** Who serves production, and how that is known. */
export interface Served {
  /**
   * `answer`: it says so itself. `gateway`, the weaker proof: it is where the gateway sends production,
   * and the role whose sessions worked while a request was answered.
   */
  by: "answer" | "gateway";
  /** Empty when the gateway sends production to neither. */
  slot: string;
  /** Several, with commas between them, when sessions of several roles worked. */
  sessionUser: string;
  /** Only an answer can say. */
  secretVersion?: string;
}

/** One line of a proof. */
export interface ProofLine {
  readonly at: number;
  readonly [fact: string]: unknown;
}

/** One rotation: the `up` that rotates and the one that retires. */
export interface RotationResult {
  /** Counter before and after. */
  from: number;
  to: number;
  liveBefore: SlotName;
  liveAfter: SlotName;
  seconds: number;
  /** Parts of the rotation, on the timeline. */
  phases: Phase[];
  operations: TimedOperation[];
  /** Operations on a slot that served at that moment: with one release, as long as a pod holds its credential. */
  operationsOnLiveSlot: number;
  /** Operations on the platform and on what the application has of its own. */
  operationsOnPlatform: number;
  requests: Requests;
  newCredential: Served;
  oldCredential: { refused: boolean; sqlstate: string };
}

export interface SearchedPlace {
  readonly place: string;
  canaryFound: boolean;
  /** Credentials in lines that Pulumi prints whatever the program does; none where it redacts. */
  printedByEngine?: number;
}

export interface Leak {
  place: string;
  file: string;
  credential: string;
}
