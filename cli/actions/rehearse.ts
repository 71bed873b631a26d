import { resolve } from "node:path";
import type { Strategy } from "../../components/plan";
import type { ProviderChoice } from "../../rehearsal/engine/providers";
import type { Share } from "../../rehearsal/progress/reporting";
import { partsOf, TimeLeft } from "../../rehearsal/progress/timeLeft";
import { readNaive } from "../../rehearsal/report/files";
import { publish } from "../../rehearsal/report/publish";
import type {
  RehearsalResult,
  ScenarioResult,
  ScenariosResult,
} from "../../rehearsal/result/result";
import { outcomeOf } from "../../rehearsal/result/judging";
import {
  type ApplicationName,
  applicationOf,
  type RehearsedDelivery,
} from "../../rehearsal/rig/applications";
import { type PlatformOrigin, Rig, type RigSettings } from "../../rehearsal/rig/rig";
import type { TimingName } from "../../rehearsal/rig/timing";
import { NAIVE_SWITCHES, switchNaively } from "../../rehearsal/rotation/naive";
import { rotateInTurn, type RotateSettings } from "../../rehearsal/rotation/rotate";
import { SCENARIOS } from "../../rehearsal/scenarios";
import { playScenarios } from "../../rehearsal/scenarios/run";
import type { Scenario } from "../../rehearsal/scenarios/stack/scenario";
import { ROTATIONS, SCENARIO_RATE } from "../defaults";
import { EXIT, type ExitCode } from "../exit";
import { LiveProgress } from "../liveProgress";
import { interruptible } from "./interruptible";

interface Options {
  readonly application: ApplicationName;
  readonly delivery: RehearsedDelivery;
  readonly platform: PlatformOrigin;
  readonly strategy: Strategy;
  readonly rotations?: number;
  readonly seed?: number;
  readonly rate?: number;
  readonly timing: TimingName;
  readonly json?: string;
  readonly out?: string;
  readonly open?: true;
  readonly compare?: string;
  readonly providers: ProviderChoice;
  readonly naive?: true;
  readonly scenario?: string[];
  readonly list?: true;
  readonly quiet?: true;
}

const TICK_MS = 500;

export async function rehearse(options: Options): Promise<ExitCode> {
  if (options.list) {
    const width = Math.max(...SCENARIOS.map(({ name }) => name.length));
    process.stdout.write(
      SCENARIOS.map(({ name, line }) => `${name.padEnd(width)}  ${line}\n`).join(""),
    );
    return EXIT.ok;
  }
  if ((options.open || options.compare !== undefined) && options.out === undefined) {
    process.stderr.write("--open and --compare need --out <dir>, where the report goes.\n");
    return EXIT.trouble;
  }
  const progress = new LiveProgress(process.stderr, { quiet: options.quiet === true });
  const run = async (signal: AbortSignal) => {
    const session = new Session(options, progress, signal);
    const ticker = setInterval(() => session.tick(), TICK_MS);
    try {
      if (options.compare !== undefined) {
        // Reported now, not after minutes.
        await readNaive(options.compare);
      }
      return await (options.scenario ? session.play(chosen(options.scenario)) : session.rotate());
    } finally {
      clearInterval(ticker);
      progress.close();
    }
  };
  return interruptible((text) => progress.say(text), run);
}

/** What was asked for, while it runs. */
class Session {
  private rig: Rig | undefined;
  private current: { step: string; since: number; share?: Share } = {
    step: "starting",
    since: Date.now(),
  };
  private readonly timeLeft: TimeLeft | undefined;

  constructor(
    private readonly options: Options,
    private readonly progress: LiveProgress,
    private readonly signal: AbortSignal,
  ) {
    const { naive = false, platform, rate, scenario, timing } = options;
    const rotations = naive ? NAIVE_SWITCHES : (options.rotations ?? ROTATIONS);
    this.timeLeft = scenario
      ? undefined
      : new TimeLeft(
          partsOf({
            naive,
            rotations,
            rate,
            findsPlatform: platform === "existing",
            waits: timing === "production",
          }),
        );
  }

  get rigSettings(): RigSettings {
    const { application, delivery, platform, providers, out, strategy, timing } = this.options;
    return {
      providers,
      application: applicationOf(application, delivery),
      platform,
      strategy,
      timing,
      ...(out && { out: resolve(out) }),
      progress: (line, share) => {
        if (share === undefined) {
          this.progress.say(line);
        } else {
          this.current = { ...this.current, step: line, share };
        }
      },
      signal: this.signal,
    };
  }

  readonly step = (text: string): void => {
    this.timeLeft?.step(text);
    if (text !== this.current.step) {
      this.current = { step: text, since: Date.now() };
      this.progress.step(text);
    }
  };

  readonly onRig = (rig: Rig | undefined): void => {
    this.rig = rig;
  };

  tick(): void {
    const { step, since, share } = this.current;
    this.progress.tick({
      step,
      stepSeconds: (Date.now() - since) / 1000,
      done: share?.done,
      load: this.rig?.figures(),
      secondsLeft: share?.secondsLeft ?? this.timeLeft?.seconds,
    });
  }

  /** The measurement, or its negative control. */
  async rotate(): Promise<ExitCode> {
    const { naive, rate, rotations = ROTATIONS } = this.options;
    const rig = await Rig.start(this.rigSettings);
    this.onRig(rig);
    try {
      const settings: RotateSettings = {
        rotations,
        rate,
        step: this.step,
      };
      const result = await (naive ? switchNaively : rotateInTurn)(rig, settings);
      await this.report(result);
      return naive ? controlCodeOf(result) : EXIT[outcomeOf([result])];
    } finally {
      if (!this.signal.aborted) {
        await rig.keepEvidence();
      }
      this.onRig(undefined);
      await rig.close();
    }
  }

  /** Runs scenarios; those that ran are reported even if the rest cannot run. */
  async play(scenarios: readonly Scenario[]): Promise<ExitCode> {
    const { rate = SCENARIO_RATE, rotations, seed } = this.options;
    const played: ScenarioResult[] = [];
    const isWhole = () => played.length === scenarios.length;
    try {
      await playScenarios(scenarios, {
        rig: this.rigSettings,
        rate,
        step: this.step,
        onRig: this.onRig,
        onResult: (result) => {
          played.push(result);
          const { name, problems, cannotJudge } = result;
          if (problems.length > 0) {
            this.progress.say(`${name} is not as promised: ${problems.join(" ")}`);
          } else if (cannotJudge.length > 0) {
            this.progress.say(`${name} cannot be judged: ${cannotJudge.join(" ")}`);
          }
        },
        options: { ...(rotations && { rotations }), ...(seed !== undefined && { seed }) },
      });
    } finally {
      if (played.length > 0) {
        const ok = isWhole() && outcomeOf(played) === "ok";
        await this.report({ ok, kind: "scenarios", scenarios: played });
      }
    }
    return isWhole() ? EXIT[outcomeOf(played)] : EXIT.amiss;
  }

  private async report(result: RehearsalResult | ScenariosResult): Promise<void> {
    const { text, report } = await publish(result, this.options);
    this.progress.close();
    process.stdout.write(text);
    if (report !== undefined) {
      this.progress.say(`Report: ${report}`);
    }
  }
}

/** Names of several scenarios at once. */
const GROUPS: Readonly<Record<string, (scenario: Scenario) => boolean>> = {
  all: () => true,
  pods: ({ isAboutPods }) => isAboutPods === true,
};

/** The scenarios of these names, in the order in which all are played. */
function chosen(names: readonly string[]): Scenario[] {
  const unknown = names.filter(
    (name) => !(name in GROUPS) && !SCENARIOS.some((scenario) => scenario.name === name),
  );
  if (unknown.length > 0) {
    throw new Error(
      `There is no scenario ${unknown.join(", ")}. There are: all, pods, ` +
        `${SCENARIOS.map(({ name }) => name).join(", ")}.`,
    );
  }
  return SCENARIOS.filter((scenario) =>
    names.some((name) => name === scenario.name || GROUPS[name]?.(scenario)),
  );
}

/** The negative control must lose requests. */
function controlCodeOf({ requests }: RehearsalResult): ExitCode {
  return requests.failed > 0 ? EXIT.amiss : EXIT.trouble;
}
