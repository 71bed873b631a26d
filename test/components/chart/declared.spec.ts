import assert from "node:assert";
import { type ChartKeys, contractDigest, declaredKeys } from "../../../components/chart";

const KEYS: ChartKeys = {
  application: "shop",
  strategy: "blueGreen",
  delivery: "secret",
  service: "{release}",
  podSecurity: "restricted",
  fileName: "password",
  secretKeys: { password: "${password}", uri: "postgres://${role}:${password}@${host}" },
  secretFrom: "program",
};

function digest(keys: ChartKeys): string {
  return contractDigest({ chart: "0", values: "", declared: declaredKeys(keys) });
}

describe("what is declared of a chart", () => {
  it("changes the digest with each key", () => {
    const changes: readonly Partial<ChartKeys>[] = [
      { strategy: "rolling" },
      { delivery: "file" },
      { service: "{release}-web" },
      { probePath: "/health" },
      { probePort: 9000 },
      { connections: 40 },
      { actAs: "owner" },
      { twice: "allowed" },
      { podSecurity: "baseline" },
      { secretKeys: { password: "${password}" } },
      { delivery: "file", fileName: "db.password" },
    ];
    const digests = [{}, ...changes].map((change) => digest({ ...KEYS, ...change }));
    assert.strictEqual(new Set(digests).size, digests.length);
  });

  it("is the same for a key that is empty and one that is not there, and in any order of keys", () => {
    const { password = "", uri = "" } = KEYS.secretKeys;
    for (const change of [
      { probePath: "", probePort: 0, connections: 0 },
      { secretKeys: { uri, password } },
    ]) {
      assert.strictEqual(digest({ ...KEYS, ...change }), digest(KEYS));
    }
  });

  it("has the digest of contracts from before there was a choice of strategies", () => {
    assert.ok(!Object.hasOwn(declaredKeys(KEYS), "strategy"));
  });

  it("leaves out how stacks of one chart differ: in their names, in how many connections they open, and as whom they act", () => {
    const declared = { ...KEYS, connections: 40, actAs: "owner" } as const;
    assert.strictEqual(
      digest({ ...declared, application: "app", connections: 80, actAs: "readwrite" }),
      digest(declared),
    );
  });

  it("leaves out what the delivery does not use", () => {
    assert.strictEqual(digest({ ...KEYS, fileName: "pw" }), digest(KEYS));
    const file = { ...KEYS, delivery: "file" } as const;
    assert.strictEqual(digest({ ...file, secretKeys: {} }), digest(file));
  });
});
