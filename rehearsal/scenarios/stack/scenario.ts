import type { Requests, SearchedPlace } from "../../result/result";
import type { ScenarioStack } from "./scenarioStack";

/** What scenarios of no fixed length are told. */
export interface ScenarioOptions {
  readonly rotations?: number;
  /** Of what is drawn at random. */
  readonly seed?: number;
  /** Told what goes on, in a few words. */
  readonly step?: (text: string) => void;
}

/** Something that can happen to a stack, played through with traffic on. */
export interface Scenario {
  /** As `--scenario` takes it. */
  readonly name: string;
  /** What happens, in one line. */
  readonly line: string;
  /**
   * Begins and ends with a completed plan whose live generation is the newest.
   *
   * @throws AssertionError with what is not as promised
   */
  run(stack: ScenarioStack, options?: ScenarioOptions): Promise<void>;
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
}
