import assert from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { loadSettings } from "../../infra/config";
import { MockProgram } from "../../mocks/mocks";

interface Key {
  readonly description: string;
  readonly default?: unknown;
  readonly secret?: boolean;
}

const { name, config, template } = parse(
  readFileSync(join(__dirname, "..", "..", "Pulumi.yaml"), "utf8"),
) as {
  name: string;
  config: Record<string, Key>;
  template: { description: string; quickstart: string; config: Record<string, Key> };
};

/** What a person would type where nothing is proposed. */
const TYPED: Readonly<Record<string, string>> = {
  "rotation:certificate":
    "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/shared/providers/Microsoft.KeyVault/vaults/shared-certificates/secrets/app",
  "rotation:adminGroupId": "11111111-1111-1111-1111-111111111111",
  "rotation:adminGroupName": "administrators",
  "rotation:alertEmail": "people@example.com",
  "rotation:deployerRanges": "203.0.113.7/32",
};
const RUNNERS =
  "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/shared/providers/Microsoft.Network/virtualNetworks/runners";

function typedWithout(key: string): Record<string, string> {
  return Object.fromEntries(Object.entries(TYPED).filter(([typed]) => typed !== key));
}

/** The settings that somebody gets who answers like this. */
async function answered(answers: Readonly<Record<string, string>>): Promise<unknown> {
  const proposed = Object.entries(template.config)
    .filter(([, { default: value }]) => value !== undefined)
    .map(([key, { default: value }]) => [key, String(value)] as const);
  const program = await MockProgram.start({
    config: { ...Object.fromEntries(proposed), ...answers },
  });
  try {
    return loadSettings();
  } finally {
    await program.drained();
  }
}

describe("the template of `pulumi new`", () => {
  it("asks for settings that there are, each with a text, and for no secret", () => {
    for (const [key, { description, secret }] of Object.entries(template.config)) {
      assert.ok(key in config, key);
      assert.ok(key.startsWith(`${name}:`), key);
      assert.ok(description.length > 0, key);
      assert.strictEqual(secret, undefined, key);
    }
    assert.ok(template.description && template.quickstart);
  });

  it("leaves nothing out that has to be set, in either profile", async () => {
    await answered(TYPED);
    await answered({
      ...typedWithout("rotation:deployerRanges"),
      "rotation:profile": "prod",
      "rotation:runnerNetwork": RUNNERS,
    });
  });

  it("proposes nothing for what only its user can know", async () => {
    for (const key of Object.keys(TYPED)) {
      assert.strictEqual(template.config[key]?.default, undefined, key);
      await assert.rejects(answered(typedWithout(key)), new RegExp(`${key} `), key);
    }
  });
});
