import { strict as assert } from "node:assert";

import { kubernetesProvider } from "../../../twin/kubernetes/provider";
import { revealed } from "../../../twin/kubernetes/resources/properties";
import { Secret, type Properties, type Provider, type Value } from "../../../twin/plugin/provider";
import type { Recorded } from "../../support/comparison";
import { propertiesOf, tokenOf, typesUsed } from "../../support/sdkTypes";
import { TestCluster } from "../../support/testCluster";
import { KINDS, READ_ONLY } from "./kubernetes";
import { valueAt, valuesOf, withValue } from "./values";

/**
 * The rest of the kubernetes package has rules of its own. A patch has the properties of its kind, and
 * its preview shows the inputs whatever they are.
 */
const OTHERS = [
  "kubernetes:helm.sh/v3:Release",
  "kubernetes:networking.k8s.io/v1:IngressPatch",
  "pulumi:providers:kubernetes",
  "",
];

const used = typesUsed("{components,infra}/**/*.ts").filter(({ sdk }) => sdk === "kubernetes");
const isBelow = (path: string, roots: readonly string[]) =>
  roots.some((root) => path === root || path.startsWith(`${root}.`));

describe("every property of the kinds that the program makes", () => {
  let test: TestCluster;
  let provider: Provider;

  before(async () => {
    test = await TestCluster.start();
    await test.create("v1", "Namespace", "c-ns", {});
    provider = kubernetesProvider(
      { standalone: test.cluster, byServer: () => undefined },
      { helm: "helm", root: "." },
    );
    await provider.configure({});
  });

  after(() => test.stop());

  for (const type of used.filter((one) => !OTHERS.includes(tokenOf(one)))) {
    const token = tokenOf(type);
    const declared = propertiesOf(type);
    const {
      base,
      replaces,
      unmodelled,
      becomesAnother = [],
      bound = [],
      dropped = [],
    } = KINDS[token]!;
    const call = (inputs: { [key: string]: Recorded }) => ({
      urn: `urn:pulumi:s::p::${token}::r`,
      type: token,
      name: "r",
      inputs: inputs as Properties,
    });
    const check = (inputs: { [key: string]: Recorded }) =>
      provider.check({ ...call(inputs), oldInputs: {}, randomSeed: Buffer.alloc(32, 7) });
    const inputsWith = (path: string, value: Recorded) => withValue(base, path, value, declared);
    const previewed = async (inputs: { [key: string]: Recorded }) => {
      const checked = await check(inputs);
      assert.deepEqual(checked.failures, []);
      const dry = { ...call({}), inputs: checked.inputs, preview: true, timeout: 0 };
      return (await provider.create(dry)).outputs;
    };

    const difference = async (
      from: { [key: string]: Recorded },
      to: { [key: string]: Recorded },
    ) => {
      const state = await previewed(from);
      const { inputs } = await check(to);
      const oldInputs = (state["__inputs"] ?? {}) as Properties;
      return provider.diff({
        ...call({}),
        id: "c-ns/n",
        oldInputs,
        state,
        inputs,
        ignoreChanges: [],
      });
    };

    describe(token, () => {
      it("refuses by name what it does not model", async () => {
        for (const root of unmodelled) {
          const property = declared.find(({ path }) => path === root);
          assert.ok(property, `${root} is not declared by the SDK`);
          const inputs = inputsWith(root, valuesOf(property, declared, base)[0]);
          const refusals = await check(inputs).then(
            ({ failures }) => failures.map((failure) => failure.property.replace(/\[\d+\]/g, "")),
            (error: Error) => [error.message],
          );
          assert.ok(
            refusals.some((text) => text.includes(root)),
            `${root} is not refused: ${refusals.join(", ")}`,
          );
        }
      });

      const modelled = declared.filter(
        ({ path }) => !isBelow(path, unmodelled) && path !== "apiVersion" && path !== "kind",
      );

      for (const property of modelled.filter(({ path }) => isBelow(path, READ_ONLY))) {
        const { path } = property;
        it(`takes ${path} out of the inputs, which belongs to the server`, async () => {
          const { inputs, failures } = await check(
            inputsWith(path, valuesOf(property, declared, base)[0]),
          );
          assert.deepEqual(failures, []);
          assert.equal(valueAt(inputs, path), undefined);
        });
      }

      for (const property of modelled.filter(({ path }) => isBelow(path, dropped))) {
        const { path } = property;
        it(`lets nothing follow from ${path}`, async () => {
          const inputs = inputsWith(path, valuesOf(property, declared, base)[0]);
          assert.equal(valueAt(await previewed(inputs), path), undefined);
          assert.equal((await difference(inputs, base)).changes, "none");
        });
      }

      for (const property of modelled.filter(
        ({ path }) => !isBelow(path, [...READ_ONLY, ...dropped, ...becomesAnother, ...bound]),
      )) {
        const { path } = property;
        const [first, second] = valuesOf(property, declared, base);
        it(`keeps ${path}`, async () => {
          const outputs = await previewed(inputsWith(path, first));
          includes(valueAt(revealed(outputs), path), first);
        });

        it(`${isBelow(path, replaces) ? "replaces" : "updates"} when ${path} changes`, async () => {
          const { changes, replaces: paths } = await difference(
            inputsWith(path, first),
            inputsWith(path, second),
          );
          const isSame = JSON.stringify(first) === JSON.stringify(second);
          assert.equal(changes, isSame ? "none" : "some");
          assert.equal(paths.length > 0, !isSame && isBelow(path, replaces));
        });

        it(`keeps ${path} secret`, async () => {
          const inputs = inputsWith(path, "marked") as Properties;
          const checked = await provider.check({
            ...call({}),
            inputs: replaced(inputs, "marked", new Secret(first)),
            oldInputs: {},
            randomSeed: Buffer.alloc(32, 7),
          });
          const dry = { ...call({}), inputs: checked.inputs, preview: true, timeout: 0 };
          const { outputs } = await provider.create(dry);
          assert.ok(isSecretAt(outputs, path.split(".")), JSON.stringify(outputs));
          assert.ok(isSecretAt(outputs["__inputs"], path.split(".")));
        });
      }
    });
  }
});

/** The server adds to what was sent, and takes nothing away. */
function includes(found: unknown, sent: Recorded): void {
  if (sent !== null && typeof sent === "object" && !Array.isArray(sent)) {
    for (const [key, value] of Object.entries(sent)) {
      includes((found as { [key: string]: unknown } | undefined)?.[key], value);
    }
  } else if (Array.isArray(sent)) {
    sent.forEach((value, index) => includes((found as unknown[] | undefined)?.[index], value));
  } else {
    assert.deepEqual(found, sent);
  }
}

function replaced(value: Properties, text: string, by: Value): Properties {
  const inner = (one: Value): Value =>
    one === text
      ? by
      : Array.isArray(one)
        ? one.map(inner)
        : one !== null && typeof one === "object" && !(one instanceof Secret)
          ? replaced(one, text, by)
          : one;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, inner(one)]));
}

/** A list with one secret is secret as a whole. */
function isSecretAt(value: Value | undefined, [key = "", ...rest]: readonly string[]): boolean {
  if (value instanceof Secret || key === "") {
    return value instanceof Secret;
  }
  const inner = (value as Properties | undefined)?.[key];
  return isSecretAt(inner, rest);
}
