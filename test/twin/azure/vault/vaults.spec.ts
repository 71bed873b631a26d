import * as assert from "node:assert/strict";
import type { Properties } from "../../../../twin/plugin/provider";
import { RuleSuite } from "../../../support/azurePlatform";

const VAULT = "keyvault:Vault";

describe("rules for vaults in the twin", () => {
  const suite = new RuleSuite();

  const vault = (properties: Properties) => () =>
    suite.good.vault(suite.bench.cloud.tenantId, properties);
  suite.refuses([
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
    const made = await suite.bench.vault("kv-fixed", { enablePurgeProtection: true });
    const change = (properties: Properties) =>
      suite.bench.update(VAULT, made, {
        ...made.inputs,
        properties: { ...(made.inputs["properties"] as Properties), ...properties },
      });
    const without = { ...(made.inputs["properties"] as Properties) };
    delete without["enablePurgeProtection"];
    await assert.rejects(
      suite.bench.update(VAULT, made, { ...made.inputs, properties: without }),
      /cannot be taken back/,
    );
    await assert.rejects(change({ softDeleteRetentionInDays: 7 }), /can't be modified/);
  });

  it("keeps the name of a deleted vault taken until it is recovered or purged", async () => {
    const first = await suite.bench.vault("kv-again");
    await suite.bench.delete(VAULT, first);
    await assert.rejects(suite.bench.vault("kv-again"), /ConflictError.*deleted state/);
    const recovered = await suite.bench.vault("kv-again", { createMode: "recover" });
    assert.deepEqual(
      (recovered.outputs["properties"] as Properties)["vaultUri"],
      (first.outputs["properties"] as Properties)["vaultUri"],
    );
    await suite.bench.delete(VAULT, recovered);
    await suite.bench.cloud.purgeVault("kv-again");
    await suite.bench.vault("kv-again");
  });

  it("refuses a name that another group's vault has", async () => {
    await suite.bench.vault("kv-unique");
    await suite.bench.create("resources:ResourceGroup", { resourceGroupName: "elsewhere" });
    const inputs = {
      ...suite.good.vault(suite.bench.cloud.tenantId),
      vaultName: "kv-unique",
      resourceGroupName: "elsewhere",
    };
    await assert.rejects(suite.bench.create(VAULT, inputs), /VaultAlreadyExists/);
  });
});
