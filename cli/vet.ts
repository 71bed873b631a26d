import { Command } from "commander";
import { lazily } from "./exit";
import { cwdOption, pulumiOption, stackOption } from "./options";

export function vet(): Command {
  return new Command("vet")
    .description("Says, before an engine reads the state, whether it names anything foreign.")
    .addOption(stackOption())
    .addOption(cwdOption())
    .addOption(pulumiOption())
    .addHelpText(
      "after",
      "\nExit codes: 0 all is this stack's own; 2 it could not be read; 3 refused: somebody has " +
        "written the state.",
    )
    .action(lazily(async () => (await import("./actions/vet")).vet));
}
