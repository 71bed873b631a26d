import assert from "node:assert";
import { SELF_GRANTS } from "../../support/azurePostgres";
import { type ModelRole, RoleModel } from "../../support/roleModel";

const FIRST = { counter: 1, live: 1, retired: -1 };
const ROTATED = { counter: 2, live: 2, retired: -1 };
const RETIRED = { counter: 2, live: 2, retired: 1 };

for (const selfGrant of SELF_GRANTS) {
  describe(`a role whose change failed, under the real engine, createrole_self_grant '${selfGrant}'`, function () {
    this.timeout(180_000);
    // What follows a run that went wrong says nothing.
    this.bail(true);
    let model: RoleModel;

    before(async () => {
      model = await RoleModel.start(selfGrant);
    });
    after(() => model?.stop());

    /** Lets nobody but the superuser change a role; returns what undoes that. */
    async function takeAdministration(role: ModelRole): Promise<() => Promise<unknown>> {
      await model.ask(`REVOKE ADMIN OPTION FOR ${role} FROM rotation_admin CASCADE`);
      return () =>
        model.ask(`GRANT ${role} TO rotation_admin WITH ADMIN TRUE, INHERIT TRUE, SET TRUE`);
    }

    async function stored(role: ModelRole): Promise<{ verifier: string; login: boolean }> {
      const [row] = await model.ask<{ verifier: string; login: boolean }>(
        "SELECT rolpassword AS verifier, rolcanlogin AS login FROM pg_authid " +
          `WHERE rolname = '${role}'`,
      );
      assert.ok(row, `There is no ${role}.`);
      return row;
    }

    it("gets its password from the same plan after the database refused it", async () => {
      const before = await stored("app_blue");
      const giveBack = await takeAdministration("app_blue");
      await assert.rejects(model.up(ROTATED, FIRST), /permission denied to alter role/);
      assert.deepStrictEqual(await stored("app_blue"), before);
      await giveBack();
      const operations = await model.up(ROTATED, FIRST);
      // Nothing was sent, so nothing is in doubt.
      assert.ok(operations.includes("update Role rotation-blue-role"), operations.join("\n"));
      assert.ok(!operations.some((operation) => operation.includes("RandomPassword")));
      const after = await stored("app_blue");
      assert.notStrictEqual(after.verifier, before.verifier);
      assert.strictEqual(after.login, true);
    });

    it("leaves nothing to do, and the members and grants that it had", async () => {
      assert.deepStrictEqual(await model.up(ROTATED, ROTATED), []);
      const members = await model.ask<{ role: string; member: string }>(
        "SELECT roleid::regrole::text AS role, member::regrole::text AS member " +
          "FROM pg_auth_members WHERE 'app_blue'::regrole IN (roleid, member) GROUP BY 1, 2 ORDER BY 1",
      );
      assert.deepStrictEqual(members, [
        { role: "app_blue", member: "rotation_admin" },
        { role: "app_rw", member: "app_blue" },
      ]);
    });

    it("cannot log in after the same plan when the database refused to end that", async () => {
      const giveBack = await takeAdministration("app_green");
      await assert.rejects(model.up(RETIRED, ROTATED), /permission denied to alter role/);
      assert.strictEqual((await stored("app_green")).login, true);
      await giveBack();
      await model.up(RETIRED, ROTATED);
      assert.strictEqual((await stored("app_green")).login, false);
    });

    it("is made anew when only the answer was lost, and has its grants again", async () => {
      const next = { counter: 3, live: 3, retired: 1 };
      model.commits.lose();
      await assert.rejects(model.up(next, RETIRED), /could not commit transaction/);
      const operations = await model.up(next, RETIRED);
      // Both roles change at the same time; one of the two commits was the first.
      assert.match(operations.join("\n"), /^replace Role rotation-(rotator|green)-role$/m);
      assert.deepStrictEqual(await model.up(next, next), []);
      assert.strictEqual((await stored("app_green")).login, true);
      const [row] = await model.ask<{ may: boolean }>(
        "SELECT has_function_privilege('app_rotator', p.oid, 'EXECUTE') AS may FROM pg_proc p " +
          "WHERE p.proname = 'count_sessions'",
      );
      assert.deepStrictEqual(row, { may: true });
    });
  });
}
