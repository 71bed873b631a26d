import assert from "node:assert";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { parseAllDocuments } from "yaml";
import { filledValues } from "../../../components/chart";
import type { KubeObject } from "../../../twin/kubernetes/api/objects";
import { findHelm } from "../../../twin/kubernetes/helm/helm";
import { prepareRecipe, RECIPES } from "../../../twin/kubernetes/kubelet/recipes";
import { ask } from "../../support/loopback";
import { Strangers } from "../../support/strangers";
import { isRolledOut, NAMESPACE, TestCluster } from "../../support/testCluster";

const CHARTS = join(__dirname, "../../../charts");
const SECRET = "app-blue-4-01234567";

/** The cluster twin only: no slot, no proof and no gateway. */
describe("an application that knows nothing of a rotation, on the cluster twin", function () {
  this.timeout(120_000);
  let test: TestCluster;
  let strangers: Strangers;

  before(async function () {
    this.timeout(900_000);
    for (const name of RECIPES) {
      await prepareRecipe(name);
    }
    strangers = await Strangers.start("registry.example/plain:1.0.0");
    const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
    test = await TestCluster.start(labels, {}, strangers.database.world.authority);
    const password = await readFile(strangers.database.passwordFile("app_blue"));
    await test.create("v1", "Secret", SECRET, { data: { password: password.toString("base64") } });
  });

  after(async () => {
    await test.stop();
    await strangers.stop();
  });

  const images = ["plain", ...RECIPES.map((name) => `recipe-${name}`)];
  for (const [index, image] of images.entries()) {
    const release = `app-${index}`;
    it(`serves as ${image}, in two pods with one port`, async () => {
      for (const object of await rendered(image, release)) {
        await test.cluster.apply({
          ...object,
          metadata: { ...object.metadata, namespace: NAMESPACE },
        });
      }
      const limit = AbortSignal.timeout(90_000);
      const deployment = {
        ...{ apiVersion: "apps/v1", kind: "Deployment" },
        ...{ namespace: NAMESPACE, name: `${release}-plain` },
      };
      await test.cluster.until(deployment, (it) => it !== undefined && isRolledOut(it), limit);
      const members = test.cluster.members(NAMESPACE, `${release}-web`, 8000) ?? [];
      assert.strictEqual(members.length, 2);
      for (const { address, port } of members) {
        assert.strictEqual((await ask(address, "stranger", { port })).status, 200);
      }
      await test.cluster.delete(deployment);
      await strangers.emptySchema();
    });
  }

  async function rendered(image: string, release: string): Promise<KubeObject[]> {
    const { PGHOST, PGPORT, PGDATABASE } = strangers.database.environment;
    const text = await readFile(join(CHARTS, "plain.secret.values.yaml"), "utf8");
    const values = filledValues(text, ({ filled }) =>
      filled({
        ...{ replicas: 2, repository: `registry.example/${image}`, tag: "1.0.0", poolSize: 2 },
        ...{ host: PGHOST, port: PGPORT, database: PGDATABASE, role: "app_blue", secret: SECRET },
        ...{ preStopSeconds: 1, terminationGracePeriodSeconds: 30, version: "0".repeat(32) },
      }),
    );
    const { command } = await findHelm();
    const run = promisify(execFile)(command, [
      ...["template", release, join(CHARTS, "plain"), "--values", "-"],
    ]);
    run.child.stdin?.end(JSON.stringify(values));
    return parseAllDocuments((await run).stdout).map((document) => document.toJS() as KubeObject);
  }
});
