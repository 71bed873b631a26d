import { Command, Option } from "commander";
import { STEP_NAMES } from "../components/plan";
import { lazily } from "./exit";
import { jsonOption, providersOption, quietOption } from "./options";

export function order(): Command {
  return new Command("order")
    .description(
      "Takes away the order between any two steps of a rotation, under load, and shows what breaks.",
    )
    .addOption(
      new Option("--pairs <which>", "steps next to each other, or any two")
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
    .option("--no-control", "without the trials of the program as it is in which a step fails")
    .addOption(jsonOption())
    .addOption(providersOption())
    .addOption(quietOption())
    .addHelpText(
      "after",
      "\nExit codes: 0 every pair was noticed; 1 one was missed, or the program as it is failed a " +
        "trial; 2 it could not be done; 130 interrupted.",
    )
    .action(lazily(async () => (await import("./actions/order")).order));
}
