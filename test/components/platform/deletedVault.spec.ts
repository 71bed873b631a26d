import assert from "node:assert";
import { mock } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { deletedVaultHelp, deletedVaultHook } from "../../../components/platform/deletedVault";
import { MockProgram } from "../../../mocks/mocks";
import { platformScope } from "../../support/platformScope";

const DELETED =
  "Code=ConflictError Message=A vault with the same name already exists in deleted state. " +
  "You need to either recover or purge existing key vault.";
const IN_USE = "VaultAlreadyExists: The vault name 'kv-app-abc123' is already in use.";

describe("deletedVaultHelp", () => {
  it("says where the name went and how to have vault or name back", () => {
    for (const error of [DELETED, IN_USE]) {
      const help = deletedVaultHelp(error, "kv-app-abc123", platformScope("dev")) ?? "";
      assert.match(help, /^The vault name kv-app-abc123 is taken/);
      assert.match(help, /keeps deleted vaults for 7 days/);
      assert.match(help, /`az keyvault recover --name kv-app-abc123`/);
      assert.match(
        help,
        /`pulumi import azure-native:keyvault:Vault platform-vault .* --parent vault=/,
      );
      assert.match(help, /`az keyvault purge --name kv-app-abc123 --location swedencentral`/);
    }
  });

  it("does not propose to purge what purge protection keeps", () => {
    const help = deletedVaultHelp(DELETED, "kv-app-abc123", platformScope("prod")) ?? "";
    assert.match(help, /keeps deleted vaults for 90 days/);
    assert.doesNotMatch(help, /keyvault purge/);
  });

  it("has nothing to say of other errors", () => {
    const other = "Code=Forbidden Message=The client has no permission";
    assert.strictEqual(deletedVaultHelp(other, "kv-app-abc123", platformScope("dev")), undefined);
  });
});

describe("deletedVaultHook", () => {
  it("explains the error of a create and never tries again", async () => {
    const program = await MockProgram.start();
    const said = mock.method(pulumi.log, "error", () => Promise.resolve());
    deletedVaultHook("vault", platformScope("dev"));
    const hook = program.hook<pulumi.ErrorHook>("vault-deleted");
    const args = { urn: "urn", id: "", name: "vault", type: "azure-native:keyvault:Vault" };
    const failed = { ...args, newInputs: { vaultName: "kv-app-abc123" }, errors: [DELETED] };
    const [created, deleted] = [
      await hook.callback({ ...failed, failedOperation: "create" }),
      await hook.callback({ ...failed, failedOperation: "delete" }),
    ];
    await program.drained();
    said.mock.restore();
    assert.deepStrictEqual([created, deleted], [false, false]);
    const texts = said.mock.calls.map(({ arguments: [text] }) => String(text));
    assert.strictEqual(texts.length, 1);
    assert.match(texts[0]!, /^The vault name kv-app-abc123 is taken/);
  });
});
