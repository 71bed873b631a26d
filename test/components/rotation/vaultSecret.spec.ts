import assert from "node:assert";
import * as pulumi from "@pulumi/pulumi";
import { vaultSecret, type VaultSecretArgs } from "../../../components/rotation/vaultSecret";
import { MockProgram, valueOf } from "../../../mocks/mocks";
import { rotationEnvironment } from "../../support/rotationEnvironment";

async function secretOf(args: Partial<VaultSecretArgs> = {}) {
  const program = await MockProgram.start();
  const { version } = vaultSecret("secret", {
    vault: rotationEnvironment().vault,
    secretName: "app-blue",
    value: "clear text",
    enabled: true,
    expires: 1_800_000_000,
    tags: { slot: "blue", generation: "4" },
    opts: {},
    ...args,
  });
  await program.drained();
  return { registration: program.find("azure-native:keyvault:Secret", "secret"), version };
}

describe("vaultSecret", () => {
  it("marks the value as secret even where it was plain, and nothing else", async () => {
    const { registration } = await secretOf({ value: "clear text" });
    assert.deepStrictEqual(registration.secretInputs, ["properties.value"]);
    const { properties } = registration.inputs as { properties: { value: string } };
    assert.strictEqual(properties.value, "clear text");
  });

  it("says where the secret is, what it is and until when it is good", async () => {
    const { registration } = await secretOf();
    const { properties, ...rest } = registration.inputs;
    assert.deepStrictEqual(rest, {
      resourceGroupName: "rg-app",
      vaultName: "kv-app",
      secretName: "app-blue",
      tags: { slot: "blue", generation: "4" },
    });
    assert.deepStrictEqual(properties, {
      value: "clear text",
      contentType: "password of a PostgreSQL role",
      attributes: { enabled: true, expires: 1_800_000_000 },
    });
  });

  it("disables what is disabled, and keeps its value", async () => {
    const { registration } = await secretOf({ enabled: false });
    const { attributes, value } = registration.inputs["properties"] as {
      attributes: { enabled: boolean };
      value: string;
    };
    assert.deepStrictEqual([attributes.enabled, value], [false, "clear text"]);
  });

  it("knows the version of exactly this value, which is no secret", async () => {
    const { version } = await secretOf();
    assert.match(await valueOf(version), /^[0-9a-f]{32}$/);
    assert.strictEqual(await pulumi.isSecret(version), false);
    const same = await secretOf();
    const other = await secretOf({ value: "another" });
    assert.strictEqual(await valueOf(same.version), await valueOf(version));
    assert.notStrictEqual(await valueOf(other.version), await valueOf(version));
  });
});
