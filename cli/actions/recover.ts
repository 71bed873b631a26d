import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Finding } from "../../operate/recovery/findings";
import { EngineAtWork } from "../../operate/recovery/lock";
import { recover as mend } from "../../operate/recovery/recover";
import { ForeignState } from "../../operate/state/foreign";
import type { StackOptions } from "../../operate/state/stack";
import { readOwnHosts } from "../../operate/status/stackState";
import { EXIT, type ExitCode } from "../exit";
import { isOnlyJson, writeJson } from "../options";

interface Options extends StackOptions {
  readonly kubeconfig?: string;
  readonly pulumi: string;
  readonly json?: string;
  readonly yes?: true;
}

export async function recover({ stack, cwd, kubeconfig, ...options }: Options): Promise<ExitCode> {
  let findings: readonly Finding[];
  try {
    findings = await mend({
      stack,
      folder: resolve(cwd),
      command: options.pulumi,
      environment: process.env,
      yes: options.yes === true,
      own: await readOwnHosts({ stack, cwd }),
      ...(kubeconfig && { kubeconfig: await readFile(kubeconfig, "utf8") }),
    });
  } catch (error) {
    if (error instanceof EngineAtWork || error instanceof ForeignState) {
      process.stderr.write(`${error.message}\n`);
      return EXIT.refused;
    }
    throw error;
  }
  await writeJson(options.json, { findings });
  if (!isOnlyJson(options.json)) {
    process.stdout.write(inWords(findings));
  }
  return findings.some(({ left }) => left) ? EXIT.amiss : EXIT.ok;
}

function inWords(findings: readonly Finding[]): string {
  if (findings.length === 0) {
    return "Nothing to clean up: no engine left anything behind. Run `pulumi up`.\n";
  }
  const left = findings.filter((finding) => finding.left).length;
  return [
    ...findings.map(
      ({ found, done, left: open }) => `${open ? "LEFT  " : "done  "} ${found}\n       -> ${done}`,
    ),
    left === 0
      ? "Everything is in order: run `pulumi up` with the same configuration."
      : `${left} of ${findings.length} findings are left for you. Resolve them, then run ` +
        "`pulumi up`.",
    "",
  ].join("\n");
}
