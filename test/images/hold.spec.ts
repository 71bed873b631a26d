import * as assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import { ImageProcess } from "../support/images";

describe("The holder of a Secret", function () {
  this.timeout(30_000);

  it("says nothing, and lives until it is told to end and its Secret has owners again", async () => {
    const holder = new ImageProcess("tools/main.ts", ["hold"], {});
    const isOver = await Promise.race([holder.ended.then(() => true), setTimeout(3000, false)]);
    assert.equal(isOver, false, holder.output);
    const told = Date.now();
    holder.signal("SIGTERM");
    assert.equal(await holder.ended, 0);
    const seconds = (Date.now() - told) / 1000;
    assert.ok(seconds > 5 && seconds < 30, `after ${seconds} s of a grace of 30`);
    assert.equal(holder.output, "");
  });

  it("takes no arguments", async () => {
    const holder = new ImageProcess("tools/main.ts", ["hold", "on"], {});
    assert.equal(await holder.ended, 2);
    assert.match(holder.output, /Usage: .* \| hold/);
  });
});
