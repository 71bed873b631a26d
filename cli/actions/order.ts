import { STEP_NAMES, type StepName } from "../../components/plan";
import { OrderCheck, type Row } from "../../rehearsal/order/orderCheck";
import { position } from "../../rehearsal/order/steps";
import type { ProviderChoice } from "../../rehearsal/engine/providers";
import { asLines } from "../../rehearsal/progress/reporting";
import { EXIT, type ExitCode } from "../exit";
import { isOnlyJson, writeJson } from "../options";
import { interruptible } from "./interruptible";

interface Options {
  readonly pairs: "adjacent" | "all";
  readonly first?: readonly Row["first"][];
  readonly then?: readonly StepName[];
  readonly control: boolean;
  readonly json?: string;
  readonly providers: ProviderChoice;
  readonly quiet?: true;
}

/** Requests per second. */
const RATE = 50;

const WIDTH = Math.max(...STEP_NAMES.map(({ length }) => length));

export function order(options: Options): Promise<ExitCode> {
  return interruptible(
    (text) => process.stderr.write(`${text}\n`),
    (signal) => check(options, signal),
  );
}

async function check(
  { pairs, first, then, control, json, providers, quiet }: Options,
  signal: AbortSignal,
): Promise<ExitCode> {
  const rows: Row[] = [];
  const problems: string[] = [];
  const print = (text: string) => {
    if (!isOnlyJson(json)) {
      process.stdout.write(text);
    }
  };
  const line = (...cells: readonly [string, string, string, string]) => print(inColumns(cells));
  line("must come first", "before", "", "with the order removed");
  const orderCheck = new OrderCheck({
    rig: {
      providers,
      progress: quiet ? () => undefined : asLines((text) => process.stderr.write(`${text}\n`)),
      signal,
    },
    rate: RATE,
    control,
    isWanted: (one, other) =>
      (first?.includes(one) ?? true) &&
      (then?.includes(other) ?? true) &&
      (pairs === "all" || one === "trial" || position(other) === position(one) + 1),
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
      const value = "The later step needs a value from the earlier one, so no other order exists.";
      line(row.first, row.then, row.outcome, row.outcome === "value" ? value : row.what);
    },
  });
  await orderCheck.run();
  const count = (outcome: Row["outcome"]) => rows.filter((row) => row.outcome === outcome).length;
  print(
    `\n${rows.length} pairs: ${count("found")} found, ${count("value")} by value, ` +
      `${count("missed")} missed.\n`,
  );
  await writeJson(json, { problems, rows });
  return count("missed") === 0 && problems.length === 0 ? EXIT.ok : EXIT.amiss;
}

/** A line of the table. */
function inColumns([first, then, outcome, what]: readonly [
  string,
  string,
  string,
  string,
]): string {
  const cells = [first.padEnd(WIDTH), then.padEnd(WIDTH), outcome.padEnd(7), what];
  return `${cells.join("  ").trimEnd()}\n`;
}
