import { Command, Option } from "commander";
import { MOVES, QUESTIONS } from "../operate/pipelines/choice";
import { lazily } from "./exit";
import { cwdOption, stackOption, whole } from "./options";

export function propose(): Command {
  return new Command("propose")
    .description("Writes a move into the stack file, and the title and text of its pull request.")
    .addOption(stackOption())
    .addOption(cwdOption())
    .requiredOption("--records <file>", "what `rotation records` printed")
    .addOption(
      new Option("--move <move>", "the move, or a question")
        .choices([...MOVES, ...QUESTIONS])
        .makeOptionMandatory(),
    )
    .option(
      "--branches <file>",
      "what `git ls-remote --heads` printed; one with a proposal ends it",
    )
    .option("--soak-hours <n>", "hours from promotion to retirement, for `due`", whole(0), 24)
    .option("--lead-days <n>", "days from rotation to expiry, for `due`", whole(0), 35)
    .option("--out <dir>", "where title, body and branch go, a file each; screen only when missing")
    .addHelpText(
      "after",
      "\nQuestions: due = retire when the soak is over, rotate when the expiry is near; way-back = " +
        "the way back when an `up` moved traffic and its proof after promotion did not pass." +
        "\nExit codes: 0 proposed, or nothing to propose; 2 it could not be done; 3 refused.",
    )
    .action(lazily(async () => (await import("./actions/propose")).propose));
}
