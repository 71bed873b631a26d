import { writeFile } from "node:fs/promises";
import { Command, Option } from "commander";
import { explain } from "../rehearsal/up/explain";
import { PROVIDER_CHOICES, type ProviderChoice } from "../rehearsal/engine/providers";
import { OrderCheck, type Row } from "../rehearsal/order/orderCheck";
import { asLines } from "../rehearsal/progress/reporting";
import { position, STEPS, type StepName } from "../rehearsal/order/steps";

interface Options {
  readonly pairs: "adjacent" | "all";
  readonly first?: readonly StepName[];
  readonly then?: readonly StepName[];
  readonly control: boolean;
  readonly json?: string;
  readonly providers: ProviderChoice;
}

/** Exit codes, as scripts and CI read them. */
const EXIT = { ok: 0, missed: 1, trouble: 2, interrupted: 130 } as const;

/** Requests per second. */
const RATE = 50;

const NAMES = STEPS.map(({ name }) => name);

const command = new Command("order")
  .description(
    "Takes away the order between any two steps of a rotation, under load, and shows what breaks.",
  )
  .addOption(
    new Option("--pairs <which>", "steps next to each other, or any two")
      .choices(["adjacent", "all"])
      .default("all"),
  )
  .addOption(new Option("--first <step...>", "pairs with these earlier steps").choices(NAMES))
  .addOption(new Option("--then <step...>", "pairs with these later steps").choices(NAMES))
  .option("--no-control", "without the trials of the program as it is in which a step fails")
  .option("--json <file>", "where the table goes as data")
  .addOption(
    new Option("--providers <which>", "plugins of random and postgresql")
      .choices([...PROVIDER_CHOICES])
      .default("auto"),
  )
  .addHelpText(
    "after",
    "\nExit codes: 0 every pair was noticed; 1 one was missed, or the program as it is failed a " +
      "trial; 2 it could not be done; 130 interrupted.",
  )
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? EXIT.ok : EXIT.trouble));

const WIDTH = Math.max(...NAMES.map(({ length }) => length));

function line(first: string, then: string, outcome: string, what: string): void {
  const cells = [first.padEnd(WIDTH), then.padEnd(WIDTH), outcome.padEnd(7), what];
  process.stdout.write(`${cells.join("  ").trimEnd()}\n`);
}

async function main(
  { pairs, first, then, control, json, providers }: Options,
  signal: AbortSignal,
): Promise<number> {
  const rows: Row[] = [];
  const problems: string[] = [];
  line("must come first", "before", "", "with the order taken away");
  const check = new OrderCheck({
    rig: {
      providers,
      progress: asLines((text) => process.stderr.write(`${text}\n`)),
      signal,
    },
    rate: RATE,
    control,
    isWanted: (one, other) =>
      (first?.includes(one) ?? true) &&
      (then?.includes(other) ?? true) &&
      (pairs === "all" || position(other) === position(one) + 1),
    onControl: (trial, problem) => {
      line(
        "(the program as it is)",
        trial,
        problem === undefined ? "holds" : "FAILS",
        problem ?? "",
      );
      if (problem !== undefined) {
        problems.push(`${trial}: ${problem}`);
      }
    },
    onRow: (row) => {
      rows.push(row);
      const value = "The later step needs a value of the earlier one: no other order exists.";
      line(row.first, row.then, row.outcome, row.outcome === "value" ? value : row.what);
    },
  });
  await check.run();
  const count = (outcome: Row["outcome"]) => rows.filter((row) => row.outcome === outcome).length;
  process.stdout.write(
    `\n${rows.length} pairs: ${count("found")} found, ${count("value")} by value, ` +
      `${count("missed")} missed.\n`,
  );
  if (json !== undefined) {
    await writeFile(json, `${JSON.stringify({ problems, rows }, undefined, 2)}\n`);
  }
  return count("missed") === 0 && problems.length === 0 ? EXIT.ok : EXIT.missed;
}

command.action(async (options: Options) => {
  const interrupted = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      process.stderr.write("interrupted, cleaning up\n");
      interrupted.abort();
    });
  }
  try {
    process.exit(await main(options, interrupted.signal));
  } catch (error) {
    if (interrupted.signal.aborted) {
      process.exit(EXIT.interrupted);
    }
    process.stderr.write(`${explain(error)}\n`);
    process.exit(EXIT.trouble);
  }
});
void command.parseAsync();
