import { readResult, writeReport } from "../../rehearsal/report/files";
import { EXIT, type ExitCode } from "../exit";

export async function report(
  dir: string,
  options: { compare?: string; open?: true },
): Promise<ExitCode> {
  process.stdout.write(`${await writeReport(dir, await readResult(dir), options)}\n`);
  return EXIT.ok;
}
