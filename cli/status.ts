import { Command } from "commander";
import { lazily } from "./exit";
import { cwdOption, jsonOption, pulumiOption, stackOption } from "./options";

export function status(): Command {
  return new Command("status")
    .description(
      "Reports a stack's state from the facts, what does not agree, and which moves are possible.",
    )
    .addOption(stackOption())
    .addOption(cwdOption())
    .addOption(pulumiOption())
    .addOption(jsonOption())
    .option("--vault <name or address>", "the vault, if there is no state to name it")
    .option("--kubeconfig <file>", "kubeconfig of the cluster, if there is no state to name it")
    .option("--gateway <address>", "address of the gateway, if there is no state to name it")
    .addHelpText(
      "after",
      "\nWithout a state, set PGHOST, PGPORT and PGDATABASE for the database. Logins use your " +
        "Azure login.\nExit codes: 0 everything agrees; 1 something does not, or could not be read; 2 the " +
        "command failed.",
    )
    .action(lazily(async () => (await import("./actions/status")).status));
}
