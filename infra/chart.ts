import { join } from "node:path";
import {
  ACT_AS,
  type ActAs,
  CHART_DEFAULTS,
  type Chart,
  type ChartShape,
  type ChartSource,
  type Delivery,
  DELIVERIES,
  fileNameProblem,
  OWN_CHART,
  POD_SECURITIES,
  type PodSecurity,
  readChart,
  type ReadChart,
  secretKeysOf,
  secretKeysProblems,
  serviceProblem,
  type RotationEnvironment,
  type Twice,
  TWICES,
  valuesBeside,
} from "../components";
import type { Reader } from "./reader";

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
}

/** A path inside of the project. */
const INSIDE = /^(?!\.\.?\/)[\w.-]+(\/(?!\.\.?(\/|$))[\w.-]+)*$/;
const URL_PATH = /^\/[\w./~%-]*$/;
const STATUSES = /^[1-5]\d\d(-[1-5]\d\d)?$/;
const TWICE = new RegExp(`^(${TWICES.join("|")})$`);
const HOST = /^[a-z0-9-]+(\.[a-z0-9-]+)+$/;
const LAST_PORT = 65_535;

/** Keys that the contract judges; with a wrong one there is nothing to judge. */
const CHART_KEYS = [
  ...Object.keys(CHART_DEFAULTS),
  ...["chart", "values", "application", "probePath", "probePort", "connections", "twice"],
];

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
  const chart = reader.text("chart", OWN_CHART, INSIDE, "a folder of this project");
  const values = reader.text("values", valuesBeside(chart), INSIDE, "a file of this project");
  const delivery = readDelivery(reader);
  const keys = {
    ...CHART_DEFAULTS,
    application,
    delivery: delivery?.by ?? CHART_DEFAULTS.delivery,
    ...(delivery?.by === "file" && { fileName: delivery.fileName }),
    ...(delivery?.by === "secret" && { secretKeys: secretKeysOf(delivery) }),
    service: reader.checked("service", CHART_DEFAULTS.service, serviceProblem),
    probePath: reader.optional("probePath", URL_PATH, "a path such as /health"),
    probePort: reader.integer("probePort", 0, 0, LAST_PORT) || undefined,
    connections: reader.integer("connections", 0, 0) || undefined,
    actAs: reader.choice("actAs", CHART_DEFAULTS.actAs, ACT_AS),
    twice: reader.optional("twice", TWICE, TWICES.join(" or ")) as Twice | undefined,
    podSecurity: reader.choice("podSecurity", CHART_DEFAULTS.podSecurity, POD_SECURITIES),
  };
  const statuses = reader.list("probeStatus", (text) =>
    STATUSES.test(text) ? undefined : `must be statuses such as 200 or 200-299, not "${text}".`,
  );
  const backendHost = reader.optional("backendHost", HOST, "a host name");
  const peers = reader.list("peers", peerProblem).map(Number);
  return {
    actAs: keys.actAs,
    connections: keys.connections,
    delivery,
    ...chartOf(reader, { chart, values, keys, stack }),
    probe: {
      path: keys.probePath,
      port: keys.probePort,
      statuses: statuses.length > 0 ? statuses : undefined,
      backendHost,
    },
    pods: { podSecurity: keys.podSecurity, peers },
  };
}

function chartOf(
  reader: Reader,
  { stack, ...source }: Pick<ChartSource, "chart" | "values" | "keys"> & { stack: string },
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

/** How pods get their credential; undefined where they mount the usual file. */
function readDelivery(reader: Reader): Delivery | undefined {
  const by = reader.choice("delivery", CHART_DEFAULTS.delivery, DELIVERIES);
  const fileName = reader.checked("fileName", CHART_DEFAULTS.fileName, fileNameProblem);
  const keys = reader.texts("secretKeys", secretKeysProblems);
  const isUsual = fileName === CHART_DEFAULTS.fileName;
  if (reader.hasProblemWith(["delivery"])) {
    return undefined;
  }
  if (by === "secret" && !isUsual) {
    reader.wrong(
      "fileName",
      "names a file that pods mount, and with rotation:delivery secret they mount none.",
    );
  }
  if (by === "file" && keys !== undefined) {
    reader.wrong(
      "secretKeys",
      "describes a Secret, and with rotation:delivery file there is none.",
    );
  }
  return by === "secret" ? { by, keys } : isUsual ? undefined : { by, fileName };
}
