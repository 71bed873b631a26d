import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CpuProfile, type Share, sharesOf } from "./profile";
import type { Cost } from "./cost";
import type { PreviewKind, PreviewOrder } from "./previewWorker";

/** One column of the comparison. */
export interface PreviewSeries {
  /** Folder of the checkout whose program it is. */
  readonly checkout: string;
  readonly kind: PreviewKind;
  /** Whether Node kept what it compiled. */
  readonly cached: boolean;
  readonly costs: Cost[];
}

/** Everything that was measured. */
export interface PreviewResult {
  readonly series: readonly PreviewSeries[];
  /** Where the time of this program went, by what was previewed. */
  readonly profiles: Readonly<Record<"noChange" | "rotation", readonly Share[]>>;
}

const ROOT = join(__dirname, "..", "..");

/**
 * Previews in turn, on one machine: empty programs, this one, and that of another checkout.
 *
 * @param rounds previews of each kind; one more of each, which fills caches, does not count
 * @param against folder of another checkout of this repository, with its packages
 */
export async function previews(rounds: number, against?: string): Promise<PreviewResult> {
  const cache = await mkdtemp(join(tmpdir(), "compiled-"));
  const workers = new Map<string, ChildProcess>();
  try {
    workers.set(ROOT, await start(ROOT));
    if (against !== undefined) {
      workers.set(against, await start(against));
    }
    const kinds = [false, true].flatMap((cached) => [
      ...(["empty", "unchecked", "noChange", "rotation"] as const).map((kind): PreviewSeries => ({
        checkout: ROOT,
        kind,
        cached,
        costs: [],
      })),
      ...(against === undefined ? [] : (["noChange", "rotation"] as const)).map(
        (kind): PreviewSeries => ({ checkout: against!, kind, cached, costs: [] }),
      ),
    ]);
    for (let round = 0; round <= rounds; round++) {
      for (const { checkout, kind, cached, costs } of kinds) {
        const cost = await ask(workers.get(checkout)!, { kind, ...(cached && { cache }) });
        if (round > 0) {
          costs.push(cost);
        }
      }
    }
    return {
      series: kinds,
      profiles: {
        noChange: await profiled(workers.get(ROOT)!, "noChange"),
        rotation: await profiled(workers.get(ROOT)!, "rotation"),
      },
    };
  } finally {
    await Promise.all([...workers.values()].map(stop));
    await rm(cache, { recursive: true, force: true });
  }
}

async function profiled(worker: ChildProcess, kind: PreviewKind): Promise<Share[]> {
  const profile = await mkdtemp(join(tmpdir(), "profile-"));
  try {
    await ask(worker, { kind, profile });
    const [file = ""] = await readdir(profile);
    return sharesOf(JSON.parse(await readFile(join(profile, file), "utf8")) as CpuProfile);
  } finally {
    await rm(profile, { recursive: true });
  }
}

async function start(checkout: string): Promise<ChildProcess> {
  const worker = fork(join(__dirname, "previewWorker.ts"), [checkout], {
    execArgv: ["--require", "ts-node/register"],
  });
  await message(worker);
  return worker;
}

async function ask(worker: ChildProcess, order: PreviewOrder): Promise<Cost> {
  worker.send(order);
  return (await message(worker)) as Cost;
}

/** @throws Error when the process ends instead */
async function message(worker: ChildProcess): Promise<unknown> {
  const ended = new AbortController();
  const said = once(worker, "message", { signal: ended.signal });
  const exited = once(worker, "exit", { signal: ended.signal }).then(([code]: number[]) => {
    throw new Error(`The process of a benchmark ended: ${code}.`);
  });
  try {
    return ((await Promise.race([said, exited])) as unknown[])[0];
  } finally {
    ended.abort();
    said.catch(() => undefined);
    exited.catch(() => undefined);
  }
}

async function stop(worker: ChildProcess): Promise<void> {
  const exited = worker.exitCode === null ? once(worker, "exit") : undefined;
  worker.disconnect();
  await exited;
}
