import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { cpus, loadavg } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { format } from "prettier";
import { performancePage } from "./performancePage";
import { previews } from "./previews";

const ROOT = join(__dirname, "..", "..");
const PAGE = join(ROOT, "docs", "performance.md");

/** Previews of each kind that count. */
const ROUNDS = "6";

/**
 * What a preview costs, of this program and of empty ones: one whose types ts-node checks, as in a
 * project that `pulumi new` has made, and one with this project's tsconfig.json, which checks none.
 * With `--against <folder>` also that of another checkout of this repository, with its packages;
 * with `--write` as docs/performance.md.
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
  const before = loadavg()[0]!;
  const result = await previews(Number(values.rounds), against);
  const page = performancePage(result, {
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus().length} x ${cpus()[0]?.model}, Node ${process.version}`,
    loads: [before, loadavg()[0]!],
    rounds: Number(values.rounds),
    checkout: ROOT,
    ...(against !== undefined && { against: commitOf(against) }),
  });
  const text = await format(page, { parser: "markdown", printWidth: 100 });
  if (values.write) {
    await writeFile(PAGE, text);
  }
  process.stdout.write(text);
}

function commitOf(checkout: string): string {
  return execFileSync("git", ["rev-parse", "--short", "HEAD"], {
    cwd: checkout,
    encoding: "utf8",
  }).trim();
}

void main();
