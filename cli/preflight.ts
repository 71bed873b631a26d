import { Command } from "commander";
import { lazily } from "./exit";
import { jsonOption, pulumiOption, stackOption } from "./options";

export function preflight(): Command {
  return new Command("preflight")
    .description(
      "Asks your subscription, before the first `pulumi up`, whether it has all that the stack needs.",
    )
    .addOption(stackOption())
    .addOption(pulumiOption())
    .addOption(jsonOption())
    .option(
      "--what-if",
      "also have Azure validate what would be created, and say what would change",
    )
    .addHelpText(
      "after",
      "\nWhoever is logged in to Azure asks, with rights to read. It changes nothing and costs nothing." +
        "\nExit codes: 0 nothing is wrong; 1 something is; 2 it could not be done; 4 nothing is wrong, " +
        "but not all could be asked.",
    )
    .action(lazily(async () => (await import("./actions/preflight")).preflight));
}
