import { Command } from "commander";
import { lazily } from "./exit";

export function report(): Command {
  return new Command("report")
    .description("Writes report.html anew from the result that a rehearsal left in a folder.")
    .argument("<dir>", "the folder that --out named")
    .option("--compare <dir>", "folder of a naive run, shown beside it")
    .option("--open", "open the page in a browser")
    .action(lazily(async () => (await import("./actions/report")).report));
}
