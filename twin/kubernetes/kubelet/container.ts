import path from "node:path";
import { ContainerProcess } from "./processes";
import { httpGet, pause, watchProbe, type ProbeListener, type Target } from "./probes";
import {
  timestamp,
  type Container,
  type ContainerStatus,
  type LifecycleHandler,
  type Probe,
} from "../api/types";

export interface ContainerSettings {
  readonly spec: Container;
  readonly restartPolicy: "Always" | "OnFailure" | "Never";
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** The pod's folder: logs are written there and the program starts in it. */
  readonly directory: string;
  readonly address: string;
  readonly gracePeriodSeconds: number;
  /** Fits a command of a probe or a hook to this machine. */
  rewritten(command: readonly string[]): readonly string[];
  changed(): void;
  warn(reason: string, message: string): void;
}

// The kubelet gives this much after SIGTERM, also when a hook used up the grace period.
const MINIMUM_GRACE_MS = 2000;

/** Runs one container as a process: starts, probes, restarts and ends it as the kubelet does. */
export class ContainerRunner {
  readonly status: ContainerStatus;
  private readonly ending = new AbortController();
  private readonly up = Promise.withResolvers<void>();
  private process: ContainerProcess | undefined;
  /** Aborted when the present process has ended. */
  private gone = new AbortController();
  /** Aborted when the present process has ended or is to be replaced. */
  private probing = new AbortController();

  constructor(private readonly settings: ContainerSettings) {
    const { name, image } = settings.spec;
    this.status = {
      name,
      image,
      ready: false,
      started: false,
      restartCount: 0,
      state: { waiting: { reason: "ContainerCreating" } },
      lastState: {},
    };
  }

  /** Resolves with the last exit code when the container will not be started again. */
  async run(): Promise<number> {
    const { restartPolicy } = this.settings;
    for (;;) {
      const code = await this.runOnce();
      const restart = restartPolicy === "Always" || (restartPolicy === "OnFailure" && code !== 0);
      if (!restart || this.ending.signal.aborted) {
        return code;
      }
      await this.backOff();
      if (this.ending.signal.aborted) {
        return code;
      }
      this.status.restartCount++;
    }
  }

  /** Resolves when the container has started, its startup probe included, or is to end. */
  get started(): Promise<void> {
    return this.up.promise;
  }

  /**
   * Ends the container: preStop hook, SIGTERM, and SIGKILL at the deadline.
   *
   * @param turn what SIGTERM waits for as well, but not longer than until the deadline
   */
  async terminate(deadline: number, turn?: Promise<unknown>): Promise<void> {
    this.ending.abort();
    this.up.resolve();
    await this.endProcess(deadline, turn);
  }

  kill(): void {
    this.ending.abort();
    this.up.resolve();
    this.process?.kill();
  }

  private async runOnce(): Promise<number> {
    const { spec } = this.settings;
    const startedAt = timestamp();
    const process = this.launch(this.settings.command, spec.name);
    this.process = process;
    this.gone = new AbortController();
    this.probing = new AbortController();
    this.update({ state: { running: { startedAt } }, started: false, ready: false });
    this.startProbes(this.probing.signal);
    const exitCode = await process.exited;
    this.process = undefined;
    this.probing.abort();
    this.gone.abort();
    const reason = exitCode === 0 ? "Completed" : "Error";
    const terminated = { exitCode, reason, startedAt, finishedAt: timestamp() };
    this.update({ state: { terminated }, started: false, ready: false });
    return exitCode;
  }

  private launch(command: readonly string[], log: string): ContainerProcess {
    const { directory, environment, spec } = this.settings;
    return new ContainerProcess({
      command,
      environment,
      directory: spec.workingDir ?? directory,
      stdout: path.join(directory, `${log}.out.log`),
      stderr: path.join(directory, `${log}.err.log`),
    });
  }

  private async backOff(): Promise<void> {
    const { restartCount, state } = this.status;
    const seconds = restartCount === 0 ? 0 : Math.min(10 * 2 ** (restartCount - 1), 300);
    const message = `back-off ${seconds}s restarting failed container=${this.status.name}`;
    this.update({
      lastState: state,
      state: { waiting: { reason: "CrashLoopBackOff", message } },
    });
    if (seconds > 0) {
      this.settings.warn("BackOff", message);
    }
    await pause(seconds, this.ending.signal);
  }

  private startProbes(signal: AbortSignal): void {
    const { startupProbe } = this.settings.spec;
    if (!startupProbe) {
      this.afterStart(signal);
      return;
    }
    const startup = new AbortController();
    this.watch(startupProbe, AbortSignal.any([signal, startup.signal]), {
      passed: () => {
        startup.abort();
        this.afterStart(signal);
      },
      failed: (problem, down) => this.unhealthy("Startup", problem, down),
    });
  }

  private afterStart(signal: AbortSignal): void {
    const { readinessProbe, livenessProbe } = this.settings.spec;
    this.update({ started: true, ready: !readinessProbe });
    this.up.resolve();
    if (readinessProbe) {
      this.watch(readinessProbe, signal, {
        passed: () => this.update({ ready: true }),
        failed: (problem, down) => {
          this.settings.warn("Unhealthy", `Readiness probe failed: ${problem}`);
          if (down) {
            this.update({ ready: false });
          }
        },
      });
    }
    if (livenessProbe) {
      this.watch(livenessProbe, AbortSignal.any([signal, this.ending.signal]), {
        passed: () => undefined,
        failed: (problem, down) => this.unhealthy("Liveness", problem, down),
      });
    }
  }

  private unhealthy(which: "Startup" | "Liveness", problem: string, down: boolean): void {
    this.settings.warn("Unhealthy", `${which} probe failed: ${problem}`);
    if (down) {
      this.probing.abort();
      void this.endProcess(Date.now() + this.settings.gracePeriodSeconds * 1000);
    }
  }

  private watch(probe: Probe, signal: AbortSignal, listener: ProbeListener): void {
    void watchProbe(probe, this.target(), signal, listener);
  }

  private async endProcess(deadline: number, turn?: Promise<unknown>): Promise<void> {
    const process = this.process;
    if (!process) {
      return;
    }
    const left = () => deadline - Date.now();
    const preStop = this.settings.spec.lifecycle?.preStop;
    if (preStop && left() > 0) {
      const over = AbortSignal.any([this.gone.signal, AbortSignal.timeout(left())]);
      await this.runHook(preStop, over);
    }
    if (turn && left() > 0) {
      await Promise.race([turn, pause(left() / 1000, this.gone.signal)]);
    }
    process.terminate();
    const killer = setTimeout(() => process.kill(), Math.max(left(), MINIMUM_GRACE_MS));
    await process.exited;
    clearTimeout(killer);
  }

  private async runHook(hook: LifecycleHandler, over: AbortSignal): Promise<void> {
    try {
      if (hook.sleep) {
        await pause(hook.sleep.seconds, over);
      } else if (hook.httpGet) {
        await httpGet(hook.httpGet, this.target(), over);
      } else if (hook.exec) {
        await this.target().exec(hook.exec.command, over);
      }
    } catch (error) {
      this.settings.warn("FailedPreStopHook", `PreStopHook failed: ${(error as Error).message}`);
    }
  }

  private target(): Target {
    const { address, spec } = this.settings;
    return {
      address,
      container: spec,
      exec: async (command, signal) => {
        const process = this.launch(this.settings.rewritten(command), `${spec.name}.exec`);
        const kill = () => process.kill();
        signal.addEventListener("abort", kill);
        const code = await process.exited;
        signal.removeEventListener("abort", kill);
        signal.throwIfAborted();
        return code;
      },
    };
  }

  private update(status: Partial<ContainerStatus>): void {
    Object.assign(this.status, status);
    this.settings.changed();
  }
}
