import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { LiveProgress } from "./liveProgress";
import { switchNaively } from "./naive";
import { PROVIDER_CHOICES, type ProviderChoice } from "./providers";
import type { RehearsalResult } from "./result";
import { Rig } from "./rig";
import { rotateInTurn, type RotateSettings } from "./rotate";
import { summaryOf } from "./summary";

interface Options {
  readonly rotations: number;
  readonly rate: number;
  readonly json?: string;
  readonly out?: string;
  readonly providers: ProviderChoice;
  readonly naive?: true;
}

/** Exit codes, as scripts and CI read them. */
const EXIT = { ok: 0, lost: 1, trouble: 2, interrupted: 130 } as const;

const TICK_MS = 500;

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
  .option("--rotations <n>", "rotations, each with its retirement", whole(1, 50), 3)
  .option("--rate <n>", "requests per second", whole(1, 1000), 200)
  .option("--json <file>", "where the result goes")
  .option("--out <dir>", "where logs and evidence go")
  .addOption(
    new Option("--providers <which>", "plugins of random and postgresql")
      .choices([...PROVIDER_CHOICES])
      .default("auto"),
  )
  .option("--naive", "the negative control: switch, remove and disable in one go; loses requests")
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? EXIT.ok : EXIT.trouble));

async function main(options: Options): Promise<number> {
  const interrupted = new AbortController();
  const progress = new LiveProgress(process.stderr);
  let rig: Rig | undefined;
  let step = "starting";
  const ticker = setInterval(() => {
    const figures = rig?.figures();
    if (figures !== undefined) {
      progress.tick({ ...figures, step, secondsLeft: undefined });
    }
  }, TICK_MS);
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      progress.say("interrupted, cleaning up");
      interrupted.abort();
    });
  }
  try {
    rig = await Rig.start({
      providers: options.providers,
      ...(options.out && { out: resolve(options.out) }),
      progress: (line) => progress.say(line),
      signal: interrupted.signal,
    });
    const settings: RotateSettings = {
      ...options,
      step: (text) => {
        if (text !== step) {
          step = text;
          progress.step(text);
        }
      },
      signal: interrupted.signal,
    };
    const result = await (options.naive ? switchNaively : rotateInTurn)(rig, settings);
    await rig.keepEvidence();
    await report(result, options);
    progress.close();
    process.stdout.write(summaryOf(result));
    return exitCodeOf(result);
  } catch (error) {
    progress.close();
    if (interrupted.signal.aborted) {
      return EXIT.interrupted;
    }
    await rig?.keepEvidence();
    process.stderr.write(`${explain(error)}\n`);
    return EXIT.trouble;
  } finally {
    clearInterval(ticker);
    progress.close();
    await rig?.close();
  }
}

/** What the engine diagnosed, without the list of all that went well before. */
function explain(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return (
    /^Diagnostics:\n[\s\S]*?(?=^Resources:|^Outputs:|^Duration:)/m.exec(message)?.[0] ?? message
  );
}

async function report(result: RehearsalResult, { json, out }: Options): Promise<void> {
  const text = `${JSON.stringify(result, undefined, 2)}\n`;
  for (const file of [json, out && resolve(out, "result.json")]) {
    if (file) {
      await writeFile(file, text);
    }
  }
}

function exitCodeOf(result: RehearsalResult): number {
  if (result.kind === "naive") {
    return result.requests.failed > 0 ? EXIT.lost : EXIT.trouble;
  }
  return result.ok ? EXIT.ok : EXIT.lost;
}

command.action(async (options: Options) => {
  // The Automation API keeps handles open after a failed update.
  process.exit(await main(options));
});
void command.parseAsync();
