/** Which stack of which project. */
export interface StackOptions {
  /** As `pulumi stack ls` names it. */
  readonly stack: string;
  /** The folder of the project. */
  readonly cwd: string;
}

/** Last part of `organization/project/stack`. */
export function stackName(stack: string): string {
  return stack.slice(stack.lastIndexOf("/") + 1);
}
