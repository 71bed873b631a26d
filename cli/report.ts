import { Command } from "commander";
import { lazily } from "./exit";

export function report(): Command {
  return new Command("report")
    .description("Rebuilds report.html from a rehearsal's result.")
    .argument("<dir>", "the folder that --out named")
    .option("--compare <dir>", "folder of a naive run to show beside it")
    .option("--open", "open the page in a browser")
    .action(lazily(async () => (await import("./actions/report")).report));
}
