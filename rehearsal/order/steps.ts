import { STEP_NAMES, type StepName, STEPS } from "../../components/plan";

/** A step of an emergency, the one move that has all of them. */
export interface NamedStep<Name extends string = StepName> {
  readonly name: Name;
  /** Its resources, as `plainName` names them. */
  readonly resources: readonly string[];
  /** Later steps that do not wait for it. */
  readonly beside?: readonly string[];
}

/** The steps in their order, from the guard to the record. */
export const ORDER: readonly NamedStep[] = STEP_NAMES.map((name) => ({ name, ...STEPS[name] }));

/** Position of a step in the order. */
export function position(name: StepName): number {
  return STEP_NAMES.indexOf(name);
}
