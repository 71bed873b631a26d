import { Command } from "commander";
import { lazily } from "./exit";
import { cwdOption } from "./options";

export function stacks(): Command {
  return new Command("stacks")
    .description("Prints the stacks that a pipeline has to look at, as a JSON list.")
    .option("--since <commit>", "only stacks that have changed since; all when it is unknown")
    .option("--only <stack>", "this stack; the option counts for nothing when empty")
    .addOption(cwdOption())
    .action(lazily(async () => (await import("./actions/stacks")).stacks));
}
