import assert from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { withPart } from "./page";

const PAGE = readFileSync(join(__dirname, "../../docs/performance.md"), "utf8");

describe("a part of the page about performance", () => {
  it("takes the place of the earlier one and leaves the other part as it is", () => {
    const previews = "# Performance\n\nPreviews.\n";
    const both = withPart(previews, "rotations", "## Rotations\n\nMany.\n");
    assert.strictEqual(both, "# Performance\n\nPreviews.\n\n## Rotations\n\nMany.\n");
    assert.strictEqual(
      withPart(both, "rotations", "## Rotations\n\nFew.\n"),
      "# Performance\n\nPreviews.\n\n## Rotations\n\nFew.\n",
    );
    assert.strictEqual(
      withPart(both, "previews", "# Performance\n\nOthers.\n"),
      "# Performance\n\nOthers.\n\n## Rotations\n\nMany.\n",
    );
  });

  it("is found in the page that there is", () => {
    const other = withPart(PAGE, "rotations", "## Rotations\n\nMany.\n");
    assert.strictEqual(withPart(other, "rotations", "## Rotations\n\nMany.\n"), other);
    assert.strictEqual(other.match(/^## Rotations$/gm)?.length, 1);
    assert.match(other, /^# Performance\n/);
    assert.match(other, /^## Where the time of the program goes$/m);
  });
});
