import assert from "node:assert";
import { kubernetesProvider } from "../../../../twin/kubernetes/provider";
import type { Json, KubeObject } from "../../../../twin/kubernetes/api/objects";
import type { Properties, Provider } from "../../../../twin/plugin/provider";
import { NAMESPACE, TestCluster } from "../../../support/testCluster";

const TYPE = "kubernetes:networking.k8s.io/v1:IngressPatch";
const KIND = { apiVersion: "networking.k8s.io/v1", kind: "Ingress" };
const REF = { ...KIND, namespace: NAMESPACE, name: "shop" };
const HELM = { "meta.helm.sh/release-name": "shop", "nginx.org/mode": "theirs" };
const FORCE = { "pulumi.com/patchForce": "true", "pulumi.com/skipAwait": "true" };

const rule = (host: string, service: string): Json => ({
  host,
  http: {
    paths: [
      {
        path: "/",
        pathType: "Prefix",
        backend: { service: { name: service, port: { number: 80 } } },
      },
    ],
  },
});

/** What a patch says of the object. */
const patch = (service: string, annotations: Record<string, string> = FORCE): Properties => ({
  metadata: { name: REF.name, namespace: NAMESPACE, annotations },
  spec: { rules: [rule("shop.example", service), rule("blue.shop.example", "shop-blue")] },
});

describe("a patch of an Ingress that another team made", () => {
  let test: TestCluster;
  let provider: Provider;

  beforeEach(async () => {
    test = await TestCluster.start();
    await test.cluster.apply({
      ...KIND,
      metadata: { name: REF.name, namespace: NAMESPACE, annotations: HELM, labels: { team: "a" } },
      spec: { ingressClassName: "azure-application-gateway", rules: [rule("shop.example", "web")] },
    });
    const registry = { standalone: test.cluster, byServer: () => undefined };
    provider = kubernetesProvider(registry, { helm: "helm", root: "." });
    await provider.configure({});
  });

  afterEach(() => test.stop());

  const call = { urn: `urn:pulumi:s::p::${TYPE}::r`, type: TYPE, name: "r" };
  const checked = async (inputs: Properties, oldInputs: Properties = {}) =>
    provider.check({ ...call, inputs, oldInputs, randomSeed: Buffer.alloc(32, 7) });
  const create = async (inputs: Properties, preview = false) => {
    const known = await checked(inputs);
    assert.deepStrictEqual(known.failures, []);
    return provider.create({ ...call, inputs: known.inputs, preview, timeout: 0 });
  };
  const update = async (state: Properties, oldInputs: Properties, inputs: Properties) => {
    const known = await checked(inputs, oldInputs);
    const id = `${NAMESPACE}/${REF.name}`;
    const at = { ...call, id, state, oldInputs, inputs: known.inputs, ignoreChanges: [] };
    const { changes, replaces } = await provider.diff(at);
    assert.deepStrictEqual([changes, replaces], ["some", []]);
    return provider.update({ ...at, preview: false, timeout: 0 });
  };
  const live = () => test.cluster.get(REF)!;
  const services = ({ spec }: KubeObject) =>
    (spec?.rules as { http: { paths: { backend: { service: { name: string } } }[] } }[]).map(
      ({ http }) => http.paths[0]!.backend.service.name,
    );

  it("needs a name", async () => {
    await assert.rejects(
      checked({ metadata: { namespace: NAMESPACE }, spec: {} }),
      /patch resources require the `\.metadata\.name` field to be set/,
    );
  });

  it("is no other kind's: the twin does not know those", async () => {
    const type = "kubernetes:core/v1:ServicePatch";
    const at = { ...call, type, inputs: {}, oldInputs: {}, randomSeed: Buffer.alloc(32, 7) };
    const { failures } = await provider.check(at);
    assert.match(failures[0]?.reason ?? "", /does not know the kind .*ServicePatch/);
  });

  it("shows its inputs in a preview, and touches nothing", async () => {
    const before = live();
    const { id, outputs } = await create(patch("shop-green"), true);
    assert.deepStrictEqual([id, outputs["spec"]], ["", patch("shop-green")["spec"]]);
    assert.deepStrictEqual(live(), before);
  });

  it("changes what it says and leaves everything else", async () => {
    const { id } = await create(patch("shop-green"));
    const { metadata, spec } = live();
    assert.strictEqual(id, `${NAMESPACE}/${REF.name}`);
    assert.deepStrictEqual(metadata.annotations, { ...HELM, ...FORCE });
    assert.deepStrictEqual(metadata.labels, { team: "a" });
    assert.strictEqual(spec?.["ingressClassName"], "azure-application-gateway");
    assert.deepStrictEqual(services(live()), ["shop-green", "shop-blue"]);
  });

  it("is refused without force, because the rules are Helm's", async () => {
    await assert.rejects(
      create(patch("shop-green", { "pulumi.com/skipAwait": "true" })),
      /1 conflict: conflict with "helm" using networking\.k8s\.io\/v1: \.spec\.rules/,
    );
    assert.deepStrictEqual(services(live()), ["web"]);
  });

  it("takes away what it said before and no more, of what is its own", async () => {
    const inputs = patch("shop-green", { ...FORCE, "appgw.example/ours": "1" });
    const { outputs } = await create(inputs);
    await update(outputs, inputs, patch("shop-blue"));
    assert.deepStrictEqual(live().metadata.annotations, { ...HELM, ...FORCE });
    assert.deepStrictEqual(services(live()), ["shop-blue", "shop-blue"]);
  });

  it("keeps what it stops saying where the other team says the same", async () => {
    const inputs = patch("shop-green", { ...FORCE, ...HELM });
    const { outputs } = await create(inputs);
    await update(outputs, inputs, patch("shop-blue"));
    assert.deepStrictEqual(live().metadata.annotations, { ...HELM, ...FORCE });
  });

  it("cannot be given up while it alone says where requests go", async () => {
    const { id, outputs } = await create(patch("shop-green"));
    await assert.rejects(
      provider.delete({ ...call, id, oldInputs: {}, state: outputs, timeout: 0 }),
      /Ingress\.networking\.k8s\.io "shop" is invalid: spec: Invalid value: .*either `defaultBackend` or `rules` must be specified/,
    );
    assert.deepStrictEqual(services(live()), ["shop-green", "shop-blue"]);
  });

  it("gives up what it said where Helm has said where requests go since", async () => {
    const { id, outputs } = await create(patch("shop-green"));
    await test.cluster.apply({
      ...KIND,
      metadata: { ...live().metadata },
      spec: { ingressClassName: "azure-application-gateway", rules: [rule("shop.example", "web")] },
    });
    await provider.delete({ ...call, id, oldInputs: {}, state: outputs, timeout: 0 });
    assert.deepStrictEqual(live().metadata.annotations, HELM);
    assert.deepStrictEqual(services(live()), ["web"]);
  });

  it("makes an object that is not there, as every server-side apply does", async () => {
    await test.cluster.delete(REF);
    await create(patch("shop-green"));
    assert.deepStrictEqual(services(live()), ["shop-green", "shop-blue"]);
  });
});
