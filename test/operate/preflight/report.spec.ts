import assert from "node:assert";
import { later, ok, unasked, wrong } from "../../../operate/preflight/finding";
import { preflightReport } from "../../../operate/preflight/report";

const ROWS = [
  ok("subscription", "it is enabled"),
  wrong("quota cores", "6 are free", "az quota update", "az vm list-usage"),
  unasked("group of administrators", "nobody may look", "az ad group show"),
  later("image rotation:appImage", "no registry yet"),
];

describe("the table of a preflight", () => {
  it("has a row for each question, and the commands below theirs", () => {
    assert.strictEqual(
      preflightReport("prod", ROWS),
      [
        "ok             subscription             it is enabled",
        "wrong          quota cores              6 are free",
        "               -> az quota update",
        "               -> az vm list-usage",
        "could not ask  group of administrators  nobody may look",
        "               -> az ad group show",
        "later          image rotation:appImage  no registry yet",
        "",
        "Stack prod: 1 wrong, 1 not asked, 1 for later, 1 ok. Put right what is wrong before `pulumi up`.",
        "",
      ].join("\n"),
    );
  });

  it("says that nothing is wrong no further than it was asked", () => {
    assert.match(preflightReport("prod", [ROWS[0]!, ROWS[3]!]), /Nothing stands in the way/);
    assert.match(preflightReport("prod", [ROWS[0]!, ROWS[2]!]), /as far as it could be asked/);
  });
});
