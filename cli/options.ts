import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { InvalidArgumentError, Option } from "commander";
import type { ProviderChoice } from "../rehearsal/engine/providers";
import type { TimingName } from "../rehearsal/rig/timing";

/** The folder of Pulumi.yaml. */
export const PROJECT = resolve(__dirname, "..");

/** Stands for standard output in place of a file. */
const STANDARD_OUTPUT = "-";

/** The names in `rehearsal/rig/timing.ts`, which is not loaded just for a list of options. */
const TIMINGS: readonly TimingName[] = ["short", "production"];

const PROVIDERS: readonly ProviderChoice[] = ["auto", "official", "twin"];

export function stackOption(): Option {
  return new Option(
    "--stack <name>",
    "the stack, as listed by `pulumi stack ls`",
  ).makeOptionMandatory();
}

export function cwdOption(): Option {
  return new Option("--cwd <dir>", "folder of Pulumi.yaml").default(PROJECT, "of this project");
}

export function pulumiOption(): Option {
  return new Option("--pulumi <program>", "the Pulumi CLI").default("pulumi");
}

export function jsonOption(): Option {
  return new Option(
    "--json [file]",
    "write the result as JSON to this file; without one, to standard output and nothing else there",
  ).preset(STANDARD_OUTPUT);
}

export function quietOption(): Option {
  return new Option("--quiet", "show no progress");
}

export function providersOption(): Option {
  return new Option("--providers <which>", "which random and postgresql plugins to use")
    .choices(PROVIDERS)
    .default("auto");
}

export function timingOption(): Option {
  return new Option("--timing <which>", "short waits, or production's, which take half an hour")
    .choices(TIMINGS)
    .default("short");
}

/** Parses a whole number. */
export function whole(least: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most) {
      const range = most === Number.MAX_SAFE_INTEGER ? `${least} up` : `${least} to ${most}`;
      throw new InvalidArgumentError(`It must be a whole number from ${range}.`);
    }
    return value;
  };
}

/** Whether `--json` reserves standard output for the JSON. */
export function isOnlyJson(json: string | undefined): boolean {
  return json === STANDARD_OUTPUT;
}

/** Writes a result to where `--json` says, if given. */
export async function writeJson(json: string | undefined, result: unknown): Promise<void> {
  const text = `${JSON.stringify(result, undefined, 2)}\n`;
  if (isOnlyJson(json)) {
    process.stdout.write(text);
  } else if (json !== undefined) {
    await writeFile(json, text);
  }
}
