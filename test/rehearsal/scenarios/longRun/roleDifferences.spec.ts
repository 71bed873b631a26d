import assert from "node:assert";
import { roleDifferences } from "../../../../rehearsal/scenarios/longRun/roleDifferences";
import { PlainPostgres } from "../../../support/postgres";

describe("roleDifferences, on a real server", function () {
  let server: PlainPostgres;

  before(async () => {
    server = await PlainPostgres.start();
    await server.ask(`
      CREATE ROLE owner; CREATE ROLE rw; CREATE ROLE blue LOGIN IN ROLE rw;
      CREATE ROLE green NOLOGIN IN ROLE rw; CREATE SCHEMA app AUTHORIZATION owner;
      CREATE TABLE app.orders (id bigint GENERATED ALWAYS AS IDENTITY, what text);
      CREATE FUNCTION app.one() RETURNS int LANGUAGE sql AS 'SELECT 1';
      REVOKE EXECUTE ON FUNCTION app.one() FROM PUBLIC;
      GRANT USAGE ON SCHEMA app TO rw; GRANT SELECT ON app.orders TO rw`);
  });
  after(() => server.stop());

  const differences = async () =>
    (await server.ask<{ role: string; what: string }>(roleDifferences("blue", "green"))).map(
      ({ role, what }) => `${role}: ${what}`,
    );

  it("finds none between roles that have their rights from one group only", async () => {
    assert.deepStrictEqual(await differences(), []);
  });

  for (const [give, take, what] of [
    ["GRANT CREATE ON SCHEMA app TO", "REVOKE CREATE ON SCHEMA app FROM", "CREATE on schema app"],
    ["GRANT DELETE ON app.orders TO", "REVOKE DELETE ON app.orders FROM", "DELETE on app.orders"],
    [
      "GRANT EXECUTE ON FUNCTION app.one() TO",
      "REVOKE EXECUTE ON FUNCTION app.one() FROM",
      "EXECUTE on app.one()",
    ],
    [
      "GRANT USAGE ON SEQUENCE app.orders_id_seq TO",
      "REVOKE USAGE ON SEQUENCE app.orders_id_seq FROM",
      "USAGE on app.orders_id_seq",
    ],
    [
      "GRANT CREATE ON DATABASE postgres TO",
      "REVOKE CREATE ON DATABASE postgres FROM",
      "CREATE on database postgres",
    ],
    [
      "ALTER TABLE app.orders OWNER TO",
      "ALTER TABLE app.orders OWNER TO postgres; --",
      "owner of table app.orders",
    ],
  ] as const) {
    it(`finds who has ${what}`, async () => {
      await server.ask(`${give} green`);
      assert.ok((await differences()).includes(`green: ${what}`), (await differences()).join("\n"));
      await server.ask(`${take} green`);
      assert.deepStrictEqual(await differences(), []);
    });
  }

  it("finds a membership and an attribute that only one has", async () => {
    await server.ask("GRANT owner TO blue; ALTER ROLE blue CREATEROLE");
    const found = await differences();
    assert.ok(found.includes("blue: member of owner"), found.join("\n"));
    assert.ok(found.some((text) => text.startsWith("blue: attributes")));
    await server.ask("REVOKE owner FROM blue; ALTER ROLE blue NOCREATEROLE");
    assert.deepStrictEqual(await differences(), []);
  });
});
