import assert from "node:assert";
import { settingsDifference } from "../../../components/plan/settings";

const NOW = "aaaa charts/app=1 rotation:appImage=2 rotation:replicas=3";

describe("settingsDifference", () => {
  it("names each setting that differs, is new or is gone, whatever their order", () => {
    const asked = "bbbb rotation:egress=9 rotation:appImage=4 charts/app=1";
    assert.deepStrictEqual(settingsDifference(NOW, asked)?.names.toSorted(), [
      "rotation:appImage",
      "rotation:egress",
      "rotation:replicas",
    ]);
    const [all, ...parts] = NOW.split(" ");
    assert.strictEqual(settingsDifference(NOW, [all, ...parts.reverse()].join(" ")), undefined);
  });

  it("goes on accepting what earlier versions recorded, and does not know what differs there", () => {
    assert.strictEqual(settingsDifference("aaaa", NOW), undefined);
    assert.strictEqual(settingsDifference(NOW, "aaaa"), undefined);
    assert.deepStrictEqual(settingsDifference("bbbb", NOW), { names: [] });
    assert.strictEqual(settingsDifference("s", "s"), undefined);
  });
});
