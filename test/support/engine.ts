import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { LocalWorkspace, type EngineEvent, type Stack } from "@pulumi/pulumi/automation";

import { findEngine } from "../../rehearsal/engine/engine";
import { serveProvider, type ServeArgs, type ServedProvider } from "../../twin/plugin/protocol";

/** What the engine did to a resource: `create Namespace ns`, `create-replacement Job proof`. */
type Operation = `${string} ${string} ${string}`;

/** Registers resources and returns the outputs of the stack. */
export type Program = () => Record<string, unknown> | void;

const PROJECT = "twins";
const STACK = "test";

/** A program that runs in this process under the real engine, with stand-ins for its providers. */
export class EngineStack {
  private constructor(
    private readonly directory: string,
    private readonly stack: Stack,
    private readonly served: readonly ServedProvider[],
  ) {}

  static async start(providers: readonly ServeArgs[]): Promise<EngineStack> {
    const directory = await mkdtemp(path.join(tmpdir(), "engine-stack-"));
    const { command } = await findEngine();
    const served = await Promise.all(providers.map(serveProvider));
    const stack = await LocalWorkspace.createOrSelectStack(
      { stackName: STACK, projectName: PROJECT, program: () => Promise.resolve() },
      {
        workDir: directory,
        pulumiHome: directory,
        pulumiCommand: command,
        envVars: {
          PULUMI_BACKEND_URL: `file://${directory}`,
          PULUMI_CONFIG_PASSPHRASE: "",
          PULUMI_DEBUG_PROVIDERS: served.map(({ name, port }) => `${name}:${port}`).join(","),
          PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
          PULUMI_SKIP_UPDATE_CHECK: "true",
        },
      },
    );
    return new EngineStack(directory, stack, served);
  }

  async stop(): Promise<void> {
    await Promise.all(this.served.map((provider) => provider.close()));
    await rm(this.directory, { recursive: true, force: true });
  }

  /** Runs `up` and returns the operations in their order; rejects with what the engine printed. */
  async up(
    program: Program,
    options: { refresh?: boolean; replace?: string[] } = {},
  ): Promise<Operation[]> {
    const operations: Operation[] = [];
    const run = () => Promise.resolve(program());
    await this.stack.up({ ...options, program: run, color: "never", onEvent: into(operations) });
    return operations;
  }

  async preview(program: Program): Promise<Operation[]> {
    const operations: Operation[] = [];
    const run = () => Promise.resolve(program());
    await this.stack.preview({ program: run, color: "never", onEvent: into(operations) });
    return operations;
  }

  async destroy(): Promise<Operation[]> {
    const operations: Operation[] = [];
    await this.stack.destroy({ color: "never", onEvent: into(operations) });
    return operations;
  }

  async outputs(): Promise<Record<string, unknown>> {
    const outputs = await this.stack.outputs();
    return Object.fromEntries(Object.entries(outputs).map(([k, v]) => [k, v.value as unknown]));
  }

  /** The state file, as it lies on the disk. */
  state(): Promise<string> {
    const file = path.join(this.directory, ".pulumi", "stacks", PROJECT, `${STACK}.json`);
    return readFile(file, "utf8");
  }
}

/** Operations that change nothing, and resources that no provider makes. */
const QUIET =
  /^(same|read|refresh) |^\S+ (Stack|Provider|azure-native|kubernetes|postgresql|random) /;

function into(operations: Operation[]): (event: EngineEvent) => void {
  return ({ resourcePreEvent }) => {
    if (resourcePreEvent) {
      const { op, type, urn } = resourcePreEvent.metadata;
      const operation: Operation = `${op} ${type.split(":").at(-1) ?? ""} ${urn.split("::").at(-1) ?? ""}`;
      if (!QUIET.test(operation)) {
        operations.push(operation);
      }
    }
  };
}
