import { cpus, loadavg } from "node:os";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { previews, type PreviewSeries } from "./previews";

/** Previews of each kind that count. */
const ROUNDS = 6;

/** What is aimed at in CPU, as a multiple of an empty program's under the same settings. */
const GOAL = { noChange: 1.5, rotation: 1.8 } as const;

const NAMES = {
  empty: "empty, types checked",
  unchecked: "empty, types not checked",
  noChange: "no change",
  rotation: "a rotation",
} as const;

/**
 * What a preview costs, of this program and of empty ones: one whose types ts-node checks, as in a
 * project that `pulumi new` has made, and one with this project's tsconfig.json, which checks none.
 * With `--against <folder>` also that of another checkout of this repository, with its packages.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { against: { type: "string" } } });
  const against = values.against === undefined ? undefined : resolve(values.against);
  const all = await previews(ROUNDS, against);
  for (const cached of [false, true]) {
    const some = all.filter((each) => each.cached === cached);
    process.stdout.write(`${cached ? "With" : "Without"} Node's compile cache\n`);
    some.forEach((each) => print(each, some, against));
  }
  const goals = Object.entries(GOAL).map(
    ([kind, times]) => `${NAMES[kind as keyof typeof GOAL]} ${times}`,
  );
  process.stdout.write(
    `Aimed at: CPU at most ${goals.join(", ")} times the empty program's whose types are checked.\n` +
      `${cpus().length} x ${cpus()[0]?.model}, Node ${process.version}; ` +
      `load of the machine ${loadavg()[0]!.toFixed(1)}\n`,
  );
}

/** @param some what was measured under the same settings */
function print(
  series: PreviewSeries,
  some: readonly PreviewSeries[],
  against: string | undefined,
): void {
  const { kind, costs, checkout } = series;
  const cpu = cpuOf(series);
  const times = (what: string, other: PreviewSeries | undefined) =>
    other === undefined ? [] : [`${(cpu / cpuOf(other)).toFixed(2)} times ${what}`];
  const find = (other: PreviewSeries["kind"]) => some.find((each) => each.kind === other);
  const old = some.find((each) => each.kind === kind && each.checkout === against);
  const isOld = checkout === against;
  const ratios =
    kind === "empty" || kind === "unchecked"
      ? []
      : [
          ...times("empty", find("empty")),
          ...times("unchecked", find("unchecked")),
          ...(isOld ? [] : times("the other checkout", old)),
        ];
  const wall = median(costs.map(({ seconds }) => seconds));
  process.stdout.write(
    `  ${(NAMES[kind] + (isOld ? ", other checkout" : "")).padEnd(28)} ` +
      `CPU ${cpu.toFixed(2)} s, wall ${wall.toFixed(2)} s   ${ratios.join(", ")}\n`,
  );
}

function cpuOf({ costs }: PreviewSeries): number {
  return median(costs.map(({ cpu }) => cpu));
}

function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}

void main();
