import { Command, CommanderError } from "commander";
import { completion } from "./completion";
import { contract } from "./contract";
import { engine } from "./engine";
import { EXIT } from "./exit";
import { exportTemplate } from "./export";
import { order } from "./order";
import { plugins } from "./plugins";
import { preflight } from "./preflight";
import { propose } from "./propose";
import { records } from "./records";
import { recover } from "./recover";
import { rehearse } from "./rehearse";
import { report } from "./report";
import { stacks } from "./stacks";
import { status } from "./status";
import { twin } from "./twin";
import { vet } from "./vet";

/** Every command, in the order of `--help`. */
const COMMANDS = {
  "Before the first `pulumi up`:": [contract, preflight],
  "On call:": [status, recover],
  "Pipelines:": [plugins, vet, propose, records, stacks],
  "Without a cloud:": [rehearse, report, order, twin, engine, exportTemplate],
} as const;

/** The command line as a whole. */
export function rotation(): Command {
  const program = new Command("rotation")
    .description("Rotates a PostgreSQL credential on AKS: the commands besides `pulumi up`.")
    .addHelpText(
      "after",
      "\n" +
        "Exit codes: 0 everything is as it should be; 1 something is not; 2 it could not run; " +
        "3 refused; 130 interrupted.\n" +
        "Set NO_COLOR to turn colours off.",
    )
    .exitOverride();
  for (const [heading, commands] of Object.entries(COMMANDS)) {
    program.commandsGroup(heading);
    commands.forEach((command) => program.addCommand(command().copyInheritedSettings(program)));
  }
  program.commandsGroup("Help:").helpCommand(true);
  return program.addCommand(completion(program).copyInheritedSettings(program));
}

/** Runs the command that this process's arguments name. */
export async function main(): Promise<void> {
  try {
    await rotation().parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) {
      // Help, or the problem with the arguments, has already been printed.
      process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.trouble;
    } else {
      process.stderr.write(`${inWords(error)}\n`);
      process.exitCode = EXIT.trouble;
    }
  }
  // The Automation API keeps handles open after a failed update; what was written goes out first.
  process.stdout.write("", () => process.exit());
}

function inWords(error: unknown): string {
  if (!(error instanceof Error)) {
    return String(error);
  }
  const isMissing = "code" in error && error.code === "MODULE_NOT_FOUND";
  return isMissing
    ? `${error.message.split("\n")[0]}: this command needs all packages. Run \`npm ci\`.`
    : error.message;
}
