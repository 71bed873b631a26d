import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import envPaths from "env-paths";
import type { Engine } from "./engine";
import packages from "../../package.json";

export type ProviderChoice = "auto" | "official" | "twin";

/** Which plugin serves each provider, by its name. */
export type Providers = Record<string, "official" | "twin">;

/** Providers whose official plugins work against local servers. */
const REPLACEABLE = ["random", "postgresql"] as const;
const ALWAYS_TWIN = ["azure-native", "kubernetes"] as const;

/** The rehearsal's own, not the user's: kept, because plugins are large. */
export const PULUMI_HOME = join(envPaths("rotation-engine", { suffix: "" }).cache, "home");

/** An installation that has not ended by then has no network. */
const INSTALL_TIMEOUT_MS = 60_000;

/**
 * Decides which plugin serves each provider.
 *
 * @throws Error when the official plugins were demanded and cannot be had
 */
export async function chooseProviders(
  choice: ProviderChoice,
  engine: Engine,
  progress: (line: string) => void,
): Promise<Providers> {
  const providers: Providers = {};
  for (const name of [...ALWAYS_TWIN, ...REPLACEABLE]) {
    providers[name] = "twin";
  }
  if (choice === "twin") {
    return providers;
  }
  progress("looking for the official plugins of random and postgresql");
  const install = async (name: (typeof REPLACEABLE)[number]) => {
    const version = packages.dependencies[`@pulumi/${name}`].replace(/^\D*/, "");
    return { name, version, problem: await installPlugin(engine, name, version) };
  };
  for (const { name, version, problem } of await Promise.all(REPLACEABLE.map(install))) {
    if (problem === undefined) {
      providers[name] = "official";
    } else if (choice === "official") {
      throw new Error(`The official ${name} plugin ${version} is not available: ${problem}`);
    } else {
      progress(`the official ${name} plugin is not available here, so its twin stands in`);
    }
  }
  return providers;
}

/** Installs a plugin where the rehearsal's engine looks for it; returns what went wrong. */
async function installPlugin(
  engine: Engine,
  name: string,
  version: string,
): Promise<string | undefined> {
  try {
    await promisify(execFile)(
      engine.command.command,
      ["plugin", "install", "resource", name, version],
      {
        env: { ...process.env, PULUMI_HOME, PULUMI_SKIP_UPDATE_CHECK: "true" },
        timeout: INSTALL_TIMEOUT_MS,
      },
    );
    return undefined;
  } catch (error) {
    const { stderr = "" } = error as { stderr?: string };
    return (
      stderr.split("\n").find((line) => line.startsWith("error:")) ?? "the download got no answer"
    );
  }
}
