import assert from "node:assert";
import { PRODUCTION_HOST } from "../../rehearsal/rig";
import { MovedStack, touched } from "../support/movedStack";

/** A right that only one slot has: the proof before promotion names it and fails at once. */
const GRANT = "GRANT CREATE ON SCHEMA app TO";
const REVOKE = "REVOKE CREATE ON SCHEMA app FROM";

const PASSWORD_URN =
  "urn:pulumi:rehearsal::rotation::rotation:index:Rotation$rotation:index:Slot" +
  "$random:index/randomPassword:RandomPassword::rotation-blue-password";

describe("half-finished moves, under the real engine", function () {
  this.timeout(240_000);
  // What follows a move that went wrong says nothing.
  this.bail(true);
  let stack: MovedStack;

  before(async () => {
    stack = await MovedStack.deploy();
  });
  after(() => stack?.close());

  /** Lets nobody but the superuser change a role; returns what undoes that. */
  async function takeAdministration(role: string): Promise<() => Promise<unknown>> {
    const administrators = await stack.sql(
      "SELECT member::regrole::text AS name FROM pg_auth_members " +
        `WHERE roleid = '${role}'::regrole AND admin_option`,
    );
    const names = administrators.map(({ name }) => String(name)).join(", ");
    await stack.sql(`REVOKE ADMIN OPTION FOR ${role} FROM ${names} CASCADE`);
    return () => stack.sql(`GRANT ${role} TO ${names} WITH ADMIN TRUE, INHERIT TRUE, SET TRUE`);
  }

  it("leaves production alone when the proof before promotion fails", async () => {
    await stack.sql(`${GRANT} app_green`);
    await stack.assertFails({ counter: 1, live: 1, retired: -1 }, /before-promotion-1-live-1/);
    assert.strictEqual((await stack.ask(PRODUCTION_HOST)).generation, 0);
  });

  it("accepts no other plan after a run that stopped, and names the ways on", async () => {
    await stack.assertRefused(
      { counter: 1, live: 1, retired: 0 },
      /A run to counter 1, live 1, retired none started and did not complete/,
      /finish \(.*\): pulumi config set rotation:counter -- 1/,
      /go back \(.*\): pulumi config set rotation:counter -- 1 && .*rotation:live -- 0/,
    );
  });

  it("finishes by the same plan once the cause is gone, without new credentials", async () => {
    const { version } = await stack.rig.slotCredential("green");
    await stack.sql(`${REVOKE} app_green`);
    const plan = { counter: 1, live: 1, retired: -1 };
    assert.deepStrictEqual(touched(await stack.up(plan)), []);
    await stack.assertInForce(plan);
    assert.strictEqual((await stack.rig.slotCredential("green")).version, version);
  });

  it("finishes with a new password after the database refused to change the role", async () => {
    const giveBack = await takeAdministration("app_blue");
    const plan = { counter: 2, live: 2, retired: -1 };
    await stack.assertFails(plan, /rotation-blue-role[\s\S]*permission denied to alter role/);
    await giveBack();
    // The provider's state has the password that the database never got, so it needs another one.
    await stack.up(plan, { replace: [PASSWORD_URN] });
    await stack.assertInForce(plan);
  });

  it("goes back once the cause is gone, and withdraws what it staged", async () => {
    await stack.sql(`${GRANT} app_green`);
    await stack.assertFails({ counter: 3, live: 3, retired: -1 }, /before-promotion-3-live-3/);
    await stack.sql(`${REVOKE} app_green`);
    const back = { counter: 3, live: 2, retired: -1 };
    assert.deepStrictEqual(touched(await stack.up(back)), []);
    await stack.assertInForce(back);
    const withdrawn = { counter: 2, live: 2, retired: 1 };
    assert.deepStrictEqual(touched(await stack.up(withdrawn)), ["green"]);
    await stack.assertInForce(withdrawn);
  });

  it("withdraws although the new slot can never prove itself", async () => {
    await stack.sql(`${GRANT} app_green`);
    await stack.assertFails({ counter: 3, live: 3, retired: 1 }, /before-promotion-3-live-3/);
    await stack.assertFails({ counter: 3, live: 2, retired: 1 }, /before-promotion-3-live-2/);
    assert.strictEqual((await stack.ask(PRODUCTION_HOST)).generation, 2);
    const plan = { counter: 2, live: 2, retired: 1 };
    assert.deepStrictEqual(touched(await stack.up(plan)), ["green"]);
    await stack.assertInForce(plan);
    await stack.sql(`${REVOKE} app_green`);
  });

  it("goes back from an emergency that stopped after the switch", async () => {
    const giveBack = await takeAdministration("app_blue");
    await stack.assertFails({ counter: 3, live: 3, retired: 2 }, /rotation-blue-role/);
    assert.strictEqual((await stack.ask(PRODUCTION_HOST)).generation, 3);
    await giveBack();
    const back = { counter: 3, live: 2, retired: 1 };
    await stack.up(back);
    await stack.assertInForce(back);
  });

  it("lost no request to production on the whole way", async () => {
    await stack.assertNothingLost();
  });
});
