import { Command } from "commander";
import { lazily } from "./exit";
import { cwdOption } from "./options";

export function stacks(): Command {
  return new Command("stacks")
    .description("Prints the stacks that a pipeline must check, as a JSON list.")
    .option("--since <commit>", "only stacks that changed since then; all if it is unknown")
    .option("--only <stack>", "this stack only; ignored when empty")
    .addOption(cwdOption())
    .action(lazily(async () => (await import("./actions/stacks")).stacks));
}
