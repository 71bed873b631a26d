import * as assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { parse } from "yaml";
import type { KubeObject } from "../../twin/kubernetes/api/objects";
import { findHelm } from "../../twin/kubernetes/helm/helm";
import { standardImages } from "../../twin/kubernetes/kubelet/images";
import { SlotDatabase } from "../support/slotDatabase";
import { conditionOf, isOver, NAMESPACE, objectOf, providerClass, TestCluster } from "../support/testCluster";

const CHART = resolve(__dirname, "../../charts/app");
const VERSION = "0123456789abcdef0123456789abcdef";
const CLASS = "app-green-01234567";

/** Proves the chart's trial with the real images and a real database, on the twin of a cluster. */
describe("A trial", function () {
  this.timeout(60_000);
  let database: SlotDatabase;
  let test: TestCluster;

  before(async () => {
    database = await SlotDatabase.start();
    const { NODE_EXTRA_CA_CERTS = "" } = database.environment;
    test = await TestCluster.start(
      { "pod-security.kubernetes.io/enforce": "restricted" },
      {
        images(reference) {
          const image = standardImages(reference);
          return image && { ...image, environment: { NODE_EXTRA_CA_CERTS } };
        },
      },
    );
    test.readSecret = async ({ version }) => ({
      value: await readFile(database.passwordFile("app_green"), "utf8"),
      version,
    });
    await test.cluster.apply(objectOf("v1", "ServiceAccount", "app-green", {}));
    await test.cluster.apply(providerClass(CLASS, "app-green", VERSION));
  });

  after(async () => {
    await test.stop();
    await database.stop();
  });

  let trials = 0;
  /** What became of one, and what its proof said. */
  async function outcome(image: string, deadlineSeconds = 20) {
    const name = `app-trial-${trials++}`;
    await test.cluster.apply(await rendered(name, image, deadlineSeconds));
    const ref = { apiVersion: "batch/v1", kind: "Job", namespace: NAMESPACE, name };
    const job = await test.cluster.until(
      ref,
      (object) => object !== undefined && isOver(object),
      AbortSignal.timeout(40_000),
    );
    const finished = test.journal
      .named("job finished")
      .map(({ detail }) => detail)
      .find((detail) => detail.job === name);
    return { job: job!, evidence: finished?.evidence as Record<string, unknown> | undefined };
  }

  async function rendered(
    release: string,
    image: string,
    deadlineSeconds: number,
  ): Promise<KubeObject> {
    const trial = {
      serviceAccount: "app-green",
      toolsImage: "rehearsal/tools:1.0.0",
      proofBy: "credential",
      answers: 5,
      timeoutSeconds: Math.floor(deadlineSeconds / 2),
      deadlineSeconds,
    };
    const values = {
      ...{ slot: "green", generation: 5, image, poolSize: 2, trial },
      secret: { providerClass: CLASS, version: VERSION },
      database: { host: database.environment.PGHOST, port: 5432, name: "app", user: "app_green" },
    };
    const { command } = await findHelm();
    const run = promisify(execFile)(command, ["template", release, CHART, "--values", "-"]);
    run.child.stdin?.end(JSON.stringify(values));
    const job = parse((await run).stdout) as KubeObject;
    return { ...job, metadata: { ...job.metadata, namespace: NAMESPACE } };
  }

  for (const image of ["rehearsal/app:1.0.0", "rehearsal/eager:1.0.0", "rehearsal/faulty:only-in-trial"]) {
    it(`passes with ${image}, which answers with the slot's credential`, async () => {
      const { job, evidence } = await outcome(image);
      assert.equal(conditionOf(job, "Complete")?.status, "True", JSON.stringify(evidence));
      assert.equal(evidence?.sessionUser, "app_green");
      assert.equal(evidence.inARow, 5);
    });
  }

  it("fails with an image that answers as somebody else, and says what it said", async () => {
    const { job, evidence } = await outcome("rehearsal/faulty:wrong-answers");
    assert.equal(conditionOf(job, "Failed")?.reason, "BackoffLimitExceeded");
    assert.equal(evidence?.reason, "The pod answers with a Rotation-Proof of a different credential");
  });

  it("fails with an image that is never ready, before its pod and log are taken away", async () => {
    const { job, evidence } = await outcome("rehearsal/faulty:never-ready");
    assert.equal(conditionOf(job, "Failed")?.reason, "BackoffLimitExceeded");
    assert.equal(evidence?.reason, "The pod did not become ready in time");
  });

  for (const image of ["rehearsal/faulty:no-login", "rehearsal/faulty:never-built"]) {
    it(`fails with ${image} by its deadline, because no pod ever starts`, async () => {
      const { job } = await outcome(image, 10);
      assert.equal(conditionOf(job, "Failed")?.reason, "DeadlineExceeded");
    });
  }
});
