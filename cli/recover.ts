import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { Command } from "commander";
import type { Finding } from "../operate/recovery/findings";
import { EngineAtWork } from "../operate/recovery/lock";
import { recover } from "../operate/recovery/recover";

interface Options {
  readonly stack: string;
  readonly cwd: string;
  readonly kubeconfig?: string;
  readonly pulumi: string;
  readonly json?: true;
  readonly yes?: true;
}

/** Exit codes, as scripts and CI read them. */
const EXIT = { ok: 0, left: 1, trouble: 2, refused: 3 } as const;

const command = new Command("recover")
  .description(
    "Puts in order what a killed `pulumi up` left: plugins, lock, Helm releases, proofs, operations.",
  )
  .requiredOption("--stack <name>", "the stack")
  .option("--cwd <folder>", "folder of Pulumi.yaml", ".")
  .option("--kubeconfig <file>", "how to reach the cluster, if not as `pulumi up` does")
  .option("--pulumi <program>", "the Pulumi CLI", "pulumi")
  .option("--yes", "you have made sure that no other engine is at work on this stack")
  .option("--json", "print the findings as JSON")
  .addHelpText(
    "after",
    "\nExit codes: 0 all is in order now, 1 something is left for you, 2 it could not be done, " +
      "3 refused: an engine is, or may be, at work.",
  )
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? EXIT.ok : EXIT.trouble));

function inWords(findings: readonly Finding[]): string {
  if (findings.length === 0) {
    return "Nothing was found: no engine left anything behind. Run `pulumi up`.\n";
  }
  const left = findings.filter((finding) => finding.left).length;
  return [
    ...findings.map(
      ({ found, done, left: open }) => `${open ? "LEFT  " : "done  "} ${found}\n       -> ${done}`,
    ),
    left === 0
      ? "All is in order: run `pulumi up` with the same configuration."
      : `${left} of ${findings.length} findings are left for you; then run \`pulumi up\`.`,
    "",
  ].join("\n");
}

async function main({ stack, cwd, kubeconfig, ...options }: Options): Promise<number> {
  try {
    const findings = await recover({
      stack,
      folder: resolve(cwd),
      command: options.pulumi,
      environment: process.env,
      yes: options.yes === true,
      ...(kubeconfig && { kubeconfig: await readFile(kubeconfig, "utf8") }),
    });
    process.stdout.write(
      options.json ? `${JSON.stringify({ findings }, undefined, 2)}\n` : inWords(findings),
    );
    return findings.some(({ left }) => left) ? EXIT.left : EXIT.ok;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return error instanceof EngineAtWork ? EXIT.refused : EXIT.trouble;
  }
}

command.action(async (options: Options) => {
  process.exitCode = await main(options);
});
void command.parseAsync();
