import { Command } from "commander";
import { ROTATIONS, SCENARIO_RATE } from "./defaults";
import { lazily } from "./exit";
import { jsonOption, providersOption, quietOption, timingOption, whole } from "./options";

export function rehearse(): Command {
  return new Command("rehearse")
    .description("Rotates on this machine, with the real engine and a real PostgreSQL, under load.")
    .option(
      "--rotations <n>",
      `rotations, each with its retirement (default: ${ROTATIONS}), or those of a long-run`,
      whole(1, 50),
    )
    .option(
      "--seed <n>",
      "what a long-run draws its moves from, to play it again",
      whole(0, 2 ** 31),
    )
    .option(
      "--rate <n>",
      `requests per second (default: what this machine carries, in scenarios ${SCENARIO_RATE})`,
      whole(1, 1000),
    )
    .addOption(timingOption())
    .addOption(jsonOption())
    .option("--out <dir>", "where logs, evidence, the result and its report go")
    .option("--open", "open the report in a browser; with --out")
    .option("--compare <dir>", "folder of a naive run, shown in the report beside this one")
    .addOption(providersOption())
    .option("--naive", "the negative control: switch, remove and disable in one go; loses requests")
    .option(
      "--scenario <name...>",
      "play these instead of rotations; all of them: all, those about pods: pods",
    )
    .option("--list", "list the scenarios")
    .addOption(quietOption())
    .addHelpText(
      "after",
      "\nExit codes: 0 as promised; 1 not as promised, or requests lost in the naive order, as they " +
        "must be; 2 it could not be done; 4 this machine was too busy to judge by; 130 interrupted.",
    )
    .action(lazily(async () => (await import("./actions/rehearse")).rehearse));
}
