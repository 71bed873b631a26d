import * as assert from "node:assert/strict";
import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import type { Readable } from "node:stream";

const NODE = require.resolve("node/bin/node");
const IMAGES = resolve(__dirname, "../../images");

/** A program of an image, run as its container would run it: nothing but its own environment. */
export class ImageProcess {
  output = "";
  /** How it ended. */
  readonly ended: Promise<number | null>;
  private readonly child: ChildProcessByStdio<null, Readable, Readable>;

  constructor(program: string, args: readonly string[], environment: Record<string, string>) {
    this.child = spawn(NODE, [resolve(IMAGES, program), ...args], {
      env: environment,
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => (this.output += text));
    }
    this.ended = once(this.child, "close").then(([code]) => code as number | null);
  }

  /** Resolves when a line of its log says so; rejects when it ends before. */
  async logged(event: string): Promise<void> {
    while (!this.output.includes(`"event":"${event}"`)) {
      const code = await Promise.race([this.ended, once(this.child.stdout, "data")]);
      assert.ok(Array.isArray(code), `ended before "${event}": ${this.output}`);
    }
  }

  signal(name: "SIGTERM" | "SIGKILL"): void {
    this.child.kill(name);
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
