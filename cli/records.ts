import { Command } from "commander";
import { stackOptions, type StackOptions } from "./options";
import { recordsOf } from "../operate/pipelines/records";
import { exportState } from "../operate/state/state";

const command = new Command("records").description(
  "Prints what the state says about the rotation, on one line of JSON without secrets.",
);
stackOptions().forEach((option) => command.addOption(option));

command.action(async ({ stack, cwd }: StackOptions) => {
  const project = { command: "pulumi", folder: cwd, stack, environment: process.env };
  try {
    const state = await exportState(project, { secrets: false });
    process.stdout.write(`${JSON.stringify(recordsOf(state))}\n`);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exitCode = 2;
  }
});
void command.parseAsync();
