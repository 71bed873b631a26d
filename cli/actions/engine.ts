import { findEngine } from "../../rehearsal/engine/engine";
import { EXIT, type ExitCode } from "../exit";

export async function engine({ quiet }: { quiet?: true }): Promise<ExitCode> {
  const progress = (line: string) => process.stderr.write(`${line}\n`);
  try {
    const { command, version, source } = await findEngine(quiet ? {} : { progress });
    process.stdout.write(`Pulumi ${version} (${source}): ${command.command}\n`);
    return EXIT.ok;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return EXIT.amiss;
  }
}
