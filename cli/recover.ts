import { Command } from "commander";
import { lazily } from "./exit";
import { cwdOption, jsonOption, pulumiOption, stackOption } from "./options";

export function recover(): Command {
  return new Command("recover")
    .description(
      "Puts in order what a killed `pulumi up` left: plugins, lock, Helm releases, proofs, operations.",
    )
    .addOption(stackOption())
    .addOption(cwdOption())
    .addOption(pulumiOption())
    .addOption(jsonOption())
    .option("--kubeconfig <file>", "how to reach the cluster, if not as `pulumi up` does")
    .option("--yes", "you have made sure that no other engine is at work on this stack")
    .addHelpText(
      "after",
      "\nExit codes: 0 all is in order now; 1 something is left for you; 2 it could not be done; " +
        "3 refused: an engine is, or may be, at work.",
    )
    .action(lazily(async () => (await import("./actions/recover")).recover));
}
