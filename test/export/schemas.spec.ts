import assert from "node:assert";
import { existsSync } from "node:fs";
import { armTemplate } from "../../export/armTemplate";
import { programResources } from "../../export/programResources";
import { ArmSchemas } from "./armSchemas";

const directory = process.env["ARM_SCHEMAS"];

if (directory === undefined || !existsSync(directory)) {
  process.stderr.write(
    "Exports are not validated against the ARM schemas: ARM_SCHEMAS names no folder `schemas` of " +
      "a copy of Azure/azure-resource-manager-schemas.\n",
  );
} else {
  // eslint-disable-next-line mocha/no-conditional-tests -- the copy has 2 GB and is not ours
  describe("an exported template, against the public ARM schemas", () => {
    const schemas = new ArmSchemas(directory);

    for (const stack of ["dev", "prod"]) {
      it(`is valid for stack ${stack}, resource by resource`, async () => {
        const { group, resources } = await programResources(stack);
        const template = armTemplate(group, resources);
        assert.deepStrictEqual(
          template.resources.flatMap((one) => schemas.problems(one)),
          [],
        );
      }).timeout(120_000);
    }

    it("notices a property that the service does not know and a wrong value", async () => {
      const { group, resources } = await programResources("prod");
      const vault = armTemplate(group, resources).resources.find(
        ({ type }) => type === "Microsoft.KeyVault/vaults",
      )!;
      const properties = vault["properties"] as Record<string, unknown>;
      const broken = { ...vault, properties: { ...properties, sku: { family: "B", name: 1 } } };
      assert.notDeepStrictEqual(schemas.problems(broken), []);
      assert.match(
        schemas.problems({ ...vault, apiVersion: "1999-01-01" }).join(),
        /no schema for Microsoft.KeyVault\/vaults 1999-01-01/,
      );
    });
  });
}
