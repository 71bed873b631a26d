import { join } from "node:path";
import {
  type ActAs,
  type Chart,
  CHART_DEFAULTS,
  CHART_KEYS,
  type ChartShape,
  type ChartSource,
  configuredChart,
  type Delivery,
  LAST_PORT,
  type PodSecurity,
  readChart,
  type ReadChart,
  type Reader,
  type RotationEnvironment,
  type Strategy,
} from "../components";

/** Folder of Pulumi.yaml, which charts and values are relative to. */
export const ROOT = join(__dirname, "..");

/** What a stack's configuration says of its chart. */
export interface ChartSettings {
  readonly chart: Chart;
  /** What the pods of a slot ask of the nodes; undefined where the contract's file does not say. */
  readonly room: ReadChart["room"];
  /** Most connections of a slot; undefined for those of the pools. */
  readonly connections: number | undefined;
  readonly actAs: ActAs;
  /** Undefined for a file called `password`. */
  readonly delivery: Delivery | undefined;
  readonly probe: RotationEnvironment["probe"];
  readonly pods: { readonly podSecurity: PodSecurity; readonly peers: readonly number[] };
  readonly strategy: Strategy;
  /** A strategy that the stack leaves, with the chart of its pods. */
  readonly left: { readonly strategy: Strategy; readonly chart: Chart } | undefined;
}

const STATUSES = /^[1-5]\d\d(-[1-5]\d\d)?$/;
const HOST = /^[a-z0-9-]+(\.[a-z0-9-]+)+$/;

/** What stands for a chart that cannot be read, until its problems are thrown. */
const NO_CHART: ReadChart = {
  chart: { chart: "", chartDigest: "", chartVersion: "", values: "", shape: {} as ChartShape },
  room: undefined,
};

/** Reads a stack's chart, its values and what the contract found of both. */
export function readChartSettings(
  reader: Reader,
  stack: string,
  application: string,
): ChartSettings {
  const { delivery, keys, left, ...place } = configuredChart(reader, application);
  const statuses = reader.list("probeStatus", (text) =>
    STATUSES.test(text) ? undefined : `must be statuses such as 200 or 200-299, not "${text}".`,
  );
  const backendHost = reader.optional("backendHost", HOST, "a host name");
  const peers = reader.list("peers", peerProblem).map(Number);
  return {
    actAs: keys.actAs ?? CHART_DEFAULTS.actAs,
    connections: keys.connections,
    delivery,
    ...chartOf(reader, { ...place, keys, stack }),
    probe: {
      path: keys.probePath,
      port: keys.probePort,
      statuses: statuses.length > 0 ? statuses : undefined,
      backendHost,
    },
    pods: { podSecurity: keys.podSecurity, peers },
    strategy: keys.strategy,
    left: left && {
      strategy: left.strategy,
      chart: chartOf(reader, {
        ...place,
        values: left.values,
        keys: { ...keys, strategy: left.strategy },
        stack,
      }).chart,
    },
  };
}

function chartOf(
  reader: Reader,
  { stack, ...source }: Omit<ChartSource, "command" | "root"> & { readonly stack: string },
): ReadChart {
  if (reader.hasProblemWith(CHART_KEYS)) {
    return NO_CHART;
  }
  const command = `npx rotation contract --stack ${stack} --write`;
  const found = readChart({ ...source, root: ROOT, command });
  if ("problems" in found) {
    found.problems.forEach((problem) => reader.problem(problem));
    return NO_CHART;
  }
  return found;
}

function peerProblem(text: string): string | undefined {
  const port = Number(text);
  return /^\d+$/.test(text) && port >= 1 && port <= LAST_PORT
    ? undefined
    : `must be ports from 1 to ${LAST_PORT}, not "${text}".`;
}
