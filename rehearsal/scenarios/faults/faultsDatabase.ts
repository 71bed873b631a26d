import assert from "node:assert";
import { otherSlot, SERVER_DATABASE, slotOf } from "../../../components";
import { slotOfUrn } from "../../result/operations";
import { FINISH, secretVersions, whenWritten } from "./faultSupport";
import type { Scenario } from "../stack/scenario";
import { type ScenarioStack, previous } from "../stack/scenarioStack";

const roleRefused: Scenario = {
  name: "role-refused",
  line: "the database refuses to change the roles; the same plan recreates them and finishes",
  async run(stack) {
    const plan = stack.rotated;
    const slot = slotOf(plan.counter);
    // At the same time: which of the two the run gets to first is not certain.
    const giveBack = [
      await takeAdministration(stack, "app_rotator"),
      await takeAdministration(stack, `app_${slot}`),
    ];
    await stack.assertFails(plan, /permission denied to alter role/, FINISH);
    for (const give of giveBack) {
      await give();
    }
    const operations = await stack.up(plan);
    assert.ok(operations.some(({ op, urn }) => op === "replace" && urn.endsWith("-role")));
    await stack.assertInForce();
  },
};

const loginKept: Scenario = {
  name: "login-kept",
  line: "the database refuses to disable a login; the same plan disables it and proves it",
  async run(stack) {
    await previous(stack);
    const { counter, live } = stack.plan;
    const plan = { counter, live, retired: counter - 1 };
    const slot = otherSlot(slotOf(live));
    const giveBack = await takeAdministration(stack, `app_${slot}`);
    await stack.assertFails(plan, /permission denied to alter role/, FINISH);
    assert.strictEqual(await stack.login(slot), "", "The refusal took effect after all.");
    await giveBack();
    await stack.up(plan);
    await stack.assertInForce();
  },
};

const commitLost: Scenario = {
  name: "commit-lost",
  line: "a role's change takes effect but its answer is lost; the same plan finishes",
  async run(stack) {
    const plan = stack.rotated;
    const slot = slotOf(plan.counter);
    const versions = await secretVersions(stack, slot);
    await stack.rig.twin.call("begin", { kind: "commit lost" });
    await stack.assertFails(plan, /-role[\s\S]*could not commit transaction/, FINISH);
    await stack.up(plan);
    await stack.assertInForce();
    assert.strictEqual(await secretVersions(stack, slot), versions + 1);
  },
};

/** Seconds that the database is away; a failover of Azure takes 60 to 120. */
const AWAY_SECONDS = 3;
/** Until probes of the gateway and of the cluster have seen that pods are well again. */
const RECOVERY_SECONDS = 15;

const restart: Scenario = {
  name: "database-restart",
  line: "the database restarts while the new pods start; requests fail then, and only then",
  async run(stack) {
    const plan = stack.rotated;
    const slot = slotOf(plan.counter);
    const { load, twin } = stack.rig;
    const restarted = whenWritten(stack, slot, async () => {
      const from = load.mark();
      await twin.call("begin", { kind: "database restart", seconds: AWAY_SECONDS });
      return { from, to: load.mark() };
    });
    await stack.up(plan);
    const { from, to } = await restarted;
    await stack.assertInForce();
    const recovered = { at: Math.min(to.at + RECOVERY_SECONDS * 1000, load.mark().at) };
    const { failed } = await load.between(from, recovered);
    stack.excuse(failed, "the only database was down, which fails requests in any design");
  },
};

const outOfConnections: Scenario = {
  name: "out-of-connections",
  line: "the database has no connection left to change a role; the same plan finishes",
  async run(stack) {
    const plan = stack.rotated;
    const slot = slotOf(plan.counter);
    const { twin } = stack.rig;
    const urn = `rotation-${slot}-role`;
    // While the role is about to be changed, by a session in the server's own database.
    await twin.call("interrupt", { kind: "delay", when: "before", urn, nth: 1, seconds: 1 });
    const limited = new Promise<void>((resolve, reject) => {
      const end = twin.onEntry(({ event }) => {
        if (event === "operation delay") {
          end();
          limit(stack, 0).then(resolve, reject);
        }
      });
    });
    await stack.assertFails(plan, /too many connections for database/, FINISH);
    await limited;
    await limit(stack, -1);
    await twin.call("release");
    await stack.up(plan);
    await stack.assertInForce();
  },
};

/**
 * In the database as which the program administers the server, new sessions are refused above this
 * number; those that exist go on.
 */
async function limit(stack: ScenarioStack, connections: number): Promise<void> {
  await stack.sql(`ALTER DATABASE ${SERVER_DATABASE} CONNECTION LIMIT ${connections}`);
}

const proofFailsOnce: Scenario = {
  name: "proof-fails-once",
  line: "a proof cannot log in as the rotator; the same plan reruns it, and nothing else",
  async run(stack) {
    const plan = stack.rotated;
    await stack.sql("ALTER ROLE app_rotator NOLOGIN");
    await stack.assertFails(
      plan,
      new RegExp(`before-promotion-${plan.counter}-live-${plan.counter}`),
      FINISH,
    );
    await stack.sql("ALTER ROLE app_rotator LOGIN");
    const again = (await stack.up(plan)).filter(({ urn }) => slotOfUrn(urn) !== undefined);
    assert.deepStrictEqual(
      again.map(({ op, urn }) => `${op} ${urn}`),
      [],
    );
    await stack.assertInForce();
  },
};

/** Lets nobody but the superuser change a role; returns what undoes that. */
async function takeAdministration(
  stack: ScenarioStack,
  role: string,
): Promise<() => Promise<unknown>> {
  const administrators = await stack.sql(
    "SELECT member::regrole::text AS name FROM pg_auth_members " +
      `WHERE roleid = '${role}'::regrole AND admin_option`,
  );
  const names = administrators.map(({ name }) => String(name)).join(", ");
  await stack.sql(`REVOKE ADMIN OPTION FOR ${role} FROM ${names} CASCADE`);
  return () => stack.sql(`GRANT ${role} TO ${names} WITH ADMIN TRUE, INHERIT TRUE, SET TRUE`);
}

export const faultsDatabase: readonly Scenario[] = [
  roleRefused,
  loginKept,
  commitLost,
  restart,
  outOfConnections,
  proofFailsOnce,
];
