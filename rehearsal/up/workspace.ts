import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { createWriteStream, type WriteStream } from "node:fs";
import { cp, mkdir, symlink } from "node:fs/promises";
import { dirname, isAbsolute, join } from "node:path";
import { promisify } from "node:util";
import type { EngineEvent, OutputMap, PulumiFn, Stack } from "@pulumi/pulumi/automation";
import { LocalWorkspace } from "@pulumi/pulumi/automation";
import type { Plan } from "../../components";
import { ROOT } from "../../twin/world/scripts";
import type { Engine } from "../engine/engine";
import { type Operation, OperationLog } from "./operationLog";
import { PULUMI_HOME } from "../engine/providers";
import type { UpOrder } from "./order";

export type { Operation } from "./operationLog";

export interface WorkspaceSettings {
  /** Folder for the copy of the project, the state and the logs. */
  readonly directory: string;
  readonly engine: Engine;
  /** Environment of the engine, on top of what the workspace needs itself. */
  readonly variables: Readonly<Record<string, string>>;
  /** Ends what the engine does. */
  readonly signal: AbortSignal;
}

/** A resource of a state file, as far as order goes. */
export interface StateResource {
  readonly urn: string;
  /** As the provider gave it; a component has none. */
  readonly id?: string;
  readonly parent?: string;
  readonly provider?: string;
  readonly dependencies?: readonly string[];
  readonly propertyDependencies?: Readonly<Record<string, readonly string[] | null>>;
}

/** A state of many rotations is long. */
const MAX_STATE_BYTES = 64 * 1024 * 1024;

/**
 * The program, unchanged, under the real engine: a folder with copies of what the engine may write
 * to, state in a folder, and the rehearsal's stack.
 */
export class Workspace {
  private readonly listeners: ((operation: Operation) => void)[] = [];

  private constructor(
    private readonly stack: Stack,
    private readonly log: WriteStream,
    /** Ends what the engine does. */
    readonly signal: AbortSignal,
    /** Where the engine keeps its state. */
    readonly stateDirectory: string,
    /** Everything the engine printed, at its highest verbosity. */
    readonly logFile: string,
    /** What another process needs to work on the same stack. */
    readonly order: UpOrder,
  ) {}

  static async create(settings: WorkspaceSettings): Promise<Workspace> {
    const { directory, engine, signal, variables } = settings;
    const project = join(directory, "project");
    const state = join(directory, "state");
    const logFile = join(directory, "engine.log");
    await Promise.all([mkdir(project, { recursive: true }), mkdir(state, { recursive: true })]);
    for (const part of ["Pulumi.yaml", "stacks"]) {
      await cp(join(ROOT, part), join(project, part), { recursive: true });
    }
    await symlink(join(ROOT, "charts"), join(project, "charts"));
    const order: UpOrder = {
      workDir: project,
      pulumiHome: PULUMI_HOME,
      ...(isAbsolute(engine.command.command) && {
        engineRoot: dirname(dirname(engine.command.command)),
      }),
      variables: {
        PULUMI_BACKEND_URL: `file://${state}`,
        PULUMI_CONFIG_PASSPHRASE: randomBytes(24).toString("hex"),
        PULUMI_SKIP_UPDATE_CHECK: "true",
        PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
        ...variables,
      },
    };
    const stack = await LocalWorkspace.createOrSelectStack(
      { stackName: "rehearsal", projectName: "rotation", program },
      {
        workDir: project,
        pulumiCommand: engine.command,
        pulumiHome: PULUMI_HOME,
        envVars: order.variables,
      },
    );
    return new Workspace(stack, createWriteStream(logFile), signal, state, logFile, order);
  }

  onOperation(listener: (operation: Operation) => void): void {
    this.listeners.push(listener);
  }

  /** Writes the plan into the stack's configuration, as a person would. */
  async configure({ counter, live, retired }: Partial<Plan> & { counter: number }): Promise<void> {
    await this.set("rotation:counter", counter);
    await this.set("rotation:live", live);
    await this.set("rotation:retired", retired);
  }

  async set(key: string, value: number | string | undefined): Promise<void> {
    if (value === undefined) {
      const all = await this.stack.getAllConfig();
      if (key in all) {
        await this.stack.removeConfig(key);
      }
    } else {
      await this.stack.setConfig(key, { value: String(value) });
    }
  }

  /** Sets several keys at once: each command of the engine takes its time. */
  async setAll(settings: Readonly<Record<string, string>>): Promise<void> {
    if (Object.keys(settings).length === 0) {
      return;
    }
    await this.stack.setAllConfig(
      Object.fromEntries(Object.entries(settings).map(([key, value]) => [key, { value }])),
    );
  }

  /** Takes out of the configuration whatever it says of these keys. */
  async removeAll(keys: readonly string[]): Promise<void> {
    const all = await this.stack.getAllConfig();
    await this.stack.removeAllConfig(keys.filter((key) => key in all));
  }

  /** What the stack's configuration says of these keys; undefined where it says nothing. */
  async settings<K extends string>(keys: readonly K[]): Promise<[K, string | undefined][]> {
    const all = await this.stack.getAllConfig();
    return keys.map((key) => [key, all[key]?.value]);
  }

  /** Runs `pulumi up` and returns what it did. */
  async up(
    options: {
      expectNoChanges?: boolean;
      refresh?: boolean;
      replace?: string[];
      /** File of the update plan to keep to. */
      plan?: string;
      /** Instead of the program of `infra/`. */
      program?: PulumiFn;
    } = {},
  ): Promise<{ operations: Operation[]; outputs: Record<string, unknown> }> {
    const log = new OperationLog();
    const onEvent = (event: EngineEvent) => {
      const operation = log.take(event);
      if (operation !== undefined) {
        this.listeners.forEach((listener) => listener(operation));
      }
    };
    const { outputs } = await this.stack.up({
      ...options,
      ...this.printing(),
      signal: this.interruption(),
      suppressProgress: true,
      onEvent,
    });
    return { operations: log.operations, outputs: plain(outputs) };
  }

  /**
   * Runs `pulumi preview` and returns what an `up` would do.
   *
   * @param options plan: where the update plan is saved
   * @throws Error with everything that the engine printed
   */
  async preview(options: { plan?: string } = {}): Promise<Operation[]> {
    const log = new OperationLog({ planned: true });
    const onEvent = (event: EngineEvent) => void log.take(event);
    await this.stack.preview({
      ...options,
      ...this.printing(),
      signal: this.interruption(),
      suppressProgress: true,
      onEvent,
    });
    return log.operations;
  }

  /**
   * Runs `pulumi refresh`.
   *
   * @returns how many resources were otherwise than the state had them
   */
  async refresh(): Promise<number> {
    const options = { ...this.printing(), signal: this.interruption() };
    const { summary } = await this.stack.refresh(options);
    return summary.resourceChanges?.update ?? 0;
  }

  /** Outputs of the last run. */
  async outputs(): Promise<Record<string, unknown>> {
    return plain(await this.stack.outputs());
  }

  /** Resources as the state has them. */
  async stateResources(): Promise<StateResource[]> {
    const { deployment } = (await this.stack.exportStack()) as {
      // None when the stack is empty.
      deployment: { resources?: StateResource[] };
    };
    return deployment.resources ?? [];
  }

  /** A generated password in clear, read out of the state as the runbook does. */
  async password(name: string): Promise<string> {
    const state = JSON.parse(await this.pulumi("stack", "export", "--show-secrets")) as {
      deployment: { resources: (StateResource & { outputs?: { result?: unknown } })[] };
    };
    const found = state.deployment.resources.find(({ urn }) => urn.endsWith(`::${name}`));
    const { plaintext } = found?.outputs?.result as { plaintext: string };
    return JSON.parse(plaintext) as string;
  }

  /** Takes the protection away, as one has to in production, and runs `pulumi destroy`. */
  async destroy(): Promise<void> {
    await this.pulumi("state", "unprotect", "--all", "--yes");
    await this.stack.destroy(this.printing());
  }

  /** What a command about this stack prints that the Automation API does not have. */
  private async pulumi(...command: readonly string[]): Promise<string> {
    const { envVars, pulumiCommand, workDir } = this.stack.workspace;
    const args = [...command, "--stack", this.stack.name];
    const { stdout } = await promisify(execFile)(pulumiCommand.command, args, {
      cwd: workDir,
      env: { ...process.env, ...envVars, PULUMI_HOME },
      maxBuffer: MAX_STATE_BYTES,
    });
    return stdout;
  }

  /** Runs `pulumi up` at the engine's highest verbosity, and writes all of it to a file. */
  async upVerbosely(file: string): Promise<void> {
    await this.logged(file, (printing) =>
      this.stack.up({ ...printing, logVerbosity: 9, logToStdErr: true }),
    );
  }

  /** Runs `pulumi preview --diff`, and adds all of it to a file. */
  async previewDiff(file: string): Promise<void> {
    await this.logged(file, (printing) => this.stack.preview({ ...printing, diff: true }));
  }

  /** Has the engine write a text into the log that it keeps for itself: a variable's name. */
  async logVariable(name: string): Promise<void> {
    const { envVars, pulumiCommand, workDir } = this.stack.workspace;
    await promisify(execFile)(pulumiCommand.command, ["stack", "ls"], {
      cwd: workDir,
      env: { ...process.env, ...envVars, PULUMI_HOME, [`PULUMI_${name}`]: "1" },
    });
  }

  /** Writes into the engine's log what the engine prints of a configuration value. */
  async logConfig(key: string): Promise<void> {
    this.log.write(`${(await this.stack.getConfig(key)).value}\n`);
  }

  /** Adds to the engine's log what an engine elsewhere printed. */
  printed(text: string): void {
    this.log.write(text);
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.log.end(resolve));
  }

  /** One for each run, because the SDK never takes its listener back. */
  private interruption(): AbortSignal {
    this.signal.throwIfAborted();
    return AbortSignal.any([this.signal]);
  }

  private printing(log = this.log) {
    const write = (text: string) => void log.write(text);
    return { color: "never", onOutput: write, onError: write } as const;
  }

  private async logged(
    file: string,
    run: (printing: ReturnType<Workspace["printing"]>) => Promise<unknown>,
  ): Promise<void> {
    const log = createWriteStream(file, { flags: "a", mode: 0o600 });
    try {
      await run(this.printing(log));
    } finally {
      await new Promise<void>((resolve) => log.end(resolve));
    }
  }
}

function plain(outputs: OutputMap): Record<string, unknown> {
  return Object.fromEntries(Object.entries(outputs).map(([k, { value }]) => [k, value as unknown]));
}

/** The program of `infra/`, as an inline program. */
export async function program(): Promise<Record<string, unknown>> {
  const { default: run } = (await import("../../infra/index")) as unknown as {
    default: () => Promise<Record<string, unknown>>;
  };
  return run();
}
