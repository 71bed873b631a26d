import { strict as assert } from "node:assert";
import path from "node:path";

import { findHelm } from "../../../twin/kubernetes/helm/helm";
import { kubernetesProvider } from "../../../twin/kubernetes/provider";
import type { Properties, Provider, Value } from "../../../twin/plugin/provider";
import { CONFORMANCE_DIR } from "../../support/conformance";
import { propertiesOf, tokenOf, typesUsed } from "../../support/sdkTypes";
import { TestCluster } from "../../support/testCluster";

const TYPE = "kubernetes:helm.sh/v3:Release";
const BASE = { chart: "./chart", name: "slot", namespace: "c-ns", skipAwait: true };

/** Values that the twin takes, each other than the default. */
const TAKEN: Readonly<Record<string, Value>> = {
  // Without effect in the official provider too, which warns.
  allowNullValues: true,
  atomic: true,
  chart: "./chart2",
  cleanupOnFail: true,
  createNamespace: true,
  description: "why",
  disableCRDHooks: true,
  disableOpenapiValidation: true,
  disableWebhooks: true,
  maxHistory: 3,
  name: "other",
  namespace: "app",
  renderSubchartNotes: true,
  resetValues: true,
  skipAwait: false,
  skipCrds: true,
  timeout: 7,
  values: { message: "changed" },
  waitForJobs: true,
};

/** Replaced when they change (pk `helm_release.go`, `Diff`); everything else is an upgrade. */
const REPLACES = ["name", "namespace"];

/** What comes back from the provider, and what only the SDK means: dropped. */
const DROPPED = ["compat", "resourceNames"];

/** The version of a chart in a folder is that of its `Chart.yaml`, whatever the program says. */
const READ_FROM_CHART = ["version"];

const REFUSED = [
  "dependencyUpdate",
  "devel",
  "forceUpdate",
  "keyring",
  "lint",
  "manifest",
  "postrender",
  "recreatePods",
  "replace",
  "repositoryOpts",
  "reuseValues",
  "takeOwnership",
  "valueYamlFiles",
  "verify",
];

const SETTINGS_TAKEN = [
  "cluster",
  "clusterIdentifier",
  "context",
  "deleteUnreachable",
  "enableConfigMapMutable",
  "enablePatchForce",
  "enableSecretMutable",
  "enableServerSideApply",
  "kubeconfig",
  "namespace",
  "skipUpdateUnreachable",
  "suppressDeprecationWarnings",
  "suppressHelmHookWarnings",
  "upsertExistingObjects",
];

const SETTINGS_REFUSED = [
  "alwaysRender",
  "helmReleaseSettings",
  "kubeClientSettings",
  "renderYamlToDirectory",
];

const declaredBy = (token: string) =>
  typesUsed("{components,infra}/**/*.ts")
    .filter((type) => tokenOf(type) === token)
    .flatMap(propertiesOf)
    .map(({ path: at }) => at)
    .filter((at) => !at.includes("."));

describe("every property of a Helm release and of the kubernetes provider", function () {
  this.timeout(60_000);

  let test: TestCluster;
  let provider: Provider;

  before(async () => {
    const { command: helm } = await findHelm();
    test = await TestCluster.start();
    await test.create("v1", "Namespace", "c-ns", {});
    provider = kubernetesProvider(
      { standalone: test.cluster, byServer: () => undefined },
      { helm, root: path.join(CONFORMANCE_DIR, "charts") },
    );
    await provider.configure({});
  });

  after(() => test.stop());

  const call = (inputs: Properties) => ({
    urn: `urn:pulumi:s::p::${TYPE}::r`,
    type: TYPE,
    name: "r",
    inputs,
  });
  const check = (inputs: Properties) =>
    provider.check({ ...call(inputs), oldInputs: {}, randomSeed: Buffer.alloc(32, 7) });
  const checkedBase = async (more: Properties = {}) => {
    const { inputs, failures } = await check({ ...BASE, ...more });
    assert.deepEqual(failures, []);
    return inputs;
  };

  it("is known here: a new one of a newer SDK needs a place in a list", () => {
    const known = [...Object.keys(TAKEN), ...DROPPED, ...READ_FROM_CHART, ...REFUSED];
    assert.deepEqual(declaredBy(TYPE).sort(), known.sort());
    const settings = [...SETTINGS_TAKEN, ...SETTINGS_REFUSED];
    assert.deepEqual(declaredBy("pulumi:providers:kubernetes").sort(), settings.sort());
  });

  for (const [property, value] of Object.entries(TAKEN)) {
    it(`${REPLACES.includes(property) ? "replaces" : "upgrades"} when ${property} changes`, async () => {
      const before = await checkedBase();
      const inputs = await checkedBase({ [property]: value });
      assert.deepEqual(inputs[property], value);
      const { changes, replaces } = await provider.diff({
        ...call(inputs),
        id: "c-ns/slot",
        oldInputs: before,
        state: { ...before, __inputs: before },
        ignoreChanges: [],
      });
      assert.equal(changes, "some");
      assert.deepEqual(replaces, REPLACES.includes(property) ? [property] : []);
    });
  }

  for (const property of DROPPED) {
    it(`drops ${property}`, async () => {
      assert.ok(!(property in (await checkedBase({ [property]: "true" }))));
    });
  }

  for (const property of READ_FROM_CHART) {
    it(`reads ${property} from the chart`, async () => {
      assert.deepEqual(
        (await checkedBase({ [property]: "9.9.9" }))[property],
        (await checkedBase())[property],
      );
    });
  }

  for (const property of REFUSED) {
    it(`refuses ${property}, which the twin cannot do`, async () => {
      const { failures } = await check({ ...BASE, [property]: true });
      assert.deepEqual(
        failures.map((failure) => failure.property),
        [property],
      );
    });
  }

  for (const property of SETTINGS_TAKEN) {
    it(`takes the setting ${property}`, async () => {
      const { failures } = await provider.checkConfig({ [property]: "true" });
      assert.deepEqual(failures, []);
    });
  }

  for (const property of SETTINGS_REFUSED) {
    it(`refuses the setting ${property}`, async () => {
      const { failures } = await provider.checkConfig({ [property]: "true" });
      assert.deepEqual(
        failures.map((failure) => failure.property),
        [property],
      );
    });
  }

  it("takes over what another client wrote only when the provider is told to", async () => {
    const type = "kubernetes:core/v1:ServiceAccount";
    const account = (automount: boolean) => ({
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: "contested", namespace: "c-ns" },
      automountServiceAccountToken: automount,
    });
    const about = {
      urn: `urn:pulumi:s::p::${type}::r`,
      type,
      name: "r",
      timeout: 0,
      preview: false,
    };
    const { id, outputs } = await provider.create({ ...about, inputs: account(true) });
    await test.cluster.apply(account(false), { manager: "kubectl", force: true });
    const update = { ...about, id, state: outputs, oldInputs: account(true), ignoreChanges: [] };
    await assert.rejects(provider.update({ ...update, inputs: account(true) }), /conflict/);
    const forcing = kubernetesProvider(
      { standalone: test.cluster, byServer: () => undefined },
      { helm: "helm", root: "." },
    );
    await forcing.configure({ enablePatchForce: "true" });
    const updated = await forcing.update({ ...update, inputs: account(true) });
    assert.equal(updated["automountServiceAccountToken"], true);
  });

  it("keeps the values of a release when an upgrade gives none, unless it resets them", async () => {
    const replicasOf = () => {
      const ref = {
        apiVersion: "apps/v1",
        kind: "Deployment",
        namespace: "c-ns",
        name: "slot-web",
      };
      return test.cluster.get(ref)?.spec?.["replicas"];
    };
    const first = await checkedBase({ values: { replicas: 0 } });
    const { id, outputs } = await provider.create({ ...call(first), preview: false, timeout: 0 });
    const upgraded = async (more: Properties) =>
      provider.update({
        ...call(await checkedBase(more)),
        id,
        oldInputs: first,
        state: outputs,
        ignoreChanges: [],
        preview: false,
        timeout: 0,
      });
    await upgraded({ description: "no values" });
    assert.equal(replicasOf(), 0);
    await upgraded({ resetValues: true });
    assert.equal(replicasOf(), 1);
  });
});
