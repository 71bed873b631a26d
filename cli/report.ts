import { Command } from "commander";
import { readResult, writeReport } from "../rehearsal/report/files";

const command = new Command("report")
  .description("Writes report.html anew from the result that a rehearsal left in a folder.")
  .argument("<dir>", "the folder that --out named")
  .option("--compare <dir>", "folder of a naive run, shown beside it")
  .option("--open", "open the page in a browser");

command.action(async (dir: string, options: { compare?: string; open?: true }) => {
  try {
    process.stdout.write(`${await writeReport(dir, await readResult(dir), options)}\n`);
  } catch (error) {
    command.error((error as Error).message, { exitCode: 2 });
  }
});
void command.parseAsync();
