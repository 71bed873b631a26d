import assert from "node:assert";
import { ADMINISTRATOR_PART, type Run } from "../../../components/plan";
import { isAdoptionDue } from "../../../components/rotation/adoptionDue";
import { recordWith, settingsRecord } from "../../../components/rotation/digests";

/** A run that completed, as the program records it. */
const completed = (retired: number): Run => ({
  plan: { counter: 0, live: 0, retired },
  settings: recordWith(settingsRecord({}, {}), { [ADMINISTRATOR_PART]: "admin" }),
  attempt: "a",
});

describe("what the server says of a login to take over", () => {
  it("is asked for while that one may serve, and where the administrator is another one", () => {
    assert.ok(isAdoptionDue(undefined, "admin"));
    assert.ok(isAdoptionDue(completed(-2), "admin"));
    assert.ok(isAdoptionDue(completed(-1), "other"));
  });

  it("costs a preview nothing afterwards", () => {
    assert.ok(!isAdoptionDue(completed(-1), "admin"));
    assert.ok(!isAdoptionDue(completed(0), "admin"));
  });
});
