import assert from "node:assert";
import { jitteredFrom } from "../../../../twin/kubernetes/kubelet/jitter";

describe("pauses of the kubelet twin", () => {
  const draw = () => {
    const next = jitteredFrom(10);
    return Array.from({ length: 200 }, next);
  };

  it("are as long as they are told, and up to half as much longer", () => {
    const pauses = draw();
    assert.ok(pauses.every((pause) => pause >= 10 && pause < 15));
    assert.ok(Math.min(...pauses) < 10.5 && Math.max(...pauses) > 14.5);
  });

  it("are the same ones in every run", () => {
    assert.deepStrictEqual(draw(), draw());
  });
});
