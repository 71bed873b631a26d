import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { cpuTime } from "../../rehearsal/machine/processes";

/** What a command of the engine took. */
export interface Cost {
  readonly seconds: number;
  /** CPU seconds of engine and program; those of the twin, which stands for the cloud, are in none. */
  readonly cpu: number;
  /** The most memory that the program had, in MB. */
  readonly peak: number;
}

export interface CostSettings {
  /** Folder for what a program says of itself. */
  readonly folder: string;
  /** Folder of Node's compile cache; none when undefined. */
  readonly cache?: string;
  /** Folder that gets a profile of the program; none is made when undefined. */
  readonly profile?: string;
}

/**
 * Measures a command of the engine with one run of a program in it. The program is started by the
 * host for Node, which is in this process, and so in the environment of this process.
 */
export async function costOf(
  { folder, cache, profile }: CostSettings,
  run: () => Promise<unknown>,
): Promise<Cost> {
  const peak = join(folder, "peak");
  delete process.env["NODE_COMPILE_CACHE"];
  Object.assign(process.env, cache && { NODE_COMPILE_CACHE: cache }, {
    PEAK_MEMORY_FILE: peak,
    NODE_OPTIONS: [
      `--require "${join(__dirname, "peakMemory.cjs")}"`,
      ...(profile === undefined ? [] : [`--cpu-prof --cpu-prof-dir="${profile}"`]),
    ].join(" "),
  });
  const cpu = () => cpuTime(process.pid)!.ended;
  const [began, before] = [performance.now(), cpu()];
  await run();
  return {
    seconds: (performance.now() - began) / 1000,
    cpu: cpu() - before,
    peak: Number(await readFile(peak, "utf8")),
  };
}
