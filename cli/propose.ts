import { Command, Option } from "commander";
import { MOVES, QUESTIONS } from "../operate/pipelines/choice";
import { lazily } from "./exit";
import { cwdOption, stackOption, whole } from "./options";

export function propose(): Command {
  return new Command("propose")
    .description("Writes a move into the stack file, with the title and text of its pull request.")
    .addOption(stackOption())
    .addOption(cwdOption())
    .requiredOption("--records <file>", "output of `rotation records`")
    .addOption(
      new Option("--move <move>", "the move, or a question")
        .choices([...MOVES, ...QUESTIONS])
        .makeOptionMandatory(),
    )
    .option(
      "--branches <file>",
      "output of `git ls-remote --heads`; an open proposal stops the command",
    )
    .option("--soak-hours <n>", "hours between promotion and retirement, for `due`", whole(0), 24)
    .option("--lead-days <n>", "days between rotation and expiry, for `due`", whole(0), 35)
    .option("--out <dir>", "folder for title, body and branch, a file each; screen only by default")
    .addHelpText(
      "after",
      "\nQuestions: due = retire when the soak time is over, rotate when the expiry is near; " +
        "way-back = go back when an `up` moved traffic but its proof after promotion did not pass." +
        "\nExit codes: 0 proposed, or nothing to propose; 2 it could not run; 3 refused.",
    )
    .action(lazily(async () => (await import("./actions/propose")).propose));
}
