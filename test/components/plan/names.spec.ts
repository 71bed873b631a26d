import assert from "node:assert";
import { applicationNameProblem } from "../../../components/plan/names";
import { says } from "../../support/says";
import { SlotDatabase } from "../../support/slotDatabase";

const PATTERN = /^[a-z][a-z0-9]{0,11}$/;

describe("An application's name", function () {
  this.timeout(30_000);

  it("is nobody else's: PostgreSQL's, the flexible server's or Kubernetes'", () => {
    for (const name of ["pg", "public", "postgres", "template1", "azure", "default", "user"]) {
      says(
        applicationNameProblem(name) ?? "",
        `must not be "${name}"`,
        /PostgreSQL|Kubernetes|server/,
      );
    }
    for (const name of ["app", "shop", "pgbouncer", "kube", "users", "postgres2"]) {
      assert.strictEqual(applicationNameProblem(name), undefined);
    }
  });

  it("is no word that this PostgreSQL reserves, and every other word is allowed", async () => {
    const database = await SlotDatabase.start();
    try {
      const rows = await database.sql<{ word: string; reserved: boolean }>(
        "select word, catcode in ('R', 'T') as reserved from pg_get_keywords()",
      );
      const names = rows.filter(({ word }) => PATTERN.test(word));
      assert.ok(names.length > 300);
      const wrong = names.filter(
        ({ word, reserved }) => (applicationNameProblem(word) !== undefined) !== reserved,
      );
      assert.deepStrictEqual(wrong, []);
    } finally {
      await database.stop();
    }
  });
});
