import { Command, Option } from "commander";
import { STEP_NAMES } from "../components/plan";
import { lazily } from "./exit";
import { jsonOption, providersOption, quietOption } from "./options";

export function order(): Command {
  return new Command("order")
    .description(
      "Removes the order between two steps of a rotation, under load, and shows what breaks.",
    )
    .addOption(
      new Option("--pairs <which>", "adjacent steps, or any two")
        .choices(["adjacent", "all"])
        .default("all"),
    )
    .addOption(
      new Option("--first <step...>", "pairs with these earlier steps").choices([
        "trial",
        ...STEP_NAMES,
      ]),
    )
    .addOption(new Option("--then <step...>", "pairs with these later steps").choices(STEP_NAMES))
    .option("--no-control", "skip the trials in which a step of the unchanged program fails")
    .addOption(jsonOption())
    .addOption(providersOption())
    .addOption(quietOption())
    .addHelpText(
      "after",
      "\n" +
        "Exit codes: 0 every pair was caught; 1 one was missed, or the unchanged program failed " +
        "a trial; 2 it could not run; 130 interrupted.",
    )
    .action(lazily(async () => (await import("./actions/order")).order));
}
