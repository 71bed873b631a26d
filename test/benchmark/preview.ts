import { appendFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { TwinAgent } from "../support/twinAgent";

/** Previews of each kind; the first of each, which fills caches, does not count. */
const ROUNDS = 6;
/** What design and README promise: at most twice an empty program. */
const PROMISED = 2;

const EMPTY = {
  "Pulumi.yaml": "name: empty\nruntime: nodejs\nmain: index.ts\n",
  "index.ts":
    'import * as pulumi from "@pulumi/pulumi";\nexport const stack = pulumi.getStack();\n',
};

/** How long a preview takes, of the program and of an empty one, in turn and on one machine. */
async function main(twin: TwinAgent): Promise<void> {
  const settings = "  rotation:counter: 7\n  rotation:retired: 6\n";
  await appendFile(twin.agent.path("stacks/Pulumi.rehearsal.yaml"), settings);
  await twin.shell("pulumi stack init rehearsal && pulumi up --yes --skip-preview");
  const empty = await twin.agent.directory("empty");
  for (const [name, text] of Object.entries(EMPTY)) {
    await writeFile(join(empty, name), text);
  }
  await symlink(twin.agent.path("node_modules"), join(empty, "node_modules"));
  await twin.shell(`cd ${empty} && pulumi stack init empty`);

  const kinds = {
    "empty program": { counter: 7, lines: `cd ${empty} && pulumi preview` },
    "this program, no change": { counter: 7, lines: "pulumi preview --expect-no-changes" },
    "this program, a rotation": { counter: 8, lines: "pulumi preview" },
  };
  const seconds = new Map(Object.keys(kinds).map((kind) => [kind, [] as number[]]));
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [kind, { counter, lines }] of Object.entries(kinds)) {
      await twin.shell(`pulumi config set rotation:counter ${counter}`);
      const began = performance.now();
      await twin.shell(lines);
      if (round > 0) {
        seconds.get(kind)!.push((performance.now() - began) / 1000);
      }
    }
  }
  const base = median(seconds.get("empty program")!);
  for (const [kind, all] of seconds) {
    const [middle, ratio] = [median(all), median(all) / base].map((figure) => figure.toFixed(2));
    process.stdout.write(`${kind.padEnd(26)} ${middle} s   ${ratio} times the empty program\n`);
  }
  process.stdout.write(`Promised: ${PROMISED} times.\n`);
}

function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}

// Watching processes costs time, too, which is none of a preview's.
void TwinAgent.start({ watchProcesses: false }).then((twin) =>
  main(twin).finally(() => twin.close()),
);
