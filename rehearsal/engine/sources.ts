import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { availableParallelism, homedir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { PulumiCommand } from "@pulumi/pulumi/automation";
import { SemVer } from "semver";
import { ROOT } from "../../twin/world/scripts";
import { type Progress, reporting, type Share } from "../progress/reporting";

/** Folder with the go.mod and go.sum that pin the engine. */
export const TOOLCHAIN = path.join(ROOT, "toolchain");

const ENGINE_MODULE = "github.com/pulumi/pulumi/pkg/v3";
const VERSION_VARIABLE = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version";

/** The engine's version as `toolchain/go.mod` pins it, without a leading v. */
export const ENGINE_VERSION = pinnedVersion();

/** Where the Automation API's installer comes from. */
const INSTALLER = "https://get.pulumi.com/install.sh";
const REACHABLE_WITHIN_MS = 10_000;
const DOWNLOADED_WITHIN_MS = 10 * 60_000;

/** Packages that a build from nothing compiles; only for progress. */
const PACKAGES = 1_650;
/** What they took on two slow cores, in minutes of one of them. */
const CORE_MINUTES = 15;
/** So much has to be done before its pace says more than that. */
const TELLING = 0.1;
const SHARE_INTERVAL_MS = 1_000;

export interface ProvideOptions {
  readonly progress: Progress;
  /** Why it has to be this source: what was tried before, each with a reason. */
  readonly tried: readonly string[];
  /** Stops the work. */
  readonly signal: AbortSignal;
}

/** A way to get an engine that this machine does not have yet. */
export interface EngineSource {
  readonly name: "download" | "build";
  /** Makes the folder `root` with `bin/pulumi` in it, or rejects with a sentence that says why not. */
  provide(root: string, options: ProvideOptions): Promise<void>;
}

/** The official release, fetched by the Automation API. */
export const downloadSource: EngineSource = {
  name: "download",
  async provide(root, { progress, signal }) {
    // The installer has no time limit of its own: ask first whether anybody answers at all.
    await fetch(INSTALLER, {
      method: "HEAD",
      signal: AbortSignal.any([signal, AbortSignal.timeout(REACHABLE_WITHIN_MS)]),
    }).catch(() => {
      throw new Error("the download site of Pulumi cannot be reached from here.");
    });
    progress(`downloading the Pulumi engine ${ENGINE_VERSION}`);
    await reporting(
      progress,
      (elapsed) => `downloading the Pulumi engine ${ENGINE_VERSION}, ${elapsed}`,
      unlessAborted(
        AbortSignal.any([signal, AbortSignal.timeout(DOWNLOADED_WITHIN_MS)]),
        PulumiCommand.install({ root, version: new SemVer(ENGINE_VERSION) }),
      ),
    );
  },
};

/** The same release built from its Go module, which needs no more than a Go module proxy. */
export const buildSource: EngineSource = {
  name: "build",
  async provide(root, { progress, signal, tried }) {
    await mkdir(root);
    const cores = availableParallelism();
    const minutes = Math.ceil(CORE_MINUTES / cores);
    const began = Date.now();
    const build = goBuild(path.join(root, "bin", "pulumi"), signal, () =>
      progress(
        `The Pulumi engine ${ENGINE_VERSION} must be built from source ` +
          `(${tried.map((reason) => reason.replace(/\.$/, "")).join("; ")}). ` +
          "This happens once and takes about " +
          `${minutes} ${minutes === 1 ? "minute" : "minutes"} on ${cores} ` +
          `${cores === 1 ? "core" : "cores"}.`,
      ),
    );
    const timer = setInterval(() => {
      const { packages, text } = build.state();
      const share = shareOf(packages, (Date.now() - began) / 1000, minutes * 60);
      progress(`building the Pulumi engine: ${text}`, share);
    }, SHARE_INTERVAL_MS);
    await build.done.finally(() => clearInterval(timer));
  },
};

/** How far a build is, and how long it will take by its pace, at first by what it usually takes. */
export function shareOf(packages: number, seconds: number, usualSeconds: number): Share {
  const done = Math.min(1, packages / PACKAGES);
  const whole = done < TELLING ? usualSeconds : seconds / done;
  return { done, secondsLeft: Math.max(0, whole - seconds) };
}

function goBuild(
  output: string,
  signal: AbortSignal,
  onStart: () => void,
): { state: () => { packages: number; text: string }; done: Promise<void> } {
  const go = spawn(
    "go",
    [
      "build",
      "-v",
      "-trimpath",
      `-ldflags=-s -w -X ${VERSION_VARIABLE}=v${ENGINE_VERSION}`,
      `-o=${output}`,
      `${ENGINE_MODULE}/cmd/pulumi`,
    ],
    {
      cwd: TOOLCHAIN,
      // auto: a Go that is older than go.mod asks for fetches that one through the module proxy.
      // Go keeps what it has built below HOME, which not every runner sets.
      env: {
        HOME: homedir(),
        ...process.env,
        CGO_ENABLED: "0",
        GOTOOLCHAIN: process.env.GOTOOLCHAIN ?? "auto",
      },
      stdio: ["ignore", "ignore", "pipe"],
      signal,
      killSignal: "SIGINT",
    },
  );
  go.on("spawn", onStart);
  const endGo = (): void => void go.kill("SIGINT");
  process.once("exit", endGo);

  let downloads = 0;
  let packages = 0;
  const lines: string[] = [];
  createInterface(go.stderr).on("line", (line) => {
    lines.push(line);
    if (line.startsWith("go: downloading ")) {
      downloads++;
    } else {
      packages++;
    }
  });

  const done = new Promise<void>((resolve, reject) => {
    go.on("error", () =>
      reject(new Error("PATH has no go, which would build the engine from source.")),
    );
    go.on("close", (code) =>
      code === 0
        ? resolve()
        : reject(new Error(`go build failed: ${lines.slice(-5).join("\n    ")}`)),
    );
  }).finally(() => process.off("exit", endGo));
  return {
    state: () => ({
      packages,
      text:
        packages === 0
          ? `${downloads} modules downloaded`
          : `${packages} of at most ${PACKAGES} packages`,
    }),
    done,
  };
}

/** Waits for work that cannot be stopped, but no longer than until the signal. */
async function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  signal.throwIfAborted();
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
  return Promise.race([work, aborted]);
}

function pinnedVersion(): string {
  const pins = readFileSync(path.join(TOOLCHAIN, "go.mod"), "utf8");
  const version = new RegExp(`^\\s*${ENGINE_MODULE} v(\\S+)`, "m").exec(pins)?.[1];
  if (version === undefined) {
    throw new Error(`toolchain/go.mod does not pin ${ENGINE_MODULE}.`);
  }
  return version;
}
