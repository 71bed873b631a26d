import { ACT_AS, type Reader, STRATEGIES, type Strategy } from "../plan";
import { valuesBeside } from "./chart";
import {
  CHART_DEFAULTS,
  type ChartKeys,
  DELIVERIES,
  OWN_CHART,
  POD_SECURITIES,
  SECRET_SOURCES,
  serviceProblem,
  type Twice,
  TWICES,
} from "./declared";
import { type Delivery, fileNameProblem, secretKeysOf, secretKeysProblems } from "./delivery";
import {
  CHART_VERSION,
  type ChartPackage,
  isChartName,
  isOfRegistry,
  isRegistryReference,
  nameOfPackage,
  pulledFolderOf,
  repositoryProblem,
} from "./package";

/** What a stack's configuration says of its chart. */
export interface ConfiguredChart {
  /** Folder of the chart, relative to that of Pulumi.yaml. */
  readonly chart: string;
  /** What lies in that folder; undefined for a chart of the project's own. */
  readonly package?: ChartPackage | undefined;
  /** File with its values, relative to the same folder. */
  readonly values: string;
  /** What the contract judges besides. */
  readonly keys: ChartKeys;
  /** Undefined for a file called `password`. */
  readonly delivery: Delivery | undefined;
  /** A strategy that the stack leaves, and the values of its pods. */
  readonly left?: { readonly strategy: Strategy; readonly values: string } | undefined;
}

/** Keys that the contract judges; with a wrong one there is nothing to judge. */
export const CHART_KEYS = [
  ...Object.keys(CHART_DEFAULTS),
  ...["chart", "chartRepository", "chartVersion", "values", "application"],
  ...["probePath", "probePort", "connections", "twice"],
];

export const LAST_PORT = 65_535;

/** A path inside of the project. */
const INSIDE = /^(?!\.\.?\/)[\w.-]+(\/(?!\.\.?(\/|$))[\w.-]+)*$/;
const URL_PATH = /^\/[\w./~%-]*$/;
const LEAVING = new RegExp(`^(${STRATEGIES.join("|")})$`);
const TWICE = new RegExp(`^(${TWICES.join("|")})$`);

/** Reads what is configured of a chart; the reader has the problems with it. */
export function configuredChart(reader: Reader, application: string): ConfiguredChart {
  const strategy = reader.choice("strategy", CHART_DEFAULTS.strategy, STRATEGIES);
  const place = readPlace(reader, strategy);
  const delivery = readDelivery(reader);
  const keys: ChartKeys = {
    ...CHART_DEFAULTS,
    application,
    strategy,
    delivery: delivery?.by ?? CHART_DEFAULTS.delivery,
    ...(delivery?.by === "file" && { fileName: delivery.fileName ?? CHART_DEFAULTS.fileName }),
    ...(delivery?.by === "secret" && {
      secretKeys: secretKeysOf(delivery),
      secretFrom: delivery.from ?? CHART_DEFAULTS.secretFrom,
    }),
    service: reader.checked("service", CHART_DEFAULTS.service, serviceProblem),
    probePath: reader.optional("probePath", URL_PATH, "a path such as /health"),
    probePort: reader.integer("probePort", 0, 0, LAST_PORT) || undefined,
    connections: reader.integer("connections", 0, 0) || undefined,
    actAs: reader.choice(
      "actAs",
      // Whoever takes a login over acts as what that login acts as.
      reader.isSet("legacyRole") ? "owner" : CHART_DEFAULTS.actAs,
      ACT_AS,
    ),
    twice: reader.optional("twice", TWICE, TWICES.join(" or ")) as Twice | undefined,
    podSecurity: reader.choice("podSecurity", CHART_DEFAULTS.podSecurity, POD_SECURITIES),
  };
  return { ...place, keys, delivery, left: readLeft(reader, { strategy, ...place }) };
}

/** What says which pods serve while a strategy is left; undefined where none is. */
function readLeft(
  reader: Reader,
  { chart, strategy, values }: Pick<ConfiguredChart, "chart" | "values"> & { strategy: Strategy },
): ConfiguredChart["left"] {
  const left = reader.optional("leaving", LEAVING, STRATEGIES.join(" or ")) as Strategy | undefined;
  if (left === undefined) {
    if (reader.isSet("leavingValues")) {
      reader.superfluous("leavingValues", "is for a strategy that is left (rotation:leaving)");
    }
    return undefined;
  }
  if (left === strategy) {
    reader.superfluous("leaving", `is ${left}, which rotation:strategy is as well`);
  }
  const usual = valuesBeside(chart, left);
  const its = reader.text("leavingValues", usual, INSIDE, "a file of this project");
  if (its === values && left !== strategy) {
    reader.missing(
      "leavingValues",
      `the values that the chart has with strategy ${left}: ${values} is of ${strategy}`,
    );
  }
  return { strategy: left, values: its };
}

/** Where the chart and its values are, and where the chart comes from. */
function readPlace(
  reader: Reader,
  strategy: Strategy,
): Pick<ConfiguredChart, "chart" | "package" | "values"> {
  const repository = reader.checked("chartRepository", "", repositoryProblem) || undefined;
  const said = reader.checked("chart", OWN_CHART, (text) => chartProblem(text, repository));
  const version = reader.optional(
    "chartVersion",
    CHART_VERSION,
    "one version such as 1.2.3, because a range or a tag that moves is another chart tomorrow",
  );
  const isPulled = isOfRegistry(said) || repository !== undefined;
  const isWrong = reader.hasProblemWith(["chart"]);
  const usual = isWrong ? OWN_CHART : isPulled ? `charts/${nameOfPackage(said)}` : said;
  const values = reader.text(
    "values",
    valuesBeside(usual, strategy),
    INSIDE,
    "a file of this project",
  );
  if (!isPulled) {
    if (version !== undefined) {
      reader.superfluous(
        "chartVersion",
        "is for a chart that is pulled, and rotation:chart is a folder",
      );
    }
    return { chart: said, values };
  }
  if (isOfRegistry(said) && repository !== undefined) {
    reader.superfluous(
      "chartRepository",
      "is for a chart's name, and rotation:chart is an address in a registry",
    );
  }
  if (version === undefined) {
    reader.missing("chartVersion", "the one version of the chart that is pulled", "1.2.3");
  }
  return {
    chart: pulledFolderOf(values),
    values,
    package: { chart: said, ...(repository && { repository }), version: version ?? "" },
  };
}

/** It never says an address that may hold a password. */
function chartProblem(chart: string, repository: string | undefined): string | undefined {
  const isRight = isOfRegistry(chart)
    ? isRegistryReference(chart)
    : repository !== undefined
      ? isChartName(chart)
      : INSIDE.test(chart);
  return isRight
    ? undefined
    : "must be a folder of this project, oci://registry/path/name without a tag, or with " +
        `rotation:chartRepository a chart's name, not ${/@(?!sha256:)/.test(chart) ? "this" : `"${chart}"`}.`;
}

/** How pods get their credential; undefined where they mount the usual file. */
function readDelivery(reader: Reader): Delivery | undefined {
  const by = reader.choice("delivery", CHART_DEFAULTS.delivery, DELIVERIES);
  const fileName = reader.checked("fileName", CHART_DEFAULTS.fileName, fileNameProblem);
  const from = reader.choice("secretFrom", CHART_DEFAULTS.secretFrom, SECRET_SOURCES);
  const keys = reader.texts("secretKeys", (texts) => secretKeysProblems(texts, from));
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
  if (by === "file" && from === "vault") {
    reader.wrong(
      "secretFrom",
      "says who writes a Secret, and with rotation:delivery file there is none.",
    );
  }
  return by === "secret"
    ? { by, keys, ...(from === "vault" && { from }) }
    : isUsual
      ? undefined
      : { by, fileName };
}
