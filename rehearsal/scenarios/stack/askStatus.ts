import { execFile } from "node:child_process";
import { join } from "node:path";
import type { Facts } from "../../../components";
import type { Diagnosis } from "../../../operate/status/diagnosis";
import { ROOT } from "../../../twin/world/scripts";
import { projectOf } from "./project";
import type { ScenarioStack } from "./scenarioStack";

type Status = Diagnosis & { readonly facts: Facts; readonly missing?: string };

interface Asked {
  readonly options?: readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
}

/** Runs the command as a person would. */
export function askStatus(
  { rig }: Pick<ScenarioStack, "rig">,
  { options = [], variables = {} }: Asked = {},
): Promise<{ code: number; said: Status }> {
  const { command: engine, folder, stack, environment } = projectOf(rig);
  const command = [
    ...[join(ROOT, "cli", "rotation.mjs"), "status"],
    ...["--stack", stack, "--cwd", folder, "--pulumi", engine, "--json", ...options],
  ];
  const env = { ...environment, ...variables };
  return new Promise((resolve, reject) => {
    const child = execFile(
      process.execPath,
      command,
      { cwd: ROOT, env },
      (error, stdout, stderr) => {
        try {
          resolve({ code: child.exitCode ?? -1, said: JSON.parse(stdout) as Status });
        } catch {
          reject(new Error(stderr || error?.message || "status said nothing"));
        }
      },
    );
  });
}
