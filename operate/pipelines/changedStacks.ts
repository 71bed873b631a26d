/** Stacks whose state is on somebody's own machine: no pipeline can reach them. */
const LOCAL = ["rehearsal"];

/** What every stack is made from: the program, and what looks at its state before an engine does. */
const PROGRAM = [
  /^(charts|components|infra|operate|policy)\//,
  /^(Pulumi\.yaml|package\.json|package-lock\.json|tsconfig\.json)$/,
];

/** What Pulumi allows for the name of a stack, between what it puts around it. */
const STACK_FILE = /^Pulumi\.([\w.-]{1,100})\.yaml$/;

/** The stacks that pipelines deploy, from the names of the files in `stacks/`. */
export function deployedStacks(files: readonly string[]): string[] {
  return files
    .flatMap((file) => STACK_FILE.exec(file)?.[1] ?? [])
    .filter((stack) => !LOCAL.includes(stack))
    .sort();
}

/**
 * The stacks that a change is about.
 *
 * @param changed paths from the repository's root; undefined when nobody knows
 */
export function changedStacks(
  stacks: readonly string[],
  changed: readonly string[] | undefined,
): string[] {
  const isAll =
    changed === undefined || changed.some((path) => PROGRAM.some((each) => each.test(path)));
  return stacks.filter((stack) => isAll || changed.includes(`stacks/Pulumi.${stack}.yaml`));
}

/** @throws Error that names the stacks there are */
export function requireStack(stacks: readonly string[], stack: string): string {
  if (!stacks.includes(stack)) {
    throw new Error(`There is no stack "${stack}" to deploy: choose ${stacks.join(" or ")}.`);
  }
  return stack;
}
