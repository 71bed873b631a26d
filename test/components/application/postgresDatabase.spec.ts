import assert from "node:assert";
import { mock } from "node:test";
import * as postgresql from "@pulumi/postgresql";
import {
  DatabaseRoles,
  type PostgresDatabase,
} from "../../../components/application/databaseRoles";
import { PostgresqlProvider } from "../../../twin/postgresql/provider";
import { EngineStack } from "../../support/engine";
import { PlainPostgres } from "../../support/postgres";
import { UnwillingServer } from "../../support/unwillingServer";

const REFUSAL = {
  statement: /REVOKE .* ON DATABASE "postgres"/i,
  text: "permission denied for database postgres",
};

/** Proves under the real engine what becomes of a server that keeps its database postgres open. */
describe("A server that does not let its database postgres be closed", function () {
  this.timeout(120_000);

  let server: PlainPostgres;
  let azure: UnwillingServer;
  let stack: EngineStack;

  before(async () => {
    server = await PlainPostgres.start();
    azure = await UnwillingServer.start(server.port, REFUSAL);
    await server.ask("CREATE ROLE pgadmin LOGIN CREATEDB CREATEROLE PASSWORD 'pgadmin'");
    await server.ask("CREATE DATABASE app OWNER pgadmin");
    stack = await EngineStack.start([
      { name: "postgresql", version: "3.18.1", create: () => new PostgresqlProvider() },
    ]);
  });

  after(async () => {
    await stack.destroy();
    await stack.stop();
    await azure.stop();
    await server.stop();
  });

  const up = (postgresDatabase: PostgresDatabase) =>
    stack.up(() => {
      const provider = new postgresql.Provider("inside", {
        host: azure.host,
        port: azure.port,
        username: "pgadmin",
        password: "pgadmin",
        database: "app",
        sslmode: "disable",
        superuser: false,
      });
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
