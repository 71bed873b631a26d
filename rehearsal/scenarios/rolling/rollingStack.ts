import type { SlotName } from "../../../components";
import type { KubeObject } from "../../../twin/kubernetes/api/objects";
import { NAMES } from "../../rig/stackFile";
import type { ScenarioStack } from "../stack/scenarioStack";

/** What a stack of its own is deployed with. */
export const own = (settings: Readonly<Record<string, string>> = {}) =>
  ({ timing: "short", settings, rig: { strategy: "rolling" } }) as const;

/** Seconds that a rollout may take where one has to run out of time, and others have to be in time. */
export const ROLLOUT_SECONDS = "90";

/** Pods of the release that have a slot's credential, also those that end, sorted by name. */
export async function podsOf({ rig }: ScenarioStack, slot: SlotName): Promise<KubeObject[]> {
  const objects = await rig.twin.call("objects");
  return objects
    .map(({ object }) => object)
    .filter(
      ({ kind, metadata: { labels = {} } }) =>
        kind === "Pod" &&
        labels["rotation/slot"] === slot &&
        labels["app.kubernetes.io/instance"] === NAMES.release,
    )
    .sort((a, b) => a.metadata.name.localeCompare(b.metadata.name));
}

/** Logins of pods that the server has refused; those of a retired role, which proofs try, are not among them. */
export async function refusedLogins({ rig }: ScenarioStack): Promise<readonly string[]> {
  return (await rig.sqlLog()).match(REFUSED) ?? [];
}

const REFUSED =
  /FATAL: {2}(?:password authentication failed for user|too many connections for role) "app_\w+"/g;
