import { ofSlot } from "./credentials.ts";
import { countSessions, readRotator, readServer } from "./database.ts";
import { Undecided } from "./evidence.ts";
import type { Facts } from "./evidence.ts";
import { listReaders, readCluster } from "./kubernetes.ts";
import type { Cluster } from "./kubernetes.ts";
import { lookUntil } from "./looking.ts";
import { Settings } from "./settings.ts";

/** A pod that a controller is about to create is in no list yet, so one look is not enough. */
const APART_MS = 5_000;

/**
 * Waits until nobody holds a slot's credential: no pod reads it, not even one that ends or waits to start,
 * no Job that has not finished, no CronJob that could start one, and its role has no session. Seen twice.
 * A finished rollout does not show that: no status counts pods that end, nor Jobs.
 *
 * Where holders are to be cut off, as in an emergency, this is a courtesy, and who is left is evidence.
 */
export async function free(environment: NodeJS.ProcessEnv): Promise<Facts> {
  const settings = new Settings(environment);
  const server = readServer(settings);
  const rotator = readRotator(settings);
  const role = settings.text("ROLE");
  const cluster = readCluster(settings);
  const secret = settings.text("SECRET_NAME");
  const cutsOff = settings.flag("CUTS_OFF");
  const deadline = Date.now() + settings.integer("DRAIN_SECONDS", 0) * 1000 + APART_MS;
  settings.check();

  let freeSince: number | undefined;
  const { done, facts } = await lookUntil(deadline, { role }, async () => {
    const holders = await holdersOf(cluster, secret);
    const sessions = await countSessions(server, rotator, role);
    const isFree = sessions === 0 && Object.keys(holders).length === 0;
    freeSince = isFree ? (freeSince ?? Date.now()) : undefined;
    return {
      done: freeSince !== undefined && Date.now() - freeSince >= APART_MS,
      facts: { ...holders, sessions },
    };
  });
  if (!done && !cutsOff) {
    throw new Undecided(
      `${role} is still in use: wait for its holders and run \`pulumi up\` again, raise ` +
        "rotation:drainSeconds, or, to cut them off in this run only: pulumi config set rotation:accept " +
        "sessions && pulumi up && pulumi config rm rotation:accept",
      facts,
    );
  }
  return { free: done, ...facts };
}

/** Names of the objects that read any credential of a slot, by kind; nothing for a kind without any. */
async function holdersOf(
  cluster: Cluster,
  secret: string,
): Promise<Readonly<Record<string, readonly string[]>>> {
  const readers = await listReaders(cluster);
  const holders = readers.filter(({ credentials }) =>
    credentials.some((credential) => ofSlot(secret, credential) !== undefined),
  );
  const byKind = Map.groupBy(holders, ({ kind }) => kind);
  return Object.fromEntries(
    [...byKind].map(([kind, some]) => [kind, some.map(({ name }) => name)]),
  );
}
