import { Command } from "commander";
import { lazily } from "./exit";
import { cwdOption, pulumiOption, stackOption } from "./options";

export function records(): Command {
  return new Command("records")
    .description(
      "Prints what the state records about the rotation: one line of JSON, without secrets.",
    )
    .addOption(stackOption())
    .addOption(cwdOption())
    .addOption(pulumiOption())
    .action(lazily(async () => (await import("./actions/records")).records));
}
