import assert from "node:assert";
import { later, ok, unasked, wrong } from "../../../operate/preflight/finding";
import { preflightReport } from "../../../operate/preflight/report";
import { says } from "../../support/says";

const ROWS = [
  ok("subscription", "it is enabled"),
  wrong("quota cores", "6 are free", "az quota update", "az vm list-usage"),
  unasked("group of administrators", "nobody may look", "az ad group show"),
  later("image rotation:appImage", "no registry yet"),
];

describe("the table of a preflight", () => {
  it("has a row for each question, and the commands below theirs", () => {
    const [rows, summary] = preflightReport("prod", ROWS).split("\n\n");
    assert.strictEqual(
      rows,
      [
        "ok             subscription             it is enabled",
        "wrong          quota cores              6 are free",
        "               -> az quota update",
        "               -> az vm list-usage",
        "could not ask  group of administrators  nobody may look",
        "               -> az ad group show",
        "later          image rotation:appImage  no registry yet",
      ].join("\n"),
    );
    says(summary!, "Stack prod: 1 wrong, 1 not asked, 1 for later, 1 ok.", "before `pulumi up`");
  });

  it("says that nothing is wrong no further than it was asked", () => {
    assert.match(preflightReport("prod", [ROWS[0]!, ROWS[3]!]), /Nothing stands in the way/);
    assert.match(preflightReport("prod", [ROWS[0]!, ROWS[2]!]), /as far as it could be checked/);
  });
});
