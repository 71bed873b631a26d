import { recordsOf } from "../../operate/pipelines/records";
import type { StackOptions } from "../../operate/state/stack";
import { exportState } from "../../operate/state/state";
import { EXIT, type ExitCode } from "../exit";

export async function records({
  stack,
  cwd,
  pulumi,
}: StackOptions & { pulumi: string }): Promise<ExitCode> {
  const project = { command: pulumi, folder: cwd, stack, environment: process.env };
  const state = await exportState(project, { secrets: false });
  process.stdout.write(`${JSON.stringify(recordsOf(state))}\n`);
  return EXIT.ok;
}
