import assert from "node:assert";
import { partsOf, TimeLeft } from "../../../rehearsal/progress/timeLeft";

const PARTS = [
  { begins: /^first/, seconds: 10 },
  { begins: /^second/, seconds: 20 },
  { begins: /^third/, seconds: 30 },
];

describe("the time left", () => {
  let now: number;
  let left: TimeLeft;

  beforeEach(() => {
    now = 1_000_000;
    left = new TimeLeft(PARTS, () => now);
  });

  it("is unknown before the first part, and what the parts usually take when it begins", () => {
    assert.strictEqual(left.seconds, undefined);
    left.step("first of all");
    assert.strictEqual(left.seconds, 60);
    now += 4_000;
    assert.strictEqual(left.seconds, 56);
  });

  it("is stretched by how slow this machine was so far", () => {
    left.step("first");
    now += 15_000;
    left.step("second");
    assert.strictEqual(left.seconds, 75);
  });

  it("does not run below what is still to come when a part takes longer", () => {
    left.step("first");
    now += 100_000;
    assert.strictEqual(left.seconds, 50);
  });

  it("takes a step that is no part of its own for what goes on in one", () => {
    left.step("first");
    left.step("something else");
    left.step("third");
    assert.strictEqual(left.seconds, 60);
  });

  it("knows the parts of every rehearsal", () => {
    assert.strictEqual(partsOf({ naive: false, rotations: 3, rate: 50 }).length, 1 + 3 * 3 + 1);
    assert.strictEqual(partsOf({ naive: true, rotations: 3, rate: 50 }).length, 1 + 3 * 2 + 1);
    const [first, second] = partsOf({ naive: false, rotations: 1, rate: 50, findsPlatform: true });
    assert.match("making the platform that is there first", first!.begins);
    assert.match("deploying at counter 0", second!.begins);
  });

  it("counts what production's timing waits for", () => {
    const seconds = (waits: boolean) =>
      partsOf({ naive: false, rotations: 1, rate: 50, waits }).reduce(
        (sum, part) => sum + part.seconds,
        0,
      );
    assert.strictEqual(seconds(true) - seconds(false), 60 + 130 + 90);
  });

  it("counts the search for a rate where none was asked for", () => {
    assert.strictEqual(partsOf({ naive: true, rotations: 3 }).length, 1 + 1 + 3 * 2 + 1);
  });
});
