import { Command } from "commander";
import { lazily } from "./exit";
import { jsonOption, pulumiOption, stackOption } from "./options";

export function preflight(): Command {
  return new Command("preflight")
    .description(
      "Checks, before the first `pulumi up`, whether your subscription has everything the " +
        "stack needs.",
    )
    .addOption(stackOption())
    .addOption(pulumiOption())
    .addOption(jsonOption())
    .option(
      "--what-if",
      "also let Azure validate what would be created and report what would change",
    )
    .addHelpText(
      "after",
      "\nIt runs with your Azure login, needs read access only, changes nothing and costs nothing." +
        "\nExit codes: 0 nothing is wrong; 1 something is; 2 it could not run; 4 nothing is wrong, " +
        "but not everything could be checked.",
    )
    .action(lazily(async () => (await import("./actions/preflight")).preflight));
}
