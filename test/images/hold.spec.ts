import * as assert from "node:assert/strict";
import { ImageProcess } from "../support/images";

describe("The holder of a Secret", function () {
  this.timeout(30_000);

  it("lives until it is told to end and its Secret has owners again", async () => {
    const holder = new ImageProcess("tools/main.ts", ["hold"], {});
    await holder.said("Holding");
    const told = Date.now();
    holder.signal("SIGTERM");
    assert.equal(await holder.ended, 0, holder.output);
    const seconds = (Date.now() - told) / 1000;
    assert.ok(seconds > 5 && seconds < 30, `after ${seconds} s of a grace of 30`);
  });

  it("takes no arguments", async () => {
    const holder = new ImageProcess("tools/main.ts", ["hold", "on"], {});
    assert.equal(await holder.ended, 2);
    assert.match(holder.output, /Usage: .* \| hold/);
  });
});
