import type { Rig, RigSettings } from "../../rig/rig";
import type { TimingName } from "../../rig/timing";
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
  /** Pods that serve come or go in it, so that the time this takes matters. */
  readonly isAboutPods?: true;
  /** Played on a stack of its own, which is deployed so, whatever was asked for. */
  readonly own?: {
    readonly timing: TimingName;
    readonly settings: Readonly<Record<string, string>>;
    /** Another application or strategy, or a platform that is there. */
    readonly rig?: Pick<RigSettings, "application" | "platform" | "strategy">;
    /** What happens before it is deployed. */
    readonly before?: (rig: Rig) => Promise<void>;
    /**
     * How it is deployed and gets its load, at so many requests per second.
     * @default at counter 0
     */
    readonly deploy?: (rig: Rig, rate: number) => Promise<ScenarioStack>;
    /** What happens after the last request. */
    readonly after?: (stack: ScenarioStack) => Promise<void>;
  };
  /**
   * Begins and ends with a completed plan whose live generation is the newest.
   *
   * @throws AssertionError with what is not as promised
   */
  run(stack: ScenarioStack, options?: ScenarioOptions): Promise<void>;
}
