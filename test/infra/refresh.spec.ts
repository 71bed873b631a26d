import assert from "node:assert";
import { Rig } from "../../rehearsal/rig/rig";

/**
 * Proves, under the real engine and on the twin, that nobody has to change anything after a refresh:
 * what Azure fills in by itself is Azure's (`twin/azure/network/backReferences.ts`).
 */
describe("a stack that was refreshed, under the real engine", function () {
  this.timeout(300_000);

  let rig: Rig;

  before(async () => {
    rig = await Rig.start({
      providers: "twin",
      progress: () => undefined,
      signal: new AbortController().signal,
    });
    await rig.workspace.configure({ counter: 0 });
    await rig.workspace.up();
  });

  after(() => rig?.close());

  it("has no change to make", async () => {
    assert.ok((await rig.workspace.refresh()) > 0, "The refresh found nothing: no test.");
    const changes = (await rig.workspace.preview()).filter(({ op }) => op !== "same");
    assert.deepStrictEqual(
      changes.map(({ op, urn }) => `${op} ${urn.split("::").at(-1)}`),
      [],
    );
  });
});
