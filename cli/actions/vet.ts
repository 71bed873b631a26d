import { foreignIn, ForeignState } from "../../operate/state/foreign";
import { exportState } from "../../operate/state/state";
import { readOwnHosts, type StackLocation } from "../../operate/status/stackState";
import { EXIT, type ExitCode } from "../exit";

export async function vet(options: StackLocation): Promise<ExitCode> {
  const { cwd, pulumi: command, stack } = options;
  const own = await readOwnHosts(options);
  const project = { command, folder: cwd, stack, environment: process.env };
  const foreign = foreignIn(await exportState(project, { secrets: false }), own);
  if (foreign.length > 0) {
    process.stderr.write(`${new ForeignState(foreign).message}\n`);
    return EXIT.refused;
  }
  process.stdout.write("All that the state names is this stack's own.\n");
  return EXIT.ok;
}
