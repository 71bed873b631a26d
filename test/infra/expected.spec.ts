import * as assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { dirname } from "node:path";
import { at } from "../../policy/rules/values";
import { STACKS } from "../support/stacks";
import { asked, differences, listFile, listOf, reviewed } from "./list";

/**
 * Proves that every input of every resource is one that somebody has seen in a pull request. Says
 * nothing of whether it is a good one: rules, twin and rehearsal do.
 */
describe("The inputs of all resources", function () {
  this.timeout(60_000);

  for (const [stack] of STACKS) {
    it(`are what was reviewed, in ${stack}`, async () => {
      const found = differences(reviewed(stack), listOf(await asked(stack)));
      assert.ok(
        found.length === 0,
        `${found.length} differences from test/infra/expected/${stack}.json; where they are wanted, \`npm run expected\` writes them down:\n${found.join("\n")}`,
      );
    });

    it(`are listed without a secret, in ${stack}`, async () => {
      const { resources, digests } = await asked(stack);
      const secrets = resources.flatMap(({ inputs, secretInputs }) =>
        secretInputs.map((path) => String(at(inputs, path))),
      );
      assert.ok(secrets.length >= 10, `${secrets.length} secrets`);
      const text = JSON.stringify(listOf({ resources, digests }));
      for (const secret of secrets) {
        assert.ok(!text.includes(JSON.stringify(secret).slice(1, -1)));
      }
    });
  }

  it("have a list for every stack, and no other", () => {
    assert.deepEqual(
      readdirSync(dirname(listFile("prod"))).sort(),
      STACKS.map(([stack]) => `${stack}.json`).sort(),
    );
  });

  it("show both forms of a slot, the active and the retired one", () => {
    const secrets = reviewed("prod")["azure-native:keyvault:Secret"];
    assert.deepEqual(
      ["green", "blue"].map((slot) =>
        at(secrets, `rotation-${slot}-secret.properties.attributes.enabled`),
      ),
      [true, false],
    );
  });
});

describe("The differences between two lists", () => {
  const VAULT = { properties: { softDelete: true, ranges: ["a", "b"], sku: { name: "standard" } } };

  it("name the resource and the property, with what was expected and what was found", () => {
    assert.deepEqual(
      differences(
        { "keyvault:Vault": { vault: VAULT } },
        {
          "keyvault:Vault": {
            vault: { properties: { softDelete: false, ranges: ["a"], sku: "premium", bypass: {} } },
          },
        },
      ),
      [
        "keyvault:Vault vault properties.softDelete: expected true, found false",
        'keyvault:Vault vault properties.ranges[1]: expected "b", found nothing',
        'keyvault:Vault vault properties.sku: expected {"name":"standard"}, found "premium"',
        "keyvault:Vault vault properties.bypass: expected nothing, found {}",
      ],
    );
  });

  it("name a resource that is new and one that is gone", () => {
    assert.deepEqual(
      differences({ Vault: { old: VAULT } }, { Vault: { new: VAULT }, Key: { key: {} } }),
      ["Vault old is gone", "Vault new is new", "Key key is new"],
    );
  });

  it("are none between lists that say the same in another order", () => {
    assert.deepEqual(
      differences({ A: { a: { x: 1, y: 2 } }, B: {} }, { B: {}, A: { a: { y: 2, x: 1 } } }),
      [],
    );
  });
});
