import { countSessions, readRotator, readServer } from "./database.ts";
import type { Facts } from "./evidence.ts";
import { listPods, readCluster } from "./kubernetes.ts";
import { lookUntil } from "./looking.ts";
import { Settings } from "./settings.ts";

/**
 * Waits until a slot has no pod and its role no session, or the drain time is over: draining is a
 * courtesy to what still runs, so leftovers are evidence and no failure. What cannot be seen cannot
 * be called drained.
 */
export async function drained(environment: NodeJS.ProcessEnv): Promise<Facts> {
  const settings = new Settings(environment);
  const server = readServer(settings);
  const rotator = readRotator(settings);
  const role = settings.text("ROLE");
  const cluster = readCluster(settings);
  const selectors = settings.selectors("POD_SELECTORS");
  const deadline = Date.now() + settings.integer("DRAIN_SECONDS", 0) * 1000;
  settings.check();

  const { done, facts } = await lookUntil(deadline, { role }, async () => {
    const pods = (await listPods(cluster, selectors)).map(({ name }) => name);
    const sessions = await countSessions(server, rotator, role);
    return { done: pods.length === 0 && sessions === 0, facts: { pods, sessions } };
  });
  return { drained: done, ...facts };
}
