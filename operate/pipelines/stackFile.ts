import type { Plan } from "../../components/plan";
import { Configuration } from "../state/configuration";

/**
 * The plan that the text of a stack file asks for; defaults as in `infra/config.ts`.
 *
 * @param file its name, for people
 * @throws Error when Pulumi, or the program, would not take it
 */
export function readPlan(text: string, file = "The stack file"): Plan {
  const configuration = Configuration.parse(text, file);
  const valueOf = (key: string, fallback: number): number => {
    const value = configuration.get(key) ?? String(fallback);
    if (!/^-?\d+$/.test(value)) {
      throw new Error(`rotation:${key} must be a whole number, not "${value}".`);
    }
    return Number(value);
  };
  const counter = valueOf("counter", 0);
  return { counter, live: valueOf("live", counter), retired: valueOf("retired", -1) };
}

/**
 * The text of a stack file with another plan, and with everything else as it was, comments too.
 * As in the table of moves (docs/moves.md), `rotation:live` stands only where it is not the counter.
 */
export function writePlan(text: string, { counter, live, retired }: Plan): string {
  const configuration = Configuration.parse(text, "The stack file");
  configuration.set("counter", counter);
  const keep = (key: string, value: number, isDefault: boolean) =>
    isDefault ? configuration.remove(key) : configuration.set(key, value);
  keep("live", live, live === counter);
  keep("retired", retired, retired === -1);
  return configuration.toString();
}
