import { execFileSync } from "node:child_process";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { circumstances, publish } from "./page";
import { performancePage } from "./performancePage";
import { previews } from "./previews";

const ROOT = join(__dirname, "..", "..");

/** Previews of each kind that count. */
const ROUNDS = "6";

/**
 * What a preview costs, of this program and of empty ones: one whose types ts-node checks, as in a
 * project that `pulumi new` has made, and one with this project's tsconfig.json, which checks none.
 * With `--against <folder>` also that of another checkout of this repository, with its packages;
 * with `--write` as the first part of docs/performance.md.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      against: { type: "string" },
      rounds: { type: "string", default: ROUNDS },
      write: { type: "boolean", default: false },
    },
  });
  const against = values.against === undefined ? undefined : resolve(values.against);
  const around = circumstances();
  const result = await previews(Number(values.rounds), against);
  const page = performancePage(result, {
    ...around(),
    rounds: Number(values.rounds),
    checkout: ROOT,
    ...(against !== undefined && { against: commitOf(against) }),
  });
  await publish("previews", page, values.write);
}

function commitOf(checkout: string): string {
  return execFileSync("git", ["rev-parse", "--short", "HEAD"], {
    cwd: checkout,
    encoding: "utf8",
  }).trim();
}

void main();
