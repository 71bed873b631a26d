import { type Connections, gatherFacts, officialSources } from "../../components/facts";
import { namespaceOf } from "../../components/plan";
import { diagnose } from "../../operate/status/diagnosis";
import { statusReport } from "../../operate/status/report";
import {
  hostsOf,
  readSettings,
  readState,
  type StackLocation,
} from "../../operate/status/stackState";
import { EXIT, type ExitCode } from "../exit";
import { isOnlyJson, writeJson } from "../options";

interface Options extends StackLocation {
  readonly json?: string;
  readonly vault?: string;
  readonly kubeconfig?: string;
  readonly gateway?: string;
}

export async function status(options: Options): Promise<ExitCode> {
  const settings = await readSettings(options);
  const state = await readState(options, hostsOf(options, settings));
  const { application, hosts, legacy, replicas, minReplicas, maxReplicas } = settings;
  const connections = connectionsOf(options, state.connections, {
    namespace: namespaceOf(settings),
    ingress: settings.ingress,
    database: legacy?.databaseName ?? application,
  });
  const gatewayAddress = options.gateway ?? state.gatewayAddress;
  const facts = await gatherFacts(
    await officialSources({
      hosts,
      connections,
      ...(gatewayAddress !== undefined && { gatewayAddress }),
      ...(options.kubeconfig !== undefined && { kubeconfig: options.kubeconfig }),
      otherwise: (place) => `its address is unknown: ${HOW[place]}`,
    }),
    application,
    { ...connections, legacy },
  );
  const diagnosis = diagnose({
    application,
    namespace: connections.namespace,
    ingress: connections.ingress,
    vault: connections.vault?.name ?? "",
    objects: connections.objects,
    hosts,
    replicas,
    minReplicas,
    maxReplicas,
    legacy,
    facts,
    records: state.records,
    now: new Date(),
  });
  const { missing } = state;
  await writeJson(options.json, {
    stack: options.stack,
    ...diagnosis,
    facts,
    ...(missing !== undefined && { missing }),
  });
  if (!isOnlyJson(options.json)) {
    const reason = missing === undefined ? "" : `No state: ${missing}\n`;
    process.stdout.write(reason + statusReport(options.stack, diagnosis, facts));
  }
  const agrees = diagnosis.state === "completed" && diagnosis.disagreements.length === 0;
  return agrees && facts.unseen.length === 0 ? EXIT.ok : EXIT.amiss;
}

const HOW = {
  vault: "give --vault",
  database: "set PGHOST",
  cluster: "give --kubeconfig",
  gateway: "give --gateway",
} as const;

/** Options and variables take precedence over the state: they are the current request. */
function connectionsOf(
  { vault }: Options,
  connections: Partial<Connections> = {},
  usual: {
    readonly namespace: string;
    readonly ingress: string | undefined;
    readonly database: string;
  },
): Partial<Connections> & Pick<Connections, "namespace"> {
  const { PGDATABASE, PGHOST, PGPORT } = process.env;
  return {
    namespace: usual.namespace,
    ...(usual.ingress !== undefined && { ingress: usual.ingress }),
    ...connections,
    ...(vault !== undefined && {
      vault: vault.startsWith("https://")
        ? { name: vault.replace(/^https:\/\/([^./]+).*$/, "$1"), uri: vault }
        : { name: vault, uri: `https://${vault}.vault.azure.net/` },
    }),
    ...(PGHOST && {
      database: {
        host: PGHOST,
        port: Number(PGPORT || "5432"),
        name: PGDATABASE || usual.database,
      },
    }),
  };
}
