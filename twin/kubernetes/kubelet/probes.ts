import http from "node:http";
import https from "node:https";
import net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { type Container, type HttpGet, portNumber, type Probe } from "../api/types";

/** Runs a command inside the container; resolves with its exit code, kills it on abort. */
export type Exec = (command: readonly string[], signal: AbortSignal) => Promise<number>;

export interface Target {
  readonly address: string;
  readonly container: Container;
  readonly exec: Exec;
}

export interface ProbeListener {
  /** `successThreshold` successes in a row. */
  passed(): void;
  /** One failure; `down` when it is the `failureThreshold`th in a row. */
  failed(problem: string, down: boolean): void;
}

/** Asks again and again until the signal aborts. */
export async function watchProbe(
  probe: Probe,
  target: Target,
  signal: AbortSignal,
  listener: ProbeListener,
): Promise<void> {
  let successes = 0;
  let failures = 0;
  await pause(probe.initialDelaySeconds ?? 0, signal);
  while (!signal.aborted) {
    const problem = await ask(probe, target, signal);
    if (signal.aborted) {
      return;
    }
    successes = problem === undefined ? successes + 1 : 0;
    failures = problem === undefined ? 0 : failures + 1;
    if (problem !== undefined) {
      listener.failed(problem, failures >= probe.failureThreshold);
    } else if (successes >= probe.successThreshold) {
      listener.passed();
    }
    await pause(probe.periodSeconds, signal);
  }
}

/** Waits, or less when the signal aborts. */
export async function pause(seconds: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(seconds * 1000, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) {
      throw error;
    }
  }
}

/** One question; undefined means success. */
async function ask(probe: Probe, target: Target, ended: AbortSignal): Promise<string | undefined> {
  const signal = AbortSignal.any([ended, AbortSignal.timeout(probe.timeoutSeconds * 1000)]);
  try {
    if (probe.exec) {
      const code = await target.exec(probe.exec.command, signal);
      return code === 0 ? undefined : `command exited with ${code}`;
    }
    if (probe.httpGet) {
      const status = await httpGet(probe.httpGet, target, signal);
      return status >= 200 && status < 400
        ? undefined
        : `HTTP probe failed with statuscode: ${status}`;
    }
    await connect(target, probe.tcpSocket?.port ?? 0, signal);
    return undefined;
  } catch (error) {
    return signal.aborted ? "context deadline exceeded" : (error as Error).message;
  }
}

/** Resolves with the status code of the answer. */
export function httpGet(action: HttpGet, target: Target, signal: AbortSignal): Promise<number> {
  const { request } = action.scheme === "HTTPS" ? https : http;
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        host: action.host ?? target.address,
        port: portNumber(action.port, target.container),
        path: action.path,
        headers: {
          "user-agent": "kube-probe/1.34",
          ...Object.fromEntries((action.httpHeaders ?? []).map((h) => [h.name, h.value])),
        },
        agent: false,
        // The kubelet does not verify certificates of probes.
        rejectUnauthorized: false,
        signal,
      },
      (answer) => {
        answer.resume();
        answer.once("end", () => resolve(answer.statusCode ?? 0));
        answer.once("error", reject);
      },
    );
    asked.once("error", reject);
    asked.end();
  });
}

function connect(target: Target, port: number | string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const options = { host: target.address, port: portNumber(port, target.container), signal };
    const socket = net.connect(options, () => {
      socket.destroy();
      resolve();
    });
    socket.once("error", reject);
  });
}
