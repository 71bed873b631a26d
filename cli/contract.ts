import { Command, Option } from "commander";
import type { DeliveryKind, PodSecurity, Twice } from "../components/chart";
import type { ActAs } from "../components/plan";
import type { SecretSource, Strategy } from "../components/contract";
import { lazily } from "./exit";
import { jsonOption, whole } from "./options";

/** What these types allow; nothing of it is loaded for a list of options. */
const DELIVERIES: readonly DeliveryKind[] = ["file", "secret"];
const STRATEGIES: readonly Strategy[] = ["blueGreen", "rolling"];
const SECRET_SOURCES: readonly SecretSource[] = ["program", "vault"];
const POD_SECURITIES: readonly PodSecurity[] = ["restricted", "baseline"];
const TWICES: readonly Twice[] = ["allowed", "forbidden"];
const ACTS: readonly ActAs[] = ["owner", "readwrite"];

export function contract(): Command {
  const choice = (flags: string, text: string, choices: readonly (string | undefined)[]) =>
    new Option(flags, text).choices(choices.filter((each) => each !== undefined));
  return new Command("contract")
    .description("Says what a chart lacks to be rotated, and which values repair it.")
    .requiredOption("--chart <path>", "folder or archive of the chart, with its dependencies")
    .requiredOption("--values <file>", "its values, with placeholders such as ${role}")
    .option("--application <name>", "short name of the application", "app")
    .addOption(choice("--delivery <how>", "how pods get the password", DELIVERIES).default("file"))
    .addOption(
      choice("--from <who>", "who writes the Secret of --delivery secret", SECRET_SOURCES).default(
        "program",
      ),
    )
    .addOption(
      choice("--strategy <which>", "two slots, or one release", STRATEGIES).default("blueGreen"),
    )
    .option(
      "--service <name>",
      "Service that gets the traffic: NAME or NAME:PORT, where {release} is the release's name",
      "{release}:80",
    )
    .option(
      "--probe-path <path>",
      "what the gateway asks, where readiness cannot be asked over HTTP",
    )
    .option("--connections <number>", "connections that all pods of a slot open at most", whole(1))
    .addOption(choice("--act-as <whom>", "as whom the application uses its tables", ACTS))
    .addOption(choice("--twice <whether>", "background work in both slots at once", TWICES))
    .addOption(
      choice("--pod-security <level>", "what the namespace enforces", POD_SECURITIES).default(
        "restricted",
      ),
    )
    .option("--helm <program>", "the helm CLI", "helm")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      "\nExit codes: 0 it can be rotated; 1 something has to be repaired; 2 it could not be done.",
    )
    .action(lazily(async () => (await import("./actions/contract")).contract));
}
