import { resolve } from "node:path";
import { Option } from "commander";

/** Which stack a command is about. */
export interface StackOptions {
  readonly stack: string;
  readonly cwd: string;
}

/** Options that every command about a stack has. */
export function stackOptions(): Option[] {
  return [
    new Option("--stack <name>", "the stack, as `pulumi stack ls` names it").makeOptionMandatory(),
    new Option("--cwd <dir>", "folder with the project").default(resolve(__dirname, "..")),
  ];
}

/** Last part of `organization/project/stack`. */
export function stackName(stack: string): string {
  return stack.slice(stack.lastIndexOf("/") + 1);
}
