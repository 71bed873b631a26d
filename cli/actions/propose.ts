import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Asked } from "../../operate/pipelines/choice";
import { propose as proposalFor } from "../../operate/pipelines/proposal";
import type { Records } from "../../operate/pipelines/records";
import type { StackOptions } from "../../operate/state/stack";
import { EXIT, type ExitCode } from "../exit";

interface Options extends StackOptions {
  readonly move: Asked;
  readonly records: string;
  readonly branches?: string;
  readonly soakHours: number;
  readonly leadDays: number;
  readonly out?: string;
}

export async function propose({
  stack,
  cwd,
  move: asked,
  out,
  ...options
}: Options): Promise<ExitCode> {
  const path = join(cwd, "stacks", `Pulumi.${stack}.yaml`);
  const outcome = proposalFor({
    stack,
    asked,
    records: JSON.parse(await readFile(options.records, "utf8")) as Records,
    file: await readFile(path, "utf8"),
    branches: await branchNames(options.branches),
    calendar: {
      now: new Date(),
      soakHours: options.soakHours,
      leadDays: options.leadDays,
    },
  });
  if ("refused" in outcome) {
    process.stderr.write(`${outcome.refused}\n`);
    return EXIT.refused;
  }
  if ("settled" in outcome) {
    process.stdout.write(`Nothing to propose. ${outcome.settled}\n`);
    return EXIT.ok;
  }
  const { branch, title, body, file } = outcome.proposal;
  await writeFile(path, file);
  if (out !== undefined) {
    await mkdir(out, { recursive: true });
    for (const [name, text] of Object.entries({ branch, title, "body.md": body })) {
      await writeFile(join(out, name), text);
    }
  }
  process.stdout.write(`${title}\n\n${body}`);
  return EXIT.ok;
}

/** Names of branches, from the output of `git ls-remote --heads`. */
async function branchNames(file: string | undefined): Promise<string[]> {
  const text = file === undefined ? "" : await readFile(file, "utf8");
  return [...text.matchAll(/\trefs\/heads\/(.+)$/gm)].map(([, name]) => name!);
}
