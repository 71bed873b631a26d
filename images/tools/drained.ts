import { readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { countSessions, readRotator, readServer } from "./database.ts";
import { Undecided } from "./evidence.ts";
import type { Facts } from "./evidence.ts";
import { get } from "./http.ts";
import { Settings } from "./settings.ts";

const PAUSE_MS = 500;

/** Where the pods of a slot are listed, and as whom. */
interface PodList {
  readonly api: URL;
  readonly namespace: string;
  readonly selector: string;
  readonly tokenFile: string;
  readonly authorityFile: string;
}

/**
 * Waits until a slot has no pod and its role no session, or the drain time is over: draining is a
 * courtesy to what still runs, so leftovers are evidence and no failure.
 */
export async function drained(environment: NodeJS.ProcessEnv): Promise<Facts> {
  const settings = new Settings(environment);
  const server = readServer(settings);
  const rotator = readRotator(settings);
  const role = settings.text("ROLE");
  const seconds = settings.integer("DRAIN_SECONDS", 0);
  const list: PodList = {
    api: settings.url("KUBERNETES_URL", ["https"]),
    namespace: settings.text("NAMESPACE"),
    selector: settings.text("POD_SELECTOR"),
    tokenFile: settings.file("TOKEN_FILE"),
    authorityFile: settings.file("CA_FILE"),
  };
  settings.check();

  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    try {
      const pods = await runningPods(list);
      const sessions = await countSessions(server, rotator, role);
      const isDrained = pods.length === 0 && sessions === 0;
      if (isDrained || Date.now() >= deadline) {
        return { role, drained: isDrained, pods, sessions };
      }
    } catch (error) {
      // What cannot be seen cannot be called drained; it may be back before the time is over.
      if (Date.now() >= deadline) {
        throw new Undecided(`Cannot see what is left: ${(error as Error).message}`, { role });
      }
    }
    // Sessions end without telling anyone else.
    await pause(PAUSE_MS);
  }
}

/** Names of the pods that still run; a failed or completed pod holds no session. */
async function runningPods(list: PodList): Promise<string[]> {
  const url = new URL(`/api/v1/namespaces/${encodeURIComponent(list.namespace)}/pods`, list.api);
  url.searchParams.set("labelSelector", list.selector);
  // Read each time: the kubelet replaces the token before it expires.
  const token = (await readFile(list.tokenFile, "utf8")).trim();
  const authorities = await readFile(list.authorityFile, "utf8");
  const { status, body } = await get(url, { authorization: `Bearer ${token}` }, { authorities });
  if (status !== 200) {
    throw new Error(`the Kubernetes API answered ${status}`);
  }
  const { items } = JSON.parse(body) as {
    items: { metadata: { name: string }; status?: { phase?: string } }[];
  };
  return items
    .filter(({ status: pod }) => pod?.phase !== "Succeeded" && pod?.phase !== "Failed")
    .map(({ metadata }) => metadata.name);
}
