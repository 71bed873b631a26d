import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { Configuration } from "./configuration";
import { stackName, type StackOptions } from "./stack";

/**
 * The settings of a stack: by key, such as `productionHost`, what the stack's file says, else the
 * default of the project; empty where neither says anything.
 *
 * @throws Error when Pulumi would not read the file, either
 */
export async function stackValues({ stack, cwd }: StackOptions): Promise<(key: string) => string> {
  const file = `stacks/Pulumi.${stackName(stack)}.yaml`;
  const project = parse(await readFile(join(cwd, "Pulumi.yaml"), "utf8")) as {
    config?: Record<string, { default?: string | number } | undefined>;
  };
  const own = Configuration.parse(await readFile(join(cwd, file), "utf8"), file);
  return (key) => own.get(key) ?? String(project.config?.[`rotation:${key}`]?.default ?? "");
}
