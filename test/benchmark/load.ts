import { readFileSync } from "node:fs";
import { loadavg } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { cpuTime, cpuTimeBelow } from "../../rehearsal/machine/processes";
import { Rig } from "../../rehearsal/rig/rig";

/** Requests per second: what the rehearsal aims at, or the first argument. */
const RATE = Number(process.argv[2] ?? 200);
const SECONDS = 12;
/** Pools fill, code is compiled. */
const WARM_UP_SECONDS = 4;

/** What a load costs, by who computes: processes of the real rig, half of the requests fresh. */
async function main(rig: Rig): Promise<void> {
  await rig.workspace.configure({ counter: 0 });
  const { outputs } = await rig.workspace.up();
  const { pid: twin = 0 } = rig.twin;
  const processFile = await rig.twin.call("databaseProcess");
  const postmaster = Number(readFileSync(processFile, "utf8").split("\n")[0]);
  const rest = {
    gateway: () => cpuTime(twin)!.own,
    application: () => cpuTimeBelow(twin),
    database: () => cpuTime(postmaster)!.own + cpuTimeBelow(postmaster),
  };
  const idle = await measured({ ...rest, "sampler of processes": () => cpuTime(process.pid)!.own });
  print("without load", idle);

  const load = await rig.startLoad(outputs["gatewayAddress"] as string, RATE);
  await pause(WARM_UP_SECONDS * 1000);
  const from = load.mark();
  const busy = await measured({ sender: () => cpuTime(load.pid!)!.own, ...rest });
  const { sent, failed, p50Ms, p99Ms } = await load.between(from, load.mark());
  print(`at ${RATE} requests/s`, busy, sent / SECONDS);
  process.stdout.write(
    `${sent} requests, ${failed} failed, half within ${p50Ms} ms, 99 in 100 within ${p99Ms} ms; ` +
      `load of the machine ${loadavg()[0]!.toFixed(1)}\n`,
  );
}

/** Cores that each of these uses, over some seconds. */
async function measured(
  all: Readonly<Record<string, () => number>>,
): Promise<Record<string, number>> {
  const seconds = () => Object.entries(all).map(([name, used]) => [name, used()] as const);
  const before = new Map(seconds());
  const began = performance.now();
  await pause(SECONDS * 1000);
  const passed = (performance.now() - began) / 1000;
  return Object.fromEntries(
    seconds().map(([name, used]) => [name, (used - before.get(name)!) / passed]),
  );
}

/** @param rate requests that were sent in a second; none without load */
function print(title: string, cores: Readonly<Record<string, number>>, rate?: number): void {
  const sum = Object.values(cores).reduce((all, one) => all + one, 0);
  process.stdout.write(`${title}\n`);
  for (const [name, used] of Object.entries({ ...cores, "all of them": sum })) {
    const each =
      rate === undefined ? "" : `   ${((used * 1000) / rate).toFixed(2)} s per 1000 requests`;
    process.stdout.write(`  ${name.padEnd(20)} ${used.toFixed(3)} cores${each}\n`);
  }
}

async function start(): Promise<void> {
  const rig = await Rig.start({
    providers: "twin",
    progress: (line) => process.stderr.write(`${line}\n`),
    signal: new AbortController().signal,
  });
  await main(rig).finally(() => rig.close());
}

void start();
