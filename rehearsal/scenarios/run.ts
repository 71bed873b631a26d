import type { Requests, ScenarioResult } from "../result/result";
import { outcomeOf, whyNotJudged } from "../result/judging";
import { requestsOf, Rig, type RigSettings } from "../rig/rig";
import type { Scenario, ScenarioOptions } from "./stack/scenario";
import { ScenarioStack } from "./stack/scenarioStack";

export interface ScenarioSettings {
  readonly rig: RigSettings;
  /** Requests per second. */
  readonly rate: number;
  /** Told what goes on, in a few words. */
  readonly step: (text: string) => void;
  /** For scenarios of no fixed length. */
  readonly options?: Omit<ScenarioOptions, "step">;
  /** Told of every rig that is started, for the progress display; undefined when it is gone. */
  readonly onRig: (rig: Rig | undefined) => void;
  /** Told of every scenario when it is over. */
  readonly onResult: (result: ScenarioResult) => void;
}

const NO_REQUESTS: Requests = {
  sent: 0,
  unsent: 0,
  failed: 0,
  unjudged: 0,
  p50Ms: 0,
  p99Ms: 0,
  reasons: {},
  byKind: {},
};

/**
 * Plays scenarios one after another on one stack, but for those that want their own; after one that
 * went wrong the next gets a new stack, because what follows it there would say nothing.
 */
export async function playScenarios(
  scenarios: readonly Scenario[],
  settings: ScenarioSettings,
): Promise<void> {
  const { onResult, onRig, rate, step } = settings;
  let stack: ScenarioStack | undefined;
  const close = async () => {
    await stack?.rig.close();
    stack = undefined;
    onRig(undefined);
  };
  try {
    for (const scenario of scenarios) {
      settings.rig.signal.throwIfAborted();
      const { own } = scenario;
      if (own !== undefined) {
        await close();
      }
      if (stack === undefined) {
        step("deploying");
        const rig = await Rig.start({
          ...settings.rig,
          ...(own && { ...own.rig, timing: own.timing }),
        });
        onRig(rig);
        try {
          for (const [key, value] of Object.entries(own?.settings ?? {})) {
            await rig.workspace.set(key, value);
          }
          await own?.before?.(rig);
          stack = await (own?.deploy ?? ScenarioStack.deploy)(rig, rate);
        } catch (error) {
          await rig.keepEvidence();
          await rig.close();
          throw error;
        }
      }
      step(scenario.name);
      const result = await play(scenario, stack, rate, { ...settings.options, step });
      settings.rig.signal.throwIfAborted();
      onResult(result);
      if (result.problems.length > 0) {
        await stack.rig.keepEvidence();
      }
      if (result.problems.length > 0 || own !== undefined) {
        await close();
      }
    }
    await stack?.rig.keepEvidence();
  } finally {
    await close();
  }
}

async function play(
  scenario: Scenario,
  stack: ScenarioStack,
  rate: number,
  options: ScenarioOptions,
): Promise<ScenarioResult> {
  const result: ScenarioResult = {
    name: scenario.name,
    ok: false,
    seconds: 0,
    requests: NO_REQUESTS,
    moves: [],
    problems: [],
    cannotJudge: [],
  };
  const begin = stack.rig.load.mark();
  stack.noteIn(result);
  try {
    await scenario.run(stack, options);
    const figures = await stack.rig.load.between(begin, stack.rig.load.mark());
    result.requests = requestsOf(figures);
    result.cannotJudge.push(...whyNotJudged(figures, rate));
    const failed = result.requests.failed - (result.excused?.failed ?? 0);
    if (failed > 0) {
      const reasons = Object.entries(result.requests.reasons);
      result.problems.push(
        `${failed} requests failed, for these reasons: ${reasons.map(([reason, count]) => `${count} x ${reason}`).join(", ")}.`,
      );
    }
    if (result.requests.sent === 0) {
      result.problems.push("No request was sent.");
    }
    await scenario.own?.after?.(stack);
  } catch (error) {
    result.problems.push(error instanceof Error ? error.message : String(error));
  }
  result.seconds = (Date.now() - begin.at) / 1000;
  result.ok = outcomeOf([result]) === "ok";
  return result;
}
