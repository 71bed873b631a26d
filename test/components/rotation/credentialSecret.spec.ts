import assert from "node:assert";
import * as pulumi from "@pulumi/pulumi";
import { credentialSecret } from "../../../components/rotation/credentialSecret";
import { MockProgram, type Registration, valueOf } from "../../../mocks/mocks";
import { rotationEnvironment } from "../../support/rotationEnvironment";

const VERSION = "01234567890123456789012345678901";
const PASSWORD = "a-password-of-nobody-4711";

async function secretOf(): Promise<{ secret: Registration; name: string }> {
  const program = await MockProgram.start();
  const { metadata } = credentialSecret(
    "secret",
    {
      environment: rotationEnvironment(),
      called: (version) => `app-blue-4-${version.slice(0, 8)}`,
      version: VERSION,
      password: pulumi.secret(PASSWORD),
      role: "app_blue",
      keys: {
        password: "${password}",
        uri: "postgresql://${role}:${password}@${host}:${port}/${database}",
      },
    },
    { deleteBeforeReplace: true },
  );
  await program.drained();
  return {
    secret: program.find("kubernetes:core/v1:Secret", "secret"),
    name: await valueOf(metadata.name),
  };
}

describe("credentialSecret", () => {
  it("never changes, and is called by what it holds", async () => {
    const { secret, name } = await secretOf();
    const { immutable, metadata, type } = secret.inputs;
    assert.deepStrictEqual(
      { immutable, metadata, type },
      {
        immutable: true,
        metadata: { name: "app-blue-4-01234567", namespace: "app" },
        type: "Opaque",
      },
    );
    assert.strictEqual(name, "app-blue-4-01234567");
    assert.strictEqual(secret.options.deleteBeforeReplace, true);
  });

  it("holds each key's text with what the placeholders stand for", async () => {
    const data = (await secretOf()).secret.inputs["data"] as Record<string, string>;
    assert.deepStrictEqual(
      Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString()]),
      [
        ["password", PASSWORD],
        ["uri", `postgresql://app_blue:${PASSWORD}@psql.example.invalid:5432/app`],
      ],
    );
  });

  it("is secret in the state as a whole, and only its data", async () => {
    assert.deepStrictEqual((await secretOf()).secret.secretInputs, ["data"]);
  });
});
