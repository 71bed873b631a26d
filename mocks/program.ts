import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { withMockVault } from "./mockVault";
import { MockProgram, type MockProgramOptions } from "./mocks";

const ROOT = join(__dirname, "..");

/** The configuration of a stack file, as the engine would hand it to the program. */
export function stackConfig(stack: string): Record<string, string> {
  const text = readFileSync(join(ROOT, "stacks", `Pulumi.${stack}.yaml`), "utf8");
  const { config } = parse(text) as { config: Record<string, string | number> };
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [key, String(value)]));
}

export interface ProgramRun {
  readonly program: MockProgram;
  /** What the program exports. */
  readonly outputs: Record<string, unknown>;
}

/**
 * Runs the whole program under mocks, as the engine would run it for a stack.
 *
 * @param stack name of a stack file
 * @param config keys without the namespace, on top of the file's
 */
export async function runProgram(
  stack: string,
  config: Record<string, number | string> = {},
  options: Pick<MockProgramOptions, "answers" | "client" | "preview" | "stackOutputs"> = {},
): Promise<ProgramRun> {
  const own = Object.entries(config).map(([key, value]) => [`rotation:${key}`, String(value)]);
  const program = await MockProgram.start({
    ...options,
    stack,
    config: { ...stackConfig(stack), ...(Object.fromEntries(own) as Record<string, string>) },
  });
  const main = (await import("../infra/index")) as unknown as {
    default: () => Promise<Record<string, unknown>>;
  };
  return withMockVault(async () => {
    const outputs = await main.default();
    await program.drained();
    return { program, outputs };
  });
}
