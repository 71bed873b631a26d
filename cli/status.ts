import { Command } from "commander";
import { lazily } from "./exit";
import { cwdOption, jsonOption, pulumiOption, stackOption } from "./options";

export function status(): Command {
  return new Command("status")
    .description(
      "Says from the facts in which state a stack is, what does not agree, and what may follow.",
    )
    .addOption(stackOption())
    .addOption(cwdOption())
    .addOption(pulumiOption())
    .addOption(jsonOption())
    .option("--vault <name or address>", "the vault, where there is no state to say it")
    .option("--kubeconfig <file>", "how to reach the cluster, where there is no state to say it")
    .option("--gateway <address>", "address of the gateway, where there is no state to say it")
    .addHelpText(
      "after",
      "\nThe database without a state: PGHOST, PGPORT and PGDATABASE. Logins: whoever is logged in " +
        "to Azure.\nExit codes: 0 all agrees; 1 something does not, or could not be seen; 2 it could " +
        "not be done.",
    )
    .action(lazily(async () => (await import("./actions/status")).status));
}
