import { recordsOf } from "../../operate/pipelines/records";
import { requireOwn } from "../../operate/state/foreign";
import { exportState } from "../../operate/state/state";
import { readOwnHosts, type StackLocation } from "../../operate/status/stackState";
import { EXIT, type ExitCode } from "../exit";

export async function records(options: StackLocation): Promise<ExitCode> {
  const { cwd, pulumi: command, stack } = options;
  const project = { command, folder: cwd, stack, environment: process.env };
  const state = await exportState(project, { secrets: false });
  requireOwn(state, await readOwnHosts(options));
  process.stdout.write(`${JSON.stringify(recordsOf(state))}\n`);
  return EXIT.ok;
}
