import { Command } from "commander";
import { lazily } from "./exit";
import { quietOption } from "./options";

export function engine(): Command {
  return new Command("engine")
    .description("Makes sure that there is an engine for rehearsals, and says where it is.")
    .addOption(quietOption())
    .action(lazily(async () => (await import("./actions/engine")).engine));
}
