import assert from "node:assert";
import { tryLogin } from "../clients/checks";
import { APPLICATION } from "../rig/stackFile";
import type { Scenario } from "./stack/scenario";
import type { ScenarioStack } from "./stack/scenarioStack";

/** Logical name of the administrator's password. */
export const PASSWORD = "platform-database-administrator";

/** The administrator's password became known, or its time is over. */
export const administrator: Scenario = {
  name: "administrator",
  line: "the administrator's password is made anew as the runbook says, with no word to slots, pods or server, and the next rotation works with it",
  async run(stack) {
    const { twin, workspace } = stack.rig;
    const before = await workspace.password(PASSWORD);
    assert.strictEqual(await refusalOf(stack, before), "");

    const urn = (await workspace.stateResources()).find((each) =>
      each.urn.endsWith(`::${PASSWORD}`),
    );
    const operations = await stack.up(stack.plan, { replace: [urn!.urn] });
    const others = operations.filter((each) => !each.urn.endsWith(`::${PASSWORD}`));
    assert.deepStrictEqual(
      others.map((each) => `${each.op} ${each.urn.split("::").slice(2).join(" ")}`),
      [
        "update rotation:application:Application$pulumi:providers:postgresql application-postgresql",
      ],
    );
    const after = await workspace.password(PASSWORD);
    assert.notStrictEqual(after, before);
    // Until the server has it, no run can change a role; what runs, runs.
    assert.strictEqual(await refusalOf(stack, after), "28P01");
    await twin.call("setAdministratorPassword", after);
    assert.strictEqual(await refusalOf(stack, after), "");
    assert.strictEqual(await refusalOf(stack, before), "28P01");

    await stack.assertInForce();
    await stack.up(stack.rotated);
    await stack.up({ ...stack.plan, retired: stack.plan.live - 1 });
    await stack.assertInForce();
  },
};

/** SQLSTATE with which the server refuses the administrator; empty when it does not. */
async function refusalOf({ rig }: ScenarioStack, password: string): Promise<string> {
  const server = await rig.superuser();
  const { sqlstate } = await tryLogin(server, {
    user: "rotation_admin",
    password,
    database: APPLICATION,
  });
  return sqlstate;
}
