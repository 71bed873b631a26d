import assert from "node:assert";

import { normalizedTo } from "../../../../twin/kubernetes/api/normalization";
import { canonicalQuantity, isQuantity } from "../../../../twin/kubernetes/api/quantities";
import { shapeOf } from "../../../../twin/kubernetes/api/shapes";

describe("what the Go types of Kubernetes make of an object", () => {
  for (const [given, written] of [
    ["0.5", "500m"],
    ["1000m", "1"],
    ["1.5", "1500m"],
    [2, "2"],
    ["2000", "2k"],
    ["1024Mi", "1Gi"],
    ["0.5Gi", "512Mi"],
    ["100Mi", "100Mi"],
    ["0.5Ki", "512"],
    ["-250m", "-250m"],
    ["0", "0"],
    ["1e3", "1e3"],
  ] as const) {
    it(`writes the amount ${given} as ${written}`, () => {
      assert.equal(canonicalQuantity(given), written);
    });
  }

  it("takes no other text for an amount", () => {
    assert.deepEqual(["1GB", "a", "", "1 Gi", true].map(isQuantity), Array(5).fill(false));
  });

  it("has nothing where there is nothing: zero delays, empty texts, lists and maps", () => {
    const container = {
      name: "c",
      image: "a:1",
      workingDir: "",
      args: [],
      env: [{ name: "EMPTY", value: "" }],
      livenessProbe: { exec: { command: ["true"] }, initialDelaySeconds: 0 },
      volumeMounts: [{ name: "v", mountPath: "/v", readOnly: false }],
    };
    const object = {
      metadata: { name: "n", labels: {} },
      spec: { suspend: false, template: { spec: { containers: [container] } } },
    };
    assert.deepEqual(normalizedTo(shapeOf("Job"), object), {
      metadata: { name: "n" },
      spec: {
        // What is a pointer in Go tells false from none.
        suspend: false,
        template: {
          spec: {
            containers: [
              {
                name: "c",
                image: "a:1",
                env: [{ name: "EMPTY" }],
                livenessProbe: { exec: { command: ["true"] } },
                volumeMounts: [{ name: "v", mountPath: "/v" }],
              },
            ],
          },
        },
      },
    });
  });

  it("leaves what means something by being empty", () => {
    const policy = { spec: { podSelector: {}, egress: [{}] } };
    assert.deepEqual(normalizedTo(shapeOf("NetworkPolicy"), policy), policy);
  });
});
