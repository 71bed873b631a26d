import assert from "node:assert";
import type { Fault } from "../../../twin/faults";
import type { ScenarioStack } from "../stack/scenarioStack";

/** What a run that failed advises first. */
export const FINISH = /finish \(run the same plan again\): pulumi config set/;

/** Runs something while something of the cloud goes wrong, and mends that whatever happens. */
export async function during<T>(
  { rig: { twin } }: ScenarioStack,
  faults: readonly Fault[],
  run: () => Promise<T>,
): Promise<T> {
  for (const fault of faults) {
    await twin.call("begin", fault);
  }
  try {
    return await run();
  } finally {
    await twin.call("mend");
  }
}

/** Does something in the moment in which the next version of a slot's secret is there. */
export function whenWritten<T>(
  { rig: { twin } }: ScenarioStack,
  slot: string,
  work: () => Promise<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = twin.onEntry(({ event, detail }) => {
      if (event === "secret version created" && detail["secret"] === `app-${slot}`) {
        end();
        work().then(resolve, reject);
      }
    });
  });
}

/** How many versions a slot's vault secret has. */
export async function secretVersions({ rig }: ScenarioStack, slot: string): Promise<number> {
  const all = await rig.twin.call("credentials");
  return all.filter(({ secretName }) => secretName === `app-${slot}`).length;
}

/** Counts events of the twin's journal from now on. */
export function counting(
  { rig: { twin } }: ScenarioStack,
  ...events: readonly string[]
): () => number {
  let count = 0;
  const end = twin.onEntry((entry) => {
    if (events.includes(entry.event)) {
      count++;
    }
  });
  return () => {
    end();
    return count;
  };
}

/** Asserts that an event was seen at least so often. */
export function assertSeen(count: number, least: number, event: string): void {
  assert.ok(count >= least, `"${event}" was seen ${count} times, not at least ${least}.`);
}
