import { Command } from "commander";
import { lazily } from "./exit";
import { cwdOption, pulumiOption } from "./options";

export function plugins(): Command {
  return new Command("plugins")
    .description("Installs the plugins of the lock file, by the checksums that are written down.")
    .addOption(cwdOption())
    .addOption(pulumiOption())
    .option("--server <address>", "where the archives are, instead of Pulumi's own")
    .option("--pin", "write down the checksums of what the server gives now, and install nothing")
    .action(lazily(async () => (await import("./actions/plugins")).plugins));
}
