import assert from "node:assert";
import { type Judged, outcomeOf, whyNotJudged } from "../../../rehearsal/result/judging";
import { sayEach } from "../../support/says";

const LOAD: Judged = { sent: 1000, unsent: 0, behind: 0, unjudged: 0, busyMs: 0, busyWith: {} };

describe("whether a run can be judged", () => {
  it("is certain when all was sent in time and answered in time, or late for certain", () => {
    assert.deepStrictEqual(whyNotJudged(LOAD, 200), []);
    assert.deepStrictEqual(whyNotJudged({ ...LOAD, busyMs: 9000, behind: 50 }, 200), []);
  });

  it("is not when a single late answer may be the machine's doing", () => {
    const busy = { unjudged: 1, busyMs: 3210, busyWith: { gateway: 3210, sender: 400 } };
    sayEach(
      whyNotJudged({ ...LOAD, ...busy }, 200),
      [
        "1 answers",
        "more than 1000 ms",
        "too busy",
        "3.2 s",
        "(the gateway 3.2 s, the sender 0.4 s)",
      ],
      ["--rate 100."],
    );
  });

  it("is not when the rate was not held, which is one request in twenty", () => {
    sayEach(
      whyNotJudged({ ...LOAD, sent: 940, unsent: 60, behind: 80 }, 50),
      ["50 requests per second", "of 1000, 20 were sent more than 100 ms late", "60 not at all"],
      ["--rate 25."],
    );
    assert.match(whyNotJudged({ ...LOAD, behind: 51 }, 1).at(-1)!, /--rate 1\.$/);
  });
});

describe("what results come to", () => {
  const good = { problems: [], cannotJudge: [] };
  const busy = { problems: [], cannotJudge: ["The machine was busy."] };
  const bad = { problems: ["A request failed."], cannotJudge: ["The machine was busy."] };

  it("is as promised only when every one can be judged and is", () => {
    assert.strictEqual(outcomeOf([good, good]), "ok");
    assert.strictEqual(outcomeOf([good, busy]), "unjudged");
  });

  it("is not as promised when one is certainly not, whatever else the machine did", () => {
    assert.strictEqual(outcomeOf([busy, bad, good]), "amiss");
  });
});
