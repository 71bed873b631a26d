import { Command } from "commander";
import { lazily } from "./exit";
import { cwdOption, jsonOption, pulumiOption, stackOption } from "./options";

export function recover(): Command {
  return new Command("recover")
    .description(
      "Cleans up after a killed `pulumi up`: plugins, lock, Helm releases, proofs, operations.",
    )
    .addOption(stackOption())
    .addOption(cwdOption())
    .addOption(pulumiOption())
    .addOption(jsonOption())
    .option("--kubeconfig <file>", "kubeconfig to use instead of `pulumi up`'s")
    .option("--yes", "you have made sure that no other engine is working on this stack")
    .addHelpText(
      "after",
      "\n" +
        "Exit codes: 0 everything is in order; 1 something is left for you; 2 the command " +
        "failed; 3 refused: an engine is, or may be, running.",
    )
    .action(lazily(async () => (await import("./actions/recover")).recover));
}
