import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { Configuration } from "./configuration";
import { stackName, type StackOptions } from "./stack";

/**
 * The settings of a stack: by key, such as `productionHost`, what the stack's file says, else the
 * default of the project; empty where neither says anything.
 *
 * @throws Error when there is no such file, or Pulumi would not read it, either
 */
export async function stackValues({ stack, cwd }: StackOptions): Promise<(key: string) => string> {
  const file = `stacks/Pulumi.${stackName(stack)}.yaml`;
  const project = parse(await read(cwd, "Pulumi.yaml")) as {
    config?: Record<string, { default?: string | number } | undefined>;
  };
  const own = Configuration.parse(await read(cwd, file), file);
  return (key) => own.get(key) ?? String(project.config?.[`rotation:${key}`]?.default ?? "");
}

async function read(cwd: string, file: string): Promise<string> {
  try {
    return await readFile(join(cwd, file), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") {
      throw error;
    }
    throw new Error(
      `There is no ${file} in ${cwd}: name the stack as its file does, and with --cwd the folder of Pulumi.yaml.`,
      { cause: error },
    );
  }
}
