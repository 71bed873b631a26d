import * as assert from "node:assert/strict";
import type { Properties } from "../../../rehearsal/twin/provider";
import { AzureBench, type Refusal } from "../../support/azureCloud";
import { GoodInputs } from "../../support/azurePlatform";

const VAULT = "keyvault:Vault";

describe("rules for vaults in the twin", () => {
  let bench: AzureBench;
  let good: GoodInputs;

  before(async () => {
    bench = await AzureBench.start(209);
    good = new GoodInputs(bench.cloud.subscriptionId);
  });

  after(() => bench.stop());

  function refuses(table: readonly Refusal[]): void {
    for (const [what, type, inputs, error] of table) {
      it(`refuses ${what}`, async () => {
        await assert.rejects(bench.create(type, inputs()), error);
      });
    }
  }

  const vault = (properties: Properties) => () => good.vault(bench.cloud.tenantId, properties);
  refuses([
    [
      "purge protection that is switched off instead of left out",
      VAULT,
      vault({ enablePurgeProtection: false }),
      /"enablePurgeProtection" cannot be set to false/,
    ],
    ["a vault without soft delete", VAULT, vault({ enableSoftDelete: false }), /enableSoftDelete/],
    [
      "access policies, which are what no setting means",
      VAULT,
      vault({ enableRbacAuthorization: false }),
      /enableRbacAuthorization must be true/,
    ],
    [
      "another tenant",
      VAULT,
      vault({ tenantId: "00000000-0000-0000-0000-000000000000" }),
      /must be the tenant/,
    ],
    [
      "a retention of less than seven days",
      VAULT,
      vault({ softDeleteRetentionInDays: 6 }),
      /from 7 to 90/,
    ],
    [
      "to recover what was never deleted",
      VAULT,
      vault({ createMode: "recover" }),
      /SoftDeletedVaultDoesNotExist/,
    ],
  ]);

  it("refuses to take protection back or to change the retention", async () => {
    const made = await bench.vault("kv-fixed", { enablePurgeProtection: true });
    const change = (properties: Properties) =>
      bench.update(VAULT, made, {
        ...made.inputs,
        properties: { ...(made.inputs["properties"] as Properties), ...properties },
      });
    const without = { ...(made.inputs["properties"] as Properties) };
    delete without["enablePurgeProtection"];
    await assert.rejects(
      bench.update(VAULT, made, { ...made.inputs, properties: without }),
      /cannot be taken back/,
    );
    await assert.rejects(change({ softDeleteRetentionInDays: 7 }), /can't be modified/);
  });

  it("keeps the name of a deleted vault taken until it is recovered or purged", async () => {
    const first = await bench.vault("kv-again");
    await bench.delete(VAULT, first);
    await assert.rejects(bench.vault("kv-again"), /ConflictError.*deleted state/);
    const recovered = await bench.vault("kv-again", { createMode: "recover" });
    assert.deepEqual(
      (recovered.outputs["properties"] as Properties)["vaultUri"],
      (first.outputs["properties"] as Properties)["vaultUri"],
    );
    await bench.delete(VAULT, recovered);
    await bench.cloud.purgeVault("kv-again");
    await bench.vault("kv-again");
  });

  it("refuses a name that another group's vault has", async () => {
    await bench.vault("kv-unique");
    await bench.create("resources:ResourceGroup", { resourceGroupName: "elsewhere" });
    const inputs = {
      ...good.vault(bench.cloud.tenantId),
      vaultName: "kv-unique",
      resourceGroupName: "elsewhere",
    };
    await assert.rejects(bench.create(VAULT, inputs), /VaultAlreadyExists/);
  });
});
