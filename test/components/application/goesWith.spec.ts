import assert from "node:assert";
import * as postgresql from "@pulumi/postgresql";
import * as random from "@pulumi/random";
import { DatabaseRoles } from "../../../components/application/databaseRoles";
import { goesWith } from "../../../components/application/goesWith";
import { runProgram } from "../../../mocks/program";
import { PostgresqlProvider } from "../../../twin/postgresql/provider";
import { RandomProvider } from "../../../twin/random/provider";
import { AzurePostgres, SELF_GRANTS } from "../../support/azurePostgres";
import { EngineStack } from "../../support/engine";

const PLANS: readonly Record<string, number>[] = [{}, { counter: 1 }, { counter: 2, retired: 1 }];
const SERVER = "azure-native:dbforpostgresql:Server";
const VAULT = "azure-native:keyvault:Vault";
const SECRET = "azure-native:keyvault:Secret";

/**
 * Proves under the mocks that everything of the program that lies inside of the server goes with it,
 * and under the real engine, with a string for a server, that a table then stops no destroy.
 */
describe("What is inside of a database server", function () {
  this.timeout(120_000);

  it("goes with the server, or with what does, in every stack and plan", async () => {
    for (const stack of ["dev", "prod"]) {
      for (const config of PLANS) {
        const { program } = await runProgram(stack, config);
        const server = program.registrations.find(({ type }) => type === SERVER)!;
        const inside = program.registrations.filter(({ type }) => type.startsWith("postgresql:"));
        const names = new Map(inside.map(({ urn, options }) => [urn, options.deletedWith]));
        const left = inside.filter(({ urn }) => {
          const holder = names.get(urn)!;
          return holder !== server.urn && names.get(holder) !== server.urn;
        });
        assert.ok(inside.length > 15);
        assert.deepStrictEqual(
          left.map(({ name }) => name),
          [],
        );
      }
    }
  });

  it("is like what is inside of a vault: its secrets go with it, so that nobody needs a right to delete them", async () => {
    for (const stack of ["dev", "prod"]) {
      for (const config of PLANS) {
        const { program } = await runProgram(stack, config);
        const vault = program.registrations.find(({ type }) => type === VAULT)!;
        const secrets = program.registrations.filter(({ type }) => type === SECRET);
        assert.ok(secrets.length >= 3);
        for (const { name, options } of secrets) {
          assert.strictEqual(options.deletedWith, vault.urn, name);
        }
      }
    }
  });

  for (const selfGrant of SELF_GRANTS) {
    describe(`under the real engine, createrole_self_grant '${selfGrant}'`, () => {
      let server: AzurePostgres;
      let stack: EngineStack;

      beforeEach(async () => {
        server = await AzurePostgres.start(selfGrant);
        stack = await EngineStack.start([
          { name: "postgresql", version: "3.18.1", create: () => new PostgresqlProvider() },
          { name: "random", version: "4.21.2", create: () => new RandomProvider() },
        ]);
      });

      afterEach(async () => {
        await stack.stop();
        await server.stop();
      });

      async function withTable(follows: boolean): Promise<void> {
        await stack.up(() => {
          const holder = new random.RandomString("server", { length: 8 });
          const provider = new postgresql.Provider("inside", server.settings, {
            dependsOn: holder,
          });
          new DatabaseRoles(
            "roles",
            { application: "app", databaseName: "app" },
            { providers: [provider], transformations: [goesWith(follows ? holder : undefined)] },
          );
        });
        await server.ask("SET ROLE app_owner; CREATE TABLE app.orders (id integer)", "app");
      }

      it("is in the way of a destroy once it has a table, when it is dropped one by one", async () => {
        await withTable(false);
        await assert.rejects(
          stack.destroy(),
          /cannot drop schema app because other objects depend/,
        );
      });

      it("is in nobody's way when it goes with the server", async () => {
        await withTable(true);
        const operations = await stack.destroy();
        assert.ok(operations.includes("delete RandomString server"), operations.join("\n"));
      });
    });
  }
});
