import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { stackOptions, type StackOptions } from "./options";
import { type Asked, MOVES, QUESTIONS } from "../operate/pipelines/choice";
import { propose } from "../operate/pipelines/proposal";
import type { Records } from "../operate/pipelines/records";

interface Options extends StackOptions {
  readonly move: Asked;
  readonly records: string;
  readonly branches?: string;
  readonly soakHours: number;
  readonly leadDays: number;
  readonly out?: string;
}

/** Exit codes, as scripts and CI read them. */
const EXIT = { ok: 0, trouble: 2, refused: 3 } as const;

const command = new Command("propose")
  .description("Writes a move into the stack file, and the title and text of its pull request.")
  .requiredOption("--records <file>", "what `npm run records` printed")
  .addOption(
    new Option("--move <move>", "the move, or a question")
      .choices([...MOVES, ...QUESTIONS])
      .makeOptionMandatory(),
  )
  .option("--branches <file>", "what `git ls-remote --heads` printed; one with a proposal ends it")
  .option("--soak-hours <n>", "hours from promotion to retirement, for `due`", wholeNumber, 24)
  .option("--lead-days <n>", "days from rotation to expiry, for `due`", wholeNumber, 35)
  .option("--out <dir>", "where title, body and branch go, a file each; screen only when missing")
  .addHelpText(
    "after",
    "\nQuestions: due = retire when the soak is over, rotate when the expiry is near; way-back = " +
      "the way back when an `up` moved traffic and its proof after promotion did not pass." +
      "\nExit codes: 0 proposed, or nothing to propose; 2 it could not be done; 3 refused.",
  )
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? EXIT.ok : EXIT.trouble));
stackOptions().forEach((option) => command.addOption(option));

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) {
    throw new InvalidArgumentError(`It must be a whole number from 0 up, not "${text}".`);
  }
  return Number(text);
}

/** Names of branches, from what `git ls-remote --heads` prints. */
async function branchNames(file: string | undefined): Promise<string[]> {
  const text = file === undefined ? "" : await readFile(file, "utf8");
  return [...text.matchAll(/\trefs\/heads\/(.+)$/gm)].map(([, name]) => name!);
}

async function main({ stack, cwd, move: asked, out, ...options }: Options): Promise<number> {
  const path = join(cwd, "stacks", `Pulumi.${stack}.yaml`);
  const outcome = propose({
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

command.action(async (options: Options) => {
  try {
    process.exitCode = await main(options);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = EXIT.trouble;
  }
});
void command.parseAsync();
