import {
  CHART_DEFAULTS,
  type ChartKeys,
  DELIVERIES,
  OWN_CHART,
  POD_SECURITIES,
  serviceProblem,
  TWICES,
  valuesBeside,
} from "../../components/chart";
import { ACT_AS, applicationNameProblem } from "../../components/plan";
import type { StackOptions } from "../state/stack";
import { stackValues } from "../state/stackValues";

/** Where a stack's chart and values are, relative to Pulumi.yaml, and what is configured of it. */
export interface StackChart {
  readonly chart: string;
  readonly values: string;
  readonly keys: ChartKeys;
}

/**
 * Reads what a stack's file and Pulumi.yaml say of its chart.
 *
 * @throws Error with every problem
 */
export async function stackChart(options: StackOptions): Promise<StackChart> {
  const valueOf = await stackValues(options);
  const problems: string[] = [];
  const named = (key: string, problem: string | undefined) => {
    if (problem !== undefined) {
      problems.push(`rotation:${key} ${problem}`);
    }
  };
  const optional = <T extends string>(key: string, choices: readonly T[]): T | undefined => {
    const value = valueOf(key);
    const isKnown = choices.includes(value as T);
    named(
      key,
      value === "" || isKnown ? undefined : `must be one of ${choices.join(", ")}, not "${value}".`,
    );
    return isKnown ? (value as T) : undefined;
  };
  const count = (key: string): number | undefined => {
    const value = valueOf(key);
    named(key, /^\d*$/.test(value) ? undefined : `must be a whole number, not "${value}".`);
    return Number(value) || undefined;
  };
  const application = valueOf("application") || "app";
  named("application", applicationNameProblem(application));
  const service = valueOf("service") || CHART_DEFAULTS.service;
  named("service", serviceProblem(service));
  const chart = valueOf("chart") || OWN_CHART;
  const keys: ChartKeys = {
    application,
    service,
    delivery: optional("delivery", DELIVERIES) ?? CHART_DEFAULTS.delivery,
    probePath: valueOf("probePath") || undefined,
    probePort: count("probePort"),
    connections: count("connections"),
    actAs: optional("actAs", ACT_AS) ?? CHART_DEFAULTS.actAs,
    twice: optional("twice", TWICES),
    podSecurity: optional("podSecurity", POD_SECURITIES) ?? CHART_DEFAULTS.podSecurity,
    fileName: valueOf("fileName") || CHART_DEFAULTS.fileName,
    secretKeys: secretKeysOf(valueOf("secretKeys"), named),
  };
  if (problems.length > 0) {
    throw new Error(problems.join("\n"));
  }
  return { chart, values: valueOf("values") || valuesBeside(chart), keys };
}

function secretKeysOf(
  text: string,
  named: (key: string, problem: string) => void,
): ChartKeys["secretKeys"] {
  try {
    return text === "" ? CHART_DEFAULTS.secretKeys : (JSON.parse(text) as ChartKeys["secretKeys"]);
  } catch {
    named("secretKeys", "must be an object: a text for each key of the Secret.");
    return {};
  }
}
