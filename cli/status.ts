import { Command } from "commander";
import type { Connections } from "../components/facts/connections";
import { gatherFacts } from "../components/facts/gather";
import { officialSources } from "../components/facts/sources";
import { stackOptions } from "./options";
import { diagnose } from "../operate/status/diagnosis";
import { statusReport } from "../operate/status/report";
import {
  readSettings,
  readState,
  type StackLocation,
  type StackState,
} from "../operate/status/stackState";

interface Options extends StackLocation {
  readonly json?: true;
  readonly vault?: string;
  readonly kubeconfig?: string;
  readonly gateway?: string;
}

/** Exit codes, as scripts read them. */
const EXIT = { agrees: 0, disagrees: 1, trouble: 2 } as const;

const command = new Command("status")
  .description(
    "Says from the facts in which state a stack is, what does not agree, and what may follow.",
  )
  .option("--pulumi <program>", "the Pulumi CLI", "pulumi")
  .option("--json", "as JSON")
  .option("--vault <name or address>", "the vault, where there is no state to say it")
  .option("--kubeconfig <file>", "how to reach the cluster, where there is no state to say it")
  .option("--gateway <address>", "address of the gateway, where there is no state to say it")
  .addHelpText(
    "after",
    "\nThe database without a state: PGHOST, PGPORT and PGDATABASE. Logins: whoever is logged in to Azure.",
  )
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? EXIT.agrees : EXIT.trouble));

async function status(options: Options): Promise<number> {
  const [state, settings] = await Promise.all([readState(options), readSettings(options)]);
  const { application, hosts, replicas } = settings;
  const connections = connectionsOf(options, state, application);
  const gatewayAddress = options.gateway ?? state.gatewayAddress;
  const facts = await gatherFacts(
    await officialSources({
      hosts,
      connections,
      ...(gatewayAddress !== undefined && { gatewayAddress }),
      ...(options.kubeconfig !== undefined && { kubeconfig: options.kubeconfig }),
      otherwise: (place) => `nothing says where it is: ${HOW[place]}`,
    }),
    application,
  );
  const diagnosis = diagnose({
    application,
    namespace: connections.namespace,
    vault: connections.vault?.name ?? "",
    replicas,
    facts,
    records: state.records,
    now: new Date(),
  });
  if (options.json) {
    const { missing } = state;
    process.stdout.write(
      `${JSON.stringify({ stack: options.stack, ...diagnosis, facts, ...(missing !== undefined && { missing }) }, undefined, 2)}\n`,
    );
  } else {
    const missing = state.missing === undefined ? "" : `No state: ${state.missing}\n`;
    process.stdout.write(missing + statusReport(options.stack, diagnosis, facts));
  }
  const agrees = diagnosis.state === "completed" && diagnosis.disagreements.length === 0;
  return agrees && facts.unseen.length === 0 ? EXIT.agrees : EXIT.disagrees;
}

const HOW = {
  vault: "give --vault",
  database: "set PGHOST",
  cluster: "give --kubeconfig",
  gateway: "give --gateway",
} as const;

/** Options and variables before what the state says: they are what somebody asked for now. */
function connectionsOf(
  { vault }: Options,
  { connections }: StackState,
  application: string,
): Partial<Connections> & Pick<Connections, "namespace"> {
  const { PGDATABASE, PGHOST, PGPORT } = process.env;
  return {
    namespace: application,
    ...connections,
    ...(vault !== undefined && {
      vault: vault.startsWith("https://")
        ? { name: vault.replace(/^https:\/\/([^./]+).*$/, "$1"), uri: vault }
        : { name: vault, uri: `https://${vault}.vault.azure.net/` },
    }),
    ...(PGHOST && {
      database: { host: PGHOST, port: Number(PGPORT || "5432"), name: PGDATABASE || application },
    }),
  };
}

stackOptions().forEach((option) => command.addOption(option));

command.action(async (options: Options) => {
  try {
    process.exitCode = await status(options);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = EXIT.trouble;
  }
});
void command.parseAsync();
