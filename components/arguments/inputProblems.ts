import * as pulumi from "@pulumi/pulumi";

/** What is wrong with an argument of a component, and where; undefined when nothing is. */
export type InputProblem = readonly [propertyPath: string, reason: string | undefined];

/**
 * Refuses arguments of a component, before anything is made of them.
 *
 * @throws pulumi.InputPropertiesError that lists every problem at once
 */
export function refuseInputs(component: string, problems: readonly InputProblem[]): void {
  const errors = problems.flatMap(([propertyPath, reason]) =>
    reason === undefined ? [] : [{ propertyPath, reason }],
  );
  if (errors.length > 0) {
    const lines = errors.map(({ propertyPath, reason }) => `  - ${propertyPath}: ${reason}`);
    throw new pulumi.InputPropertiesError({
      message: [`${component} has invalid arguments:`, ...lines].join("\n"),
      errors,
    });
  }
}
