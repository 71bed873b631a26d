import { Command } from "commander";
import { lazily } from "./exit";
import { quietOption } from "./options";

export function engine(): Command {
  return new Command("engine")
    .description("Finds or builds the Pulumi engine for rehearsals, and prints its path.")
    .addOption(quietOption())
    .action(lazily(async () => (await import("./actions/engine")).engine));
}
