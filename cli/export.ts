import { Command } from "commander";
import { lazily } from "./exit";
import { quietOption, stackOption } from "./options";

export function exportTemplate(): Command {
  return new Command("export")
    .description("Writes what the program would create in Azure as an ARM template.")
    .addOption(stackOption())
    .option("--out <file>", "output file; standard output by default")
    .addOption(quietOption())
    .action(lazily(async () => (await import("./actions/export")).exportTemplate));
}
