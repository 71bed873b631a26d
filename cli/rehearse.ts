import { resolve } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { explain } from "../rehearsal/up/explain";
import { LiveProgress } from "../rehearsal/progress/liveProgress";
import { switchNaively } from "../rehearsal/rotation/naive";
import { PROVIDER_CHOICES, type ProviderChoice } from "../rehearsal/engine/providers";
import type { RehearsalResult, ScenariosResult, ScenarioResult } from "../rehearsal/result/result";
import { publish } from "../rehearsal/report/publish";
import { readNaive } from "../rehearsal/report/files";
import { Rig, type RigSettings } from "../rehearsal/rig/rig";
import { rotateInTurn, type RotateSettings } from "../rehearsal/rotation/rotate";
import { SCENARIOS } from "../rehearsal/scenarios";
import { playScenarios } from "../rehearsal/scenarios/run";
import type { Scenario } from "../rehearsal/scenarios/stack/scenario";
import type { Share } from "../rehearsal/progress/reporting";
import { partsOf, TimeLeft } from "../rehearsal/progress/timeLeft";

interface Options {
  readonly rotations?: number;
  readonly seed?: number;
  readonly rate?: number;
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

/** Exit codes, as scripts and CI read them. */
const EXIT = { ok: 0, lost: 1, trouble: 2, unjudged: 3, interrupted: 130 } as const;

const TICK_MS = 500;
/** Requests per second of scenarios, which want to see any loss at all. */
const SCENARIO_RATE = 50;

/** Of the measurement. */
const ROTATIONS = 3;

function whole(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < least || value > most) {
      throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
    }
    return value;
  };
}

const command = new Command("rehearse")
  .description("Rotates on this machine, with the real engine and a real PostgreSQL, under load.")
  .option(
    "--rotations <n>",
    `rotations, each with its retirement (default: ${ROTATIONS}), or those of a long-run`,
    whole(1, 50),
  )
  .option("--seed <n>", "what a long-run draws its moves from, to play it again", whole(0, 2 ** 31))
  .option(
    "--rate <n>",
    `requests per second (default: what this machine carries, in scenarios ${SCENARIO_RATE})`,
    whole(1, 1000),
  )
  .option("--json <file>", "where the result goes; - for standard output")
  .option("--out <dir>", "where logs, evidence, the result and its report go")
  .option("--open", "open the report in a browser; with --out")
  .option("--compare <dir>", "folder of a naive run, shown in the report beside this one")
  .addOption(
    new Option("--providers <which>", "plugins of random and postgresql")
      .choices([...PROVIDER_CHOICES])
      .default("auto"),
  )
  .option("--naive", "the negative control: switch, remove and disable in one go; loses requests")
  .option("--scenario <name...>", "play these instead of rotations; all of them: all")
  .option("--list", "list the scenarios")
  .option("--quiet", "show no progress")
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? EXIT.ok : EXIT.trouble));

/** What was asked for, while it runs. */
class Session {
  readonly progress: LiveProgress;
  readonly interrupted = new AbortController();
  private rig: Rig | undefined;
  private current: { step: string; since: number; share?: Share } = {
    step: "starting",
    since: Date.now(),
  };
  private readonly timeLeft: TimeLeft | undefined;

  constructor(private readonly options: Options) {
    const { naive = false, quiet = false, rate, rotations = ROTATIONS, scenario } = options;
    this.progress = new LiveProgress(process.stderr, { quiet });
    this.timeLeft = scenario ? undefined : new TimeLeft(partsOf({ naive, rotations, rate }));
  }

  get rigSettings(): RigSettings {
    const { providers, out } = this.options;
    return {
      providers,
      ...(out && { out: resolve(out) }),
      progress: (line, share) => {
        if (share === undefined) {
          this.progress.say(line);
        } else {
          this.current = { ...this.current, step: line, share };
        }
      },
      signal: this.interrupted.signal,
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
  async rotate(): Promise<number> {
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
      return result.kind === "naive" ? controlCodeOf(result) : exitCodeOf(result.ok, [result]);
    } finally {
      if (!this.interrupted.signal.aborted) {
        await rig.keepEvidence();
      }
      this.onRig(undefined);
      await rig.close();
    }
  }

  /** Plays scenarios; those that were played are reported even if there will be no more. */
  async play(scenarios: readonly Scenario[]): Promise<number> {
    const { rate = SCENARIO_RATE, rotations, seed } = this.options;
    const played: ScenarioResult[] = [];
    const isOk = () => played.length === scenarios.length && played.every(({ ok }) => ok);
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
        await this.report({ ok: isOk(), kind: "scenarios", scenarios: played });
      }
    }
    return exitCodeOf(isOk(), played);
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

async function main(options: Options): Promise<number> {
  if (options.list) {
    const width = Math.max(...SCENARIOS.map(({ name }) => name.length));
    process.stdout.write(
      SCENARIOS.map(({ name, line }) => `${name.padEnd(width)}  ${line}\n`).join(""),
    );
    return EXIT.ok;
  }
  if ((options.open || options.compare !== undefined) && options.out === undefined) {
    process.stderr.write("--open and --compare want --out <dir>, where the report goes.\n");
    return EXIT.trouble;
  }
  const session = new Session(options);
  const { interrupted, progress } = session;
  const ticker = setInterval(() => session.tick(), TICK_MS);
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      progress.say("interrupted, cleaning up");
      interrupted.abort();
    });
  }
  try {
    if (options.compare !== undefined) {
      // Said now and not after minutes.
      await readNaive(options.compare);
    }
    return await (options.scenario ? session.play(chosen(options.scenario)) : session.rotate());
  } catch (error) {
    progress.close();
    if (interrupted.signal.aborted) {
      return EXIT.interrupted;
    }
    process.stderr.write(`${explain(error)}\n`);
    return EXIT.trouble;
  } finally {
    clearInterval(ticker);
    progress.close();
  }
}

/** The scenarios of these names, in the order in which all are played. */
function chosen(names: readonly string[]): Scenario[] {
  const unknown = names.filter(
    (name) => name !== "all" && !SCENARIOS.some((scenario) => scenario.name === name),
  );
  if (unknown.length > 0) {
    throw new Error(
      `There is no scenario ${unknown.join(", ")}. There are: all, ` +
        `${SCENARIOS.map(({ name }) => name).join(", ")}.`,
    );
  }
  return SCENARIOS.filter(({ name }) => names.includes("all") || names.includes(name));
}

function exitCodeOf(
  ok: boolean,
  results: readonly Pick<RehearsalResult, "problems" | "cannotJudge">[],
): number {
  if (ok) {
    return EXIT.ok;
  }
  const isBusy = results.some(({ cannotJudge }) => cannotJudge.length > 0);
  return isBusy && results.every(({ problems }) => problems.length === 0)
    ? EXIT.unjudged
    : EXIT.lost;
}

/** The negative control has to lose requests. */
function controlCodeOf({ requests }: RehearsalResult): number {
  return requests.failed > 0 ? EXIT.lost : EXIT.trouble;
}

command.action(async (options: Options) => {
  // The Automation API keeps handles open after a failed update.
  process.exit(await main(options));
});
void command.parseAsync();
