import assert from "node:assert";
import { slotOf } from "../../../components";
import { clusterAt } from "../../../operate/recovery/cluster";
import { recover } from "../../../operate/recovery/recover";
import { NAMES, NAMESPACE, PRODUCTION_HOST } from "../../rig/stackFile";
import { kubeconfigIn, ownHostsOf, projectOf } from "../stack/project";
import { during, FINISH } from "./faultSupport";
import type { Scenario } from "../stack/scenario";

/** Seconds that a rollout may take in this scenario, where one has to run out of time. */
export const ROLLOUT_SECONDS = 60;

const neverReady: Scenario = {
  name: "pods-never-ready",
  line: "the new pods never become ready; production is untouched, and the same plan finishes",
  isAboutPods: true,
  async run(stack) {
    const { counter } = stack.plan;
    const plan = stack.rotated;
    const slot = slotOf(plan.counter);
    await stack.rig.workspace.set("rotation:rolloutSeconds", ROLLOUT_SECONDS);
    await stack.up(stack.plan);
    await during(stack, [{ kind: "pods never ready", pods: `app-${slot}-` }], async () => {
      await stack.assertFails(
        plan,
        new RegExp(`rotation-${slot}-release[\\s\\S]*(timed out|not ready|deadline)`),
        FINISH,
      );
      assert.strictEqual((await stack.ask(PRODUCTION_HOST)).generation, counter);
    });
    await stack.up(plan);
    await stack.rig.workspace.set("rotation:rolloutSeconds", undefined);
    await stack.up(stack.plan);
    await stack.assertInForce();
  },
};

/** The API server says "not found" of it at every `up`: the engine changes what once failed. */
const proofGone: Scenario = {
  name: "proof-gone",
  line: "a failed proof's Job is deleted; `up` points to `recover`, and then it finishes",
  async run(stack) {
    const plan = stack.rotated;
    const other = `app_${slotOf(plan.counter - 1)}`;
    const { owner, schema } = NAMES;
    await stack.sql(`SET ROLE ${owner}; GRANT CREATE ON SCHEMA ${schema} TO ${other}`);
    await stack.assertFails(plan, /before-promotion[\s\S]*failed to initialize/, FINISH);
    await stack.sql(`SET ROLE ${owner}; REVOKE CREATE ON SCHEMA ${schema} FROM ${other}`);

    const project = projectOf(stack.rig);
    const kubeconfig = await kubeconfigIn(project);
    const cluster = clusterAt(kubeconfig);
    const jobs = await cluster.autoNamedJobs(NAMESPACE);
    for (const { name } of jobs.filter(({ outcome }) => outcome === "failed")) {
      await cluster.deleteJob(NAMESPACE, name);
    }
    await stack.assertFails(plan, /jobs\.batch ".*" not found/, /npx rotation recover/);
    const findings = await recover({ ...project, kubeconfig, own: await ownHostsOf(project) });
    assert.deepStrictEqual(
      findings.map(({ found }) => found.split(" ")[0]),
      [`rotation-proof-before-promotion-${plan.counter}-live-${plan.counter}`],
    );
    await stack.up(plan);
    await stack.assertInForce();
  },
};

export const faultsCluster: readonly Scenario[] = [neverReady, proofGone];
