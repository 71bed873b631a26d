import * as assert from "node:assert/strict";
import { spawn, type ChildProcessByStdio } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { resolve } from "node:path";
import type { Readable } from "node:stream";
import { expanded } from "../../twin/kubernetes/kubelet/environment";
import { POD_ADDRESS } from "../../twin/kubernetes/kubelet/image";
import { standardImages } from "../../twin/kubernetes/kubelet/images";

const NODE = require.resolve("node/bin/node");
const IMAGES = resolve(__dirname, "../../images");
/** As in a container. */
const PATH = "/usr/local/bin:/usr/bin:/bin";

/** A program in a process of its own, with nothing but its own environment. */
export class Program {
  output = "";
  /** How it ended. */
  readonly ended: Promise<number | null>;
  private readonly child: ChildProcessByStdio<null, Readable, Readable>;
  private readonly more = new EventEmitter();

  constructor(
    [command = "", ...args]: readonly string[],
    environment: Readonly<Record<string, string>>,
  ) {
    this.child = spawn(command, args, { env: environment, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        this.output += text;
        this.more.emit("text");
      });
    }
    this.ended = once(this.child, "close").then(([code]) => code as number | null);
  }

  /** The program that stands for an image in the twin, run as in a container of that address. */
  static of(
    reference: string,
    address: string,
    variables: Readonly<Record<string, string>>,
  ): Program {
    const image = standardImages(reference);
    assert.ok(image, `there is no image ${reference}`);
    const environment: Record<string, string> = { PATH, [POD_ADDRESS]: address, ...variables };
    for (const [name, value] of Object.entries(image.environment ?? {})) {
      environment[name] = expanded(value, environment);
    }
    return new Program([...image.entrypoint, ...(image.cmd ?? [])], environment);
  }

  /** Resolves when it has said so; rejects when it ends before. */
  async said(text: string): Promise<void> {
    while (!this.output.includes(text)) {
      const code = await Promise.race([this.ended, once(this.more, "text")]);
      assert.ok(Array.isArray(code), `ended before ${text}: ${this.output}`);
    }
  }

  signal(name: "SIGTERM" | "SIGKILL"): void {
    this.child.kill(name);
  }
}

/** A program of an image, run as its container would run it. */
export class ImageProcess extends Program {
  constructor(program: string, args: readonly string[], environment: Record<string, string>) {
    super([NODE, resolve(IMAGES, program), ...args], environment);
  }

  /** Resolves when a line of its log says so; rejects when it ends before. */
  logged(event: string): Promise<void> {
    return this.said(`"event":"${event}"`);
  }
}

/** What a proof said and how it ended. */
export interface Proof {
  readonly code: number | null;
  readonly evidence: Record<string, unknown>;
  readonly output: string;
}

export async function prove(command: string, environment: Record<string, string>): Promise<Proof> {
  const run = new ImageProcess("tools/main.ts", [command], environment);
  const code = await run.ended;
  const lastLine = run.output.trimEnd().split("\n").at(-1) ?? "";
  assert.match(lastLine, /^\{/, `no evidence: ${run.output}`);
  return { code, evidence: JSON.parse(lastLine) as Record<string, unknown>, output: run.output };
}
