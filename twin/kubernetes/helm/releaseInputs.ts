/** Inputs of a Helm release: defaults, name, and the version of the chart. */
import type { Checked, CheckCall, CheckFailure, Properties, Value } from "../../plugin/provider";
import { chartMetadata } from "./releaseChart";
import type { Release, Revision } from "./release";
import { autoName } from "../resources/naming";
import {
  mapValues,
  revealed,
  textAt,
  without,
  withoutUnknowns,
  withSecretsOf,
  withUnknownsOf,
} from "../resources/properties";
import { hasUnknown, isObject } from "../../plugin/values";

const DEFAULT_TIMEOUT_SECONDS = 300;

/** Inputs that every release has, with the values of a release that does not set them. */
const DEFAULTS: Properties = {
  allowNullValues: false,
  atomic: false,
  chart: "",
  cleanupOnFail: false,
  createNamespace: false,
  dependencyUpdate: false,
  description: "",
  devel: false,
  disableCRDHooks: false,
  disableOpenapiValidation: false,
  disableWebhooks: false,
  forceUpdate: false,
  keyring: "",
  lint: false,
  name: "",
  namespace: "",
  postrender: "",
  recreatePods: false,
  renderSubchartNotes: false,
  replace: false,
  resetValues: false,
  reuseValues: false,
  skipAwait: false,
  skipCrds: false,
  timeout: 0,
  values: {},
  verify: false,
  version: "",
  waitForJobs: false,
};

/** Inputs without a default that are passed on when set. */
const OPTIONAL: readonly string[] = ["maxHistory"];

/** Dropped: outputs that a program may send back, and a mark that the SDK sends along. */
const NO_INPUTS: readonly string[] = ["compat", "resourceNames", "status"];

/** What the twin cannot do: only the default is accepted. */
const REFUSED: readonly string[] = [
  "dependencyUpdate",
  "devel",
  "forceUpdate",
  "keyring",
  "lint",
  "postrender",
  "recreatePods",
  "replace",
  "reuseValues",
  "verify",
];

export function releaseOf(inputs: Properties): Release {
  const given = revealed(inputs);
  const on = (key: string) => given[key] === true;
  const number = (key: string) => (typeof given[key] === "number" ? given[key] : 0);
  return {
    name: textAt(given, "name"),
    namespace: textAt(given, "namespace"),
    chart: textAt(given, "chart"),
    values: isObject(given.values) ? given.values : {},
    atomic: on("atomic"),
    cleanupOnFail: on("cleanupOnFail"),
    resetValues: on("resetValues"),
    createNamespace: on("createNamespace"),
    skipAwait: on("skipAwait"),
    skipCrds: on("skipCrds"),
    waitForJobs: on("waitForJobs"),
    disableHooks: { install: on("disableWebhooks"), upgrade: on("disableCRDHooks") },
    timeoutSeconds: number("timeout") || DEFAULT_TIMEOUT_SECONDS,
    maxHistory: number("maxHistory"),
  };
}

/**
 * @param root folder that relative paths of charts start from
 */
export async function checkRelease(
  call: CheckCall,
  defaultNamespace: string | undefined,
  root: string,
): Promise<Checked> {
  const given = without(call.inputs, ...NO_INPUTS);
  const release = withDefaults(given, call, defaultNamespace);
  const failures = unknownInputs(given);
  if (!hasUnknown(call.inputs) && failures.length === 0) {
    try {
      const { version } = await chartMetadata(root, textAt(release, "chart"));
      release.version = version;
    } catch (error) {
      const advice = "check the chart name and repository configuration.";
      failures.push({ property: "chart", reason: `${(error as Error).message}; ${advice}` });
    }
  }
  return { inputs: withSecretsOf(withUnknownsOf(release, given), given), failures };
}

function withDefaults(
  given: Properties,
  call: CheckCall,
  defaultNamespace: string | undefined,
): Properties {
  const plain = mapValues(revealed(given), withoutUnknowns);
  const known = Object.entries(plain).filter(
    ([key, value]) => value !== null && (key in DEFAULTS || OPTIONAL.includes(key)),
  );
  const release: Properties = { ...structuredClone(DEFAULTS), ...Object.fromEntries(known) };
  if (!("name" in given) || given.name === "") {
    const old = textAt(revealed(call.oldInputs), "name");
    release.name = old || autoName(call.name, call.randomSeed);
  }
  release.namespace = textAt(release, "namespace") || (defaultNamespace ?? "");
  if (release.skipAwait !== true && !("timeout" in given)) {
    release.timeout = DEFAULT_TIMEOUT_SECONDS;
  }
  return release;
}

function unknownInputs(given: Properties): CheckFailure[] {
  const isRefused = ([key, value]: [string, Value]) =>
    key in DEFAULTS
      ? REFUSED.includes(key) && value !== null && value !== DEFAULTS[key]
      : !OPTIONAL.includes(key);
  return Object.entries(revealed(given))
    .filter(isRefused)
    .map(([property]) => ({
      property,
      reason: `The twin does not know this use of ${property} of a Helm release.`,
    }));
}

/** Inputs of a release that is there already; a later `check` finds out whether its chart is. */
export function importedRelease({ name, namespace, chart, values }: Revision): Properties {
  return {
    ...structuredClone(DEFAULTS),
    name,
    namespace,
    chart: chart.name,
    values,
    version: chart.version,
    timeout: DEFAULT_TIMEOUT_SECONDS,
  };
}
