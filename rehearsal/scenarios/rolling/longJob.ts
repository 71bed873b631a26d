import assert from "node:assert";
import { setTimeout as pause } from "node:timers/promises";
import { slotOf } from "../../../components";
import type { Json, KubeObject } from "../../../twin/kubernetes/api/objects";
import { rehearsalImage } from "../../rig/images";
import { APPLICATION, NAMES, NAMESPACE } from "../../rig/stackFile";
import { FINISH } from "../faults/faultSupport";
import type { Scenario } from "../stack/scenario";
import type { ScenarioStack } from "../stack/scenarioStack";
import { own } from "./rollingStack";

/** The fewest that there may be with the preStop of rehearsals. */
const DRAIN_SECONDS = 82;
const JOB_SECONDS = 2 * DRAIN_SECONDS;
const LOOK_MS = 1_000;

const JOB = { apiVersion: "batch/v1", kind: "Job", namespace: NAMESPACE, name: "nightly" } as const;
const STILL_IN_USE =
  /^app_\w+ is still in use: .*pulumi config set rotation:accept sessions && pulumi up/;

export const longJob: Scenario = {
  name: "rolling-long-job",
  line:
    "a Job holds the old credential for twice the drain time: the retirement fails and names it, and the " +
    "same `up` retires when it has ended; accepting sessions cuts the next one off",
  own: own({ "rotation:drainSeconds": `${DRAIN_SECONDS}` }),
  async run(stack) {
    const { plan, started } = await rotatedWithJob(stack);
    await stack.assertFails(plan, /rotation-proof-free-/, FINISH);
    await started;
    const said = stack.rig.evidence.findLast(({ proof }) => proof === "free");
    assert.deepStrictEqual(said?.["jobs"], [JOB.name]);
    assert.match(String(said["reason"]), STILL_IN_USE);
    assert.strictEqual(await stack.login(slotOf(plan.retired)), "", "Its credential was altered.");
    assert.strictEqual(await outcome(stack), "Complete");
    await stack.up(plan);
    await stack.assertInForce();

    await stack.rig.twin.call("remove", JOB);
    const another = await rotatedWithJob(stack);
    await stack.rig.workspace.set("rotation:accept", "sessions");
    await stack.up(another.plan);
    await another.started;
    await stack.rig.workspace.set("rotation:accept", undefined);
    assert.strictEqual(await outcome(stack), "Failed");
    await stack.assertInForce();
  },
};

/**
 * Rotates, and has a Job of the application's team start with the old credential in the moment in which
 * its retirement looks who has that.
 *
 * @returns the retirement
 */
async function rotatedWithJob(
  stack: ScenarioStack,
): Promise<{ plan: ScenarioStack["plan"]; started: Promise<unknown> }> {
  const job = await jobOf(stack);
  await stack.up(stack.rotated);
  const { twin } = stack.rig;
  const started = new Promise((resolve, reject) => {
    const end = twin.onEntry(({ event, detail }) => {
      if (event === "pod scheduled" && String(detail["pod"]).startsWith("rotation-proof-free-")) {
        end();
        twin.call("apply", job).then(resolve, reject);
      }
    });
  });
  return { plan: { ...stack.plan, retired: stack.plan.counter - 1 }, started };
}

/** How the Job ended. */
async function outcome({ rig }: ScenarioStack): Promise<string> {
  const signal = AbortSignal.timeout((JOB_SECONDS + 60) * 1000);
  for (;;) {
    const job = await rig.twin.call("get", JOB);
    const { conditions = [] } = (job?.status ?? {}) as { conditions?: { type: string }[] };
    const end = conditions.find(({ type }) => type === "Complete" || type === "Failed");
    if (end !== undefined) {
      return end.type;
    }
    await pause(LOOK_MS, undefined, { signal });
  }
}

/** What its pods and those of the release have in common. */
interface PodSpec {
  readonly serviceAccountName: string;
  readonly securityContext: Json;
  readonly volumes: Json;
  readonly containers: readonly [
    Readonly<Record<"env" | "name" | "resources" | "securityContext" | "volumeMounts", Json>>,
  ];
}

/** A Job that logs in as the pods do right now. */
async function jobOf({ rig: { twin } }: ScenarioStack): Promise<KubeObject> {
  const found = await twin.call("get", {
    apiVersion: "apps/v1",
    kind: "Deployment",
    namespace: NAMESPACE,
    name: NAMES.release,
  });
  const { template } = found!.spec as unknown as { template: { spec: PodSpec } };
  const { serviceAccountName, securityContext, volumes, containers } = template.spec;
  const { env, name, resources, securityContext: confined, volumeMounts } = containers[0];
  return {
    apiVersion: JOB.apiVersion,
    kind: JOB.kind,
    metadata: { namespace: JOB.namespace, name: JOB.name },
    spec: {
      backoffLimit: 0,
      template: {
        metadata: { labels: { "app.kubernetes.io/name": APPLICATION } },
        spec: {
          restartPolicy: "Never",
          serviceAccountName,
          securityContext,
          volumes,
          containers: [
            {
              ...{ env, name, resources, securityContext: confined, volumeMounts },
              image: rehearsalImage("worker:1.0.0"),
              args: ["count", `${JOB_SECONDS}`],
            },
          ],
        },
      },
    },
  };
}
