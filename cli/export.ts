import { Command } from "commander";
import { lazily } from "./exit";
import { quietOption, stackOption } from "./options";

export function exportTemplate(): Command {
  return new Command("export")
    .description("Writes what the program would create in Azure as an ARM template.")
    .addOption(stackOption())
    .option("--out <file>", "file to write; standard output when not given")
    .addOption(quietOption())
    .action(lazily(async () => (await import("./actions/export")).exportTemplate));
}
