import assert from "node:assert";
import * as pulumi from "@pulumi/pulumi";
import { movedFromPlatform } from "../../../components/application/movedFromPlatform";
import { MockProgram, valueOf } from "../../../mocks/mocks";

const PLATFORM = "urn:pulumi:test::rotation::rotation:platform:Platform";

const TYPE = "shop:index:Part";

/** URN of what an application has now, where the platform had it; undefined for all else. */
async function before(now: string): Promise<string | undefined> {
  const program = await MockProgram.start();
  const platform = new pulumi.ComponentResource("rotation:platform:Platform", "base");
  const moved = movedFromPlatform("shop", platform);
  const result = moved({ type: TYPE, name: now, props: {}, opts: {}, resource: platform });
  const [alias] = (result?.opts.aliases ?? []) as pulumi.Output<string>[];
  const said = alias && (await valueOf(alias));
  await program.drained();
  return said;
}

/** Shows the names; that the engine takes them for the same is shown by `test/infra/upgrade.spec.ts`. */
describe("movedFromPlatform", () => {
  it("knows where the platform had each part of an application", async () => {
    const database = `${PLATFORM}$rotation:platform:Database::base-database`;
    const monitoring = `${PLATFORM}$rotation:platform:Monitoring`;
    const events = `${monitoring}$rotation:platform:VaultEvents::base-monitoring-events`;
    for (const [now, parent, name] of [
      ["shop-namespace", `${PLATFORM}::base`, "base-namespace"],
      ["shop-deny-all", `${PLATFORM}::base`, "base-deny-all"],
      ["shop-roles", `${PLATFORM}::base`, "base-roles"],
      ["shop-identities", `${PLATFORM}::base`, "base-identities"],
      ["shop-database", database, "base-database-application"],
      ["shop-postgresql", database, "base-database-postgresql"],
      ["shop-watch-proof-failed", `${monitoring}::base-monitoring`, "base-monitoring-proof-failed"],
      ["shop-watch-workbook", `${monitoring}::base-monitoring`, "base-monitoring-workbook"],
      ["shop-watch-events-credential-age", events, "base-monitoring-events-credential-age"],
      // No stack of the tests has this one: the subscription of an address of one's own.
      ["shop-watch-events-events", events, "base-monitoring-events-events"],
    ] as const) {
      const then = await valueOf(pulumi.createUrn(name, TYPE, parent));
      assert.strictEqual(await before(now), then);
    }
  });

  it("leaves alone what is below a component that moved, which the engine follows, and all else", async () => {
    for (const now of ["shop", "shop-roles-owner", "shop-identities-blue", "blue-secret"]) {
      assert.strictEqual(await before(now), undefined);
    }
  });
});
