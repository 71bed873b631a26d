import { setTimeout as pause } from "node:timers/promises";
import { loginSeconds } from "./database.ts";
import type { Rotator, Server } from "./database.ts";
import { Undecided } from "./evidence.ts";
import { listPods } from "./kubernetes.ts";
import type { Cluster, Pod } from "./kubernetes.ts";

/** Times of the API are whole seconds, cut off. */
const SECOND_MS = 1000;

/**
 * Waits until no login is left that began before the role got its password. PostgreSQL looks a password
 * up when a login begins, and asks whether the role may log in when it ends: one that is held up
 * meanwhile comes through with the password before, until `authentication_timeout` is over (seen on
 * 18). Pods of the slot are made after the password, so it is at least as old as the first of them.
 *
 * @param selectors labels of the slot's pods
 * @param deadline milliseconds since the epoch
 * @returns seconds that it waited
 */
export async function lateLoginsOver(
  server: Server,
  rotator: Rotator,
  {
    cluster,
    selectors,
    deadline,
  }: { cluster: Cluster; selectors: readonly string[]; deadline: number },
): Promise<number> {
  const begin = Date.now();
  const seconds = await loginSeconds(server, rotator);
  const made = oldestOfNewest(await listPods(cluster, selectors)) ?? begin;
  const end = made + SECOND_MS + seconds * 1000;
  if (end > deadline) {
    throw new Undecided("A login with the password before may still come through", {
      loginSeconds: seconds,
    });
  }
  await pause(Math.max(0, end - begin));
  return Math.round((Date.now() - begin) / 1000);
}

/**
 * When the first pod of the newest template was made; pods of an earlier one can be left. Of several
 * workloads the latest, because some may have no credential and pods of long ago.
 */
function oldestOfNewest(pods: readonly Pod[]): number | undefined {
  const oldest = [...Map.groupBy(pods, ({ workload }) => workload).values()].map((same) => {
    const [newest] = [...same].sort((one, other) => other.created - one.created);
    const made = same.filter(({ template }) => template === newest?.template);
    return Math.min(...made.map(({ created }) => created));
  });
  return oldest.length === 0 ? undefined : Math.max(...oldest);
}
