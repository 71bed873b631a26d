import assert from "node:assert";
import { mock } from "node:test";
import * as postgresql from "@pulumi/postgresql";
import {
  DatabaseRoles,
  type PostgresDatabase,
} from "../../../components/application/databaseRoles";
import { PostgresqlProvider } from "../../../twin/postgresql/provider";
import { AzurePostgres, SELF_GRANTS } from "../../support/azurePostgres";
import { EngineStack } from "../../support/engine";

const REFUSAL = {
  statement: /REVOKE .* ON DATABASE "postgres"/i,
  text: "permission denied for database postgres",
};

/** Proves under the real engine what becomes of a server that keeps its database postgres open. */
for (const selfGrant of SELF_GRANTS) {
  describe(`A server that does not let its database postgres be closed, createrole_self_grant '${selfGrant}'`, function () {
    this.timeout(120_000);

    let azure: AzurePostgres;
    let stack: EngineStack;

    before(async () => {
      azure = await AzurePostgres.start(selfGrant, { refusals: [REFUSAL] });
      stack = await EngineStack.start([
        { name: "postgresql", version: "3.18.1", create: () => new PostgresqlProvider() },
      ]);
    });

    after(async () => {
      await stack.destroy();
      await stack.stop();
      await azure.stop();
    });

    const up = (postgresDatabase: PostgresDatabase) =>
      stack.up(() => {
        const provider = new postgresql.Provider("inside", azure.settings);
        new DatabaseRoles(
          "roles",
          { application: "app", databaseName: "app", postgresDatabase },
          { providers: [provider] },
        );
      });

    it("stops the first run with the command that goes on, and no run after it", async () => {
      // Of a program in this process the engine does not get what hooks log.
      const said = mock.method(console, "error", () => undefined);
      await assert.rejects(up("closed"), /permission denied for database postgres/);
      said.mock.restore();
      const lines = said.mock.calls.map(({ arguments: words }) => words.join(" "));
      assert.match(lines.join("\n"), /`pulumi config set rotation:postgresDatabase open`/);
      const operations = await up("open");
      assert.ok(operations.includes("create Grant roles-grant-functions"), operations.join("\n"));
      assert.deepStrictEqual(await up("open"), []);
    });
  });
}
