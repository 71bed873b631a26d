import { Command, Option } from "commander";
import type { Strategy } from "../components/plan";
import type { ApplicationName, RehearsedDelivery } from "../rehearsal/rig/applications";
import type { PlatformOrigin } from "../rehearsal/rig/rig";
import { ROTATIONS, SCENARIO_RATE } from "./defaults";
import { lazily } from "./exit";
import { jsonOption, providersOption, quietOption, timingOption, whole } from "./options";

/** What these types allow; nothing of them is loaded for a list of options. */
const APPLICATIONS: readonly ApplicationName[] = ["app", "plain", "python", "java", "node"];
const PLATFORMS: readonly PlatformOrigin[] = ["new", "existing"];
const STRATEGIES: readonly Strategy[] = ["blueGreen", "rolling"];
const DELIVERIES: readonly RehearsedDelivery[] = ["file", "secret", "secret-from-vault"];

export function rehearse(): Command {
  return new Command("rehearse")
    .description("Rotates on this machine, under load, with the real engine and a real PostgreSQL.")
    .addOption(
      new Option(
        "--application <which>",
        "the sample application, or one that knows of no rotation",
      )
        .choices(APPLICATIONS)
        .default("app")
        .conflicts(["naive", "scenario"]),
    )
    .addOption(
      new Option("--delivery <how>", "how it gets its password; app has a file only")
        .choices(DELIVERIES)
        .default("file")
        .conflicts(["naive", "scenario"]),
    )
    .addOption(
      new Option("--strategy <which>", "two slots, or one release that rolls")
        .choices(STRATEGIES)
        .default("blueGreen")
        .conflicts("naive"),
    )
    .addOption(
      new Option(
        "--platform <which>",
        "make a new one in its stack, or find one that another stack made",
      )
        .choices(PLATFORMS)
        .default("new")
        .conflicts(["naive", "scenario"]),
    )
    .option(
      "--rotations <n>",
      `rotations, each with its retirement (default: ${ROTATIONS}), or those of a long-run`,
      whole(1, 50),
    )
    .option("--seed <n>", "seed of a long-run's moves, to replay it", whole(0, 2 ** 31))
    .option(
      "--rate <n>",
      `requests per second (default: what this machine sustains; ${SCENARIO_RATE} in scenarios)`,
      whole(1, 1000),
    )
    .addOption(timingOption())
    .addOption(jsonOption())
    .option("--out <dir>", "folder for logs, evidence, the result and its report")
    .option("--open", "open the report in a browser; with --out")
    .option("--compare <dir>", "folder of a naive run to show beside this one in the report")
    .addOption(providersOption())
    .option("--naive", "the negative control: switch, remove and disable at once; loses requests")
    .option(
      "--scenario <name...>",
      "run these instead of rotations; `all` runs every one, `pods` those about pods",
    )
    .option("--list", "list the scenarios")
    .addOption(quietOption())
    .addHelpText(
      "after",
      "\n" +
        "Exit codes: 0 as promised; 1 not as promised, or requests lost in the naive order, as " +
        "expected; 2 it could not run; 4 this machine was too busy to judge; 130 interrupted.",
    )
    .action(lazily(async () => (await import("./actions/rehearse")).rehearse));
}
