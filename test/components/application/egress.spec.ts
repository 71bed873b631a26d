import assert from "node:assert";
import { egressOf, egressProblem } from "../../../components/application/egress";

const RANGES = { nodes: "10.60.0.0/22", pods: "10.244.0.0/16", services: "10.61.0.0/16" };

describe("further destinations", () => {
  it("are ranges with a port", () => {
    for (const text of ["10.20.0.0/24:6379", "203.0.113.7/32:443", "0.0.0.0/0:4317"]) {
      assert.strictEqual(egressProblem(text, RANGES), undefined, text);
    }
    assert.deepStrictEqual(egressOf("10.20.0.0/24:6379"), { range: "10.20.0.0/24", port: 6379 });
  });

  it("are refused when they are anything else, with what is allowed", () => {
    const wrong = ["redis:6379", "10.20.0.1/24:6379", "10.20.0.0/24", "10.20.0.0/33:1", ":443"];
    for (const text of [...wrong, "10.20.0.0/24:0", "10.20.0.0/24:65536", "10.20.0.0:443"]) {
      assert.match(
        egressProblem(text, RANGES) ?? "",
        /must be .*ranges with a port .*such as 10\.20\.0\.0\/24:6379/,
        text,
      );
    }
  });

  it("are refused inside of the cluster, where no range matches", () => {
    for (const [text, name] of [
      ["10.60.1.0/24:443", "nodes"],
      ["10.244.7.0/24:8080", "pods"],
      ["10.61.0.10/32:53", "services"],
    ] as const) {
      assert.match(egressProblem(text, RANGES) ?? "", new RegExp(`rotation:${name}Range`));
    }
  });
});
