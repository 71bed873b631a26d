import assert from "node:assert";
import type { KubeObject } from "../../../../twin/kubernetes/api/objects";
import { threeWayMerged } from "../../../../twin/kubernetes/helm/threeWayMerge";

type Fields = Record<string, unknown>;

/** What an upgrade of a Deployment makes of a spec, or of another kind that is named. */
function spec(before: Fields, after: Fields, live: Fields, kind = "Deployment"): unknown {
  const object = (content: Fields): KubeObject =>
    ({
      apiVersion: kind === "SecretProviderClass" ? "secrets-store.csi.x-k8s.io/v1" : "v1",
      kind,
      metadata: { name: "web" },
      spec: content,
    }) as unknown as KubeObject;
  return threeWayMerged(object(before), object(after), object(live)).spec;
}

const pod = (content: Fields) => ({ template: { spec: content } });
const list = (key: string, ...names: string[]) => names.map((name) => ({ [key]: name }));

describe("an upgrade of Helm", () => {
  it("sets a field back that only the cluster has otherwise", () => {
    const same = { replicas: 3 };
    assert.deepStrictEqual(spec(same, same, { replicas: 8 }), { replicas: 3 });
  });

  it("takes a field away that left the manifest, or is null in it", () => {
    assert.deepStrictEqual(spec({ replicas: 3 }, {}, { replicas: 8 }), {});
    assert.deepStrictEqual(spec({}, { replicas: null }, { replicas: 8 }), {});
  });

  it("leaves a field alone that never was in the manifest", () => {
    assert.deepStrictEqual(spec({}, {}, { replicas: 8 }), { replicas: 8 });
  });

  it("knows elements of a list by their key, and leaves those of others alone", () => {
    const env = (...variables: Fields[]) => pod({ containers: [{ name: "c", env: variables }] });
    assert.deepStrictEqual(
      spec(
        env({ name: "A", value: "1" }, { name: "GONE", value: "1" }),
        env({ name: "B", value: "2" }, { name: "A", value: "3" }),
        env({ name: "A", value: "9" }, { name: "GONE", value: "1" }, { name: "FOREIGN" }),
      ),
      env({ name: "B", value: "2" }, { name: "A", value: "3" }, { name: "FOREIGN" }),
    );
  });

  it("keeps what the server added to an element, and takes back what somebody changed", () => {
    const containers = (image: string, more: Fields = {}) =>
      pod({ containers: [{ name: "c", image, ports: [{ containerPort: 1, ...more }], ...more }] });
    const added = { protocol: "TCP" };
    assert.deepStrictEqual(
      spec(containers("app:1"), containers("app:2"), containers("app:9", added)),
      containers("app:2", added),
    );
  });

  it("knows ports of a Service by number, and rules of a policy not at all", () => {
    const ports = (...numbers: number[]) => ({ ports: numbers.map((port) => ({ port })) });
    assert.deepStrictEqual(spec(ports(1), ports(2), ports(1, 3), "Service"), ports(2, 3));
    const egress = (...numbers: number[]) => ({ egress: [ports(...numbers)] });
    assert.deepStrictEqual(spec(egress(1), egress(2), egress(1, 3), "NetworkPolicy"), egress(2));
  });

  it("replaces lists without a key as a whole", () => {
    const tolerations = (...keys: string[]) => pod({ tolerations: list("key", ...keys) });
    assert.deepStrictEqual(
      spec(tolerations("a"), tolerations("b"), tolerations("a", "foreign")),
      tolerations("b"),
    );
  });

  it("leaves nothing of another strategy or volume behind", () => {
    const before = { strategy: { type: "RollingUpdate" }, ...pod({ volumes: [] }) };
    const live = {
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1 } },
      ...pod({ volumes: [{ name: "v", emptyDir: {} }] }),
    };
    const after = {
      strategy: { type: "Recreate" },
      ...pod({ volumes: [{ name: "v", secret: { secretName: "s" } }] }),
    };
    assert.deepStrictEqual(spec(before, after, live), after);
  });

  it("writes of a custom resource only what differs between the manifests", () => {
    const kind = "SecretProviderClass";
    const live = { provider: "by hand", parameters: { a: "by hand", b: "1", c: "1" } };
    const before = { provider: "azure", parameters: { a: "1", b: "1", c: "1" } };
    const after = { provider: "azure", parameters: { a: "1", b: "2" } };
    assert.deepStrictEqual(spec(before, after, live, kind), {
      provider: "by hand",
      parameters: { a: "by hand", b: "2" },
    });
  });
});
