import assert from "node:assert";
import { resourceName } from "../../../components/platform/azureNames";
import { renamedProblem } from "../../../components/platform/renamed";

const hostOf = (naming: { application: string; stack: string }) =>
  `${resourceName("server", naming, "ab12cd")}.postgres.database.azure.com`;

describe("renamedProblem", () => {
  it("finds nothing where the names are those of the deployment, nor before the first one", () => {
    for (const stack of ["prod", "dev.eu", "Dev-EU", "a-b-c"]) {
      const naming = { application: "app", stack };
      assert.strictEqual(renamedProblem(naming, hostOf(naming)), undefined);
    }
    assert.strictEqual(renamedProblem({ application: "app", stack: "prod" }, undefined), undefined);
  });

  it("knows another stack and another application, and says how to go back", () => {
    const host = hostOf({ application: "app", stack: "dev" });
    assert.match(
      renamedProblem({ application: "app", stack: "dev2" }, host) ?? "",
      /stack was called "dev" .*psql-app-dev-ab12cd.* called "dev2" now\. .*: pulumi stack rename dev$/,
    );
    assert.match(
      renamedProblem({ application: "shop", stack: "dev" }, host) ?? "",
      /rotation:application was called "app" .* called "shop" now\. .*pulumi config set rotation:application app$/,
    );
  });
});
