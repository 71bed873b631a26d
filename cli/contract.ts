import { Command, InvalidArgumentError, Option } from "commander";
import type { DeliveryKind, PodSecurity, SecretSource, Twice } from "../components/chart";
import type { ActAs, Strategy } from "../components/plan";
import { lazily } from "./exit";
import { cwdOption, jsonOption, whole } from "./options";

/** What these types allow; nothing of it is loaded for a list of options. */
const DELIVERIES: readonly DeliveryKind[] = ["file", "secret"];
const STRATEGIES: readonly Strategy[] = ["blueGreen", "rolling"];
const SECRET_SOURCES: readonly SecretSource[] = ["program", "vault"];
const POD_SECURITIES: readonly PodSecurity[] = ["restricted", "baseline"];
const TWICES: readonly Twice[] = ["allowed", "forbidden"];
const ACTS_AS: readonly ActAs[] = ["owner", "readwrite"];

const LAST_PORT = 65_535;

export function contract(): Command {
  const command = new Command("contract")
    .description("Says what keeps a chart from being rotated, and which values repair it.")
    .option("--stack <name>", "the stack whose chart, values and settings are judged")
    .addOption(cwdOption())
    .option("--write", "write what was found beside the values, where a preview reads it")
    .option("--helm <program>", "the helm CLI", "helm")
    .addOption(jsonOption());
  withoutStack().forEach((option) => command.addOption(option.conflicts("stack")));
  return command
    .addHelpText(
      "after",
      "\nWith --stack, the configuration says what the options from --chart on say without one." +
        "\nExit codes: 0 it can be rotated; 1 something has to be repaired; 2 it could not be done.",
    )
    .action(lazily(async () => (await import("./actions/contract")).contract));
}

/** What a stack's configuration would say of a chart. */
function withoutStack(): Option[] {
  return [
    new Option("--chart <path>", "folder or archive of the chart, with its dependencies"),
    new Option("--values <file>", "its values, with placeholders such as ${role}"),
    new Option("--application <name>", "short name of the application").default("app"),
    choice("--strategy <which>", "two releases, or one that rolls", STRATEGIES).default(
      "blueGreen",
    ),
    choice("--delivery <how>", "how pods get the password", DELIVERIES),
    choice("--secret-from <who>", "who writes the Secret of --delivery secret", SECRET_SOURCES),
    new Option("--file-name <name>", "name of the file with the password"),
    new Option(
      "--secret-keys <json>",
      'keys of the Secret, such as {"password":"${password}","username":"${role}"}',
    ).argParser(secretKeys),
    new Option(
      "--service <name>",
      "Service that gets the traffic: NAME or NAME:PORT, where {release} is the release's name",
    ),
    new Option("--probe-path <path>", "what the gateway asks pods"),
    new Option("--probe-port <number>", "port of the pods that it asks").argParser(
      whole(1, LAST_PORT),
    ),
    new Option(
      "--connections <number>",
      "connections that all pods of a slot open at most",
    ).argParser(whole(1)),
    choice("--act-as <whom>", "as whom the application uses its tables", ACTS_AS),
    choice("--twice <whether>", "background work in both slots at once", TWICES),
    choice("--pod-security <level>", "what the namespace enforces", POD_SECURITIES),
  ];
}

function choice(flags: string, text: string, choices: readonly string[]): Option {
  return new Option(flags, text).choices(choices);
}

function secretKeys(text: string): Record<string, string> {
  try {
    return JSON.parse(text) as Record<string, string>;
  } catch {
    throw new InvalidArgumentError('It must be JSON, such as {"password":"${password}"}.');
  }
}
