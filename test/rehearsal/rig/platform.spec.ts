import assert from "node:assert";
import { APPLICATION } from "../../../rehearsal/rig/stackFile";
import { Rig } from "../../../rehearsal/rig/rig";

/** Nothing that Azure's own controllers write comes back as a change, and what is gone comes back. */
describe("the production platform, under the real engine", function () {
  this.timeout(300_000);
  // Each step stands on the one before.
  this.bail(true);
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

  it("has no changes in a second up", async () => {
    await rig.workspace.up({ expectNoChanges: true });
  });

  it("has no changes after ingress controller and autoscaler wrote, with a refresh too", async () => {
    await rig.twin.call("scalePools", { system: 4 });
    await rig.workspace.up({ expectNoChanges: true });
    await rig.workspace.up({ refresh: true, expectNoChanges: true });
    await rig.workspace.up({ expectNoChanges: true });
  });

  it("has no changes after Azure upgraded the cluster, with a refresh too", async () => {
    await rig.twin.call("upgradeCluster", "1.36.1");
    await rig.workspace.up({ expectNoChanges: true });
    await rig.workspace.up({ refresh: true, expectNoChanges: true });
    await rig.workspace.up({ expectNoChanges: true });
  });

  it("can be destroyed and built again, in a vault of another name", async () => {
    const vaults = async () => {
      const credentials = await rig.twin.call("credentials");
      return credentials.filter(({ secretName }) => secretName === `${APPLICATION}-blue`);
    };
    const before = await vaults();
    await rig.workspace.destroy();
    const { outputs } = await rig.workspace.up();
    assert.deepStrictEqual(outputs["completed"], {
      ...(outputs["completed"] as object),
      plan: { counter: 0, live: 0, retired: -1 },
    });
    const after = await vaults();
    assert.notStrictEqual(after.at(-1)?.value, before.at(-1)?.value);
    await rig.workspace.up({ expectNoChanges: true });
  });
});
