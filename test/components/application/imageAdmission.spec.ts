import * as assert from "node:assert/strict";
import { runProgram } from "../../../mocks/program";
import type { KubeObject } from "../../../twin/kubernetes/api/objects";
import { deployment, PAUSE, TestCluster } from "../../support/testCluster";

const GROUP = "admissionregistration.k8s.io/v1";
const DIGEST = `@sha256:${"0".repeat(64)}`;
const OURS = `example.azurecr.io/rotation/app`;

/** What the program makes of both kinds, as objects. */
async function admissionOf(stack: string, config = {}): Promise<KubeObject[]> {
  const { program } = await runProgram(stack, { counter: 1, ...config });
  return program
    .ofType(`kubernetes:${GROUP}:ValidatingAdmissionPolicy`)
    .concat(program.ofType(`kubernetes:${GROUP}:ValidatingAdmissionPolicyBinding`))
    .map(({ inputs }) => inputs as unknown as KubeObject);
}

/** Holds the expression that the program writes against an evaluator of CEL that is not the API server's. */
describe("The images that pods of the namespace may have", function () {
  this.timeout(120_000);
  let test: TestCluster;

  before(async () => {
    test = await TestCluster.start();
    await test.create("v1", "Namespace", "other", {}, {});
  });

  after(() => test.stop());

  /** Why the cluster makes no pod of an image; empty when it makes one. */
  async function refusalOf(image: string, pod = {}): Promise<string> {
    const name = `web-${crypto.randomUUID().slice(0, 8)}`;
    await test.cluster.apply(deployment(name, { image }, { pod, replicas: 1 }));
    const ref = { apiVersion: "apps/v1", kind: "Deployment", namespace: "app", name };
    let events = "";
    await test.until("Deployment", name, () => {
      events = test.cluster.events(ref).join();
      return /denied request/.test(events) || test.pods().some((each) => isOf(each, name));
    });
    await test.cluster.delete(ref);
    return /denied request: (.*)$/.exec(events)?.[1] ?? "";
  }

  const isOf = ({ metadata }: KubeObject, name: string) => metadata.labels?.["app"] === name;

  describe("of profile prod", () => {
    before(async () => {
      for (const object of await admissionOf("prod", { admittedImages: `${PAUSE},other/side:1` })) {
        await test.cluster.apply(object);
      }
    });

    for (const image of [`${OURS}${DIGEST}`, `${OURS}:1.0.0${DIGEST}`, PAUSE]) {
      it(`are ${image}`, async () => {
        assert.equal(await refusalOf(image), "");
      });
    }

    for (const image of [
      `${OURS}:1.0.0`,
      `${OURS}@sha256:0`,
      `${OURS}${DIGEST}0`,
      `example.azurecr.io/rotation/deep/app${DIGEST}`,
      `example.azurecr.io/other/app${DIGEST}`,
      `exampleXazurecr.io/rotation/app${DIGEST}`,
      `evil.example/${OURS}${DIGEST}`,
      `app${DIGEST}`,
      "other/side:2",
    ]) {
      it(`are not ${image}`, async () => {
        assert.equal(
          await refusalOf(image),
          `images of this namespace come from example.azurecr.io/rotation, by digest, or are ${PAUSE} or other/side:1`,
        );
      });
    }

    it("are the same for sidecars", async () => {
      const sidecar = { name: "s", image: "evil.example/side:1", restartPolicy: "Always" };
      const pod = { initContainers: [sidecar] };
      assert.match(await refusalOf(`${OURS}${DIGEST}`, pod), /^images of this namespace/);
    });

    it("are nobody's business in another namespace", async () => {
      const object = deployment("free", { image: PAUSE.replace(":1", ":2") });
      object.metadata.namespace = "other";
      await test.cluster.apply(object);
      const ref = { apiVersion: "apps/v1", kind: "Deployment", namespace: "other", name: "free" };
      await test.cluster.until(
        ref,
        () => test.cluster.list({ apiVersion: "v1", kind: "Pod" }, "other").length > 0,
        AbortSignal.timeout(30_000),
      );
      await test.cluster.delete(ref);
    });
  });

  describe("of profile dev", () => {
    it("may have tags in profile dev", async () => {
      for (const object of await admissionOf("dev")) {
        await test.cluster.apply(object);
      }
      assert.equal(await refusalOf(`${OURS}:1.0.0`), "");
      assert.match(
        await refusalOf("evil.example/app:1.0.0"),
        /come from example.azurecr.io\/rotation$/,
      );
    });

    it("are not looked at before there are any", async () => {
      assert.deepEqual(await admissionOf("dev", { appImage: "", toolsImage: "" }), []);
    });

    it("are refused where an expression is none, before the policy is there", async () => {
      const [policy] = structuredClone(await admissionOf("dev"));
      const spec = policy!.spec as { validations: { expression: string }[] };
      spec.validations[0]!.expression = "variables.images.all(image,";
      await assert.rejects(test.cluster.apply(policy!), /is invalid: spec: .* compilation failed/);
    });

    it("deny a pod where an expression fails", async () => {
      const [policy] = structuredClone(await admissionOf("dev"));
      const spec = policy!.spec as { validations: { expression: string }[] };
      spec.validations[0]!.expression = "object.spec.nothing == 1";
      await test.cluster.apply(policy!);
      assert.match(await refusalOf(`${OURS}:1.0.0`), /resulted in error: No such key: nothing/);
    });
  });
});
