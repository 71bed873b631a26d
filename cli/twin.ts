import { Command, Option } from "commander";
import { lazily } from "./exit";
import { PROJECT } from "./options";

export function twin(): Command {
  return new Command("twin")
    .description("Runs the local twin of the cloud for any Pulumi client, until Ctrl-C.")
    .addOption(
      new Option("--root <dir>", "folder that relative chart paths start from").default(
        PROJECT,
        "that of this project",
      ),
    )
    .action(lazily(async () => (await import("./actions/twin")).twin));
}
