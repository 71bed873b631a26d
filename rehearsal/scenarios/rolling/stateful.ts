import { otherSlot } from "../../../components";
import { NAMES, NAMESPACE } from "../../rig/stackFile";
import { during, FINISH } from "../faults/faultSupport";
import type { Scenario } from "../stack/scenario";
import { liveSlot } from "../updates/updateStack";
import { ROLLOUT_SECONDS } from "./rollingStack";
import { assertRolled, assertWorkedOff, own } from "./worker";

/** The StatefulSet of the chart, and its pod that a rollout replaces first. */
const SET = `${NAMES.release}-ordered`;
const FIRST = { apiVersion: "v1", kind: "Pod", namespace: NAMESPACE, name: `${SET}-1` } as const;

/**
 * A StatefulSet waits for the pod that is broken, also on the way back (Kubernetes, "Forced rollback").
 */
export const stateful: Scenario = {
  name: "rolling-stateful",
  line:
    "a StatefulSet's first new pod is never ready: going back waits until somebody deletes it; then it " +
    "rolls and retires",
  isAboutPods: true,
  own: own({ "rotation:rolloutSeconds": ROLLOUT_SECONDS }),
  async run(stack) {
    const { live } = stack.plan;
    const labels = { "rotation/slot": otherSlot(liveSlot(stack)) };
    const back = { ...stack.rotated, live };
    await during(stack, [{ kind: "pods never ready", pods: `${SET}-`, labels }], async () => {
      await stack.assertFails(stack.rotated, /rotation-release/, FINISH);
      await stack.assertFails(back, /rotation-release/, FINISH);
      await stack.rig.twin.call("remove", FIRST);
      await stack.up(back);
    });
    await stack.up({ ...stack.plan, live: stack.plan.counter });
    await stack.up({ ...stack.plan, retired: live });
    await assertRolled(stack);
    stack.noted.figures = await assertWorkedOff(stack);
  },
};
