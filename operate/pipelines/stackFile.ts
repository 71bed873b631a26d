import { parseDocument } from "yaml";
import type { Plan } from "../../components/plan";

const path = (key: string) => ["config", `rotation:${key}`];

/** The plan that the text of a stack file asks for; defaults as in `infra/config.ts`. */
export function readPlan(text: string): Plan {
  const document = parseDocument(text);
  const valueOf = (key: string, fallback: number): number => {
    const value = document.getIn(path(key)) as string | number | undefined;
    if (value === undefined || value === "") {
      return fallback;
    }
    // `pulumi config set` writes numbers as texts.
    if (!/^-?\d+$/.test(`${value}`)) {
      throw new Error(`rotation:${key} must be a whole number, not "${value}".`);
    }
    return Number(value);
  };
  const counter = valueOf("counter", 0);
  return { counter, live: valueOf("live", counter), retired: valueOf("retired", -1) };
}

/**
 * The text of a stack file with another plan, and with everything else as it was, comments too.
 * As in the README's table of moves, `rotation:live` stands only where it is not the counter.
 */
export function writePlan(text: string, { counter, live, retired }: Plan): string {
  const document = parseDocument(text);
  document.setIn(path("counter"), counter);
  const keep = (key: string, value: number, isDefault: boolean) =>
    isDefault ? document.deleteIn(path(key)) : document.setIn(path(key), value);
  keep("live", live, live === counter);
  keep("retired", retired, retired === -1);
  // Long values stay on their line: a pull request shows only what has changed.
  return document.toString({ lineWidth: 0 });
}
