import assert from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../twin/world/scripts";
import { explain } from "../up/explain";
import type { Operation } from "../up/workspace";
import type { Rig } from "../rig/rig";
import { NAMES } from "../rig/stackFile";
import type { Scenario } from "./stack/scenario";
import type { ScenarioStack } from "./stack/scenarioStack";

const IMAGES = ["rotation:appImage", "rotation:toolsImage"] as const;

/** A subscription that was never used, by the commands of docs/deploy.md, to its end. */
export const firstDeployment: Scenario = {
  name: "first-deployment",
  line:
    "an empty subscription: the platform first and the images later, moves, refreshes, a table, " +
    "and destroy",
  own: { timing: "short", settings: {}, before: makePlatform, after: destroyed },
  async run(stack) {
    await stack.assertInForce();
    await assertRefreshed(stack);
    await stack.up(stack.rotated);
    await stack.up({ ...stack.plan, retired: stack.plan.counter - 1 });
    await stack.assertInForce();
    await assertRefreshed(stack);
    const { migrator, owner, schema } = NAMES;
    await stack.sql(
      `SET ROLE ${migrator}; SET ROLE ${owner}; CREATE TABLE ${schema}.migrated (id integer)`,
    );
  },
};

/** Refused until the providers are registered; then everything but the rotation. */
async function makePlatform({ twin, workspace }: Rig): Promise<void> {
  const { feature, namespaces } = registrations();
  await twin.call("unregister", namespaces);
  const images = await workspace.settings(IMAGES);
  for (const key of IMAGES) {
    await workspace.set(key, undefined);
  }
  await workspace.configure({ counter: 0 });
  await assert.rejects(workspace.up(), (error: Error) => {
    assert.match(explain(error), /MissingSubscriptionRegistration/);
    return true;
  });
  for (const name of [feature, ...namespaces]) {
    await twin.call("register", name);
  }
  const { operations, outputs } = await workspace.up();
  assert.deepStrictEqual(operations.filter(isOfRotation), []);
  assert.match(String(outputs["registry"]), /\.azurecr\.io$/);
  assert.strictEqual(outputs["completed"], undefined);
  for (const [key, value] of images) {
    await workspace.set(key, value);
  }
}

/** What the commands of docs/deploy.md register. */
function registrations(): { feature: string; namespaces: string[] } {
  const deploy = readFileSync(join(ROOT, "docs/deploy.md"), "utf8");
  const [, namespace, name] =
    /^az feature register --namespace (\S+) --name (\S+)/m.exec(deploy) ?? [];
  const found = deploy.matchAll(/^az provider register --namespace (\S+)$/gm);
  return {
    feature: `${namespace}/${name}`,
    namespaces: [...found].map(([, provider]) => provider!),
  };
}

function isOfRotation({ urn }: Operation): boolean {
  return /::rotation(-|$)/.test(urn);
}

/** A refresh leaves nothing to change. */
async function assertRefreshed({ rig: { workspace } }: ScenarioStack): Promise<void> {
  await workspace.refresh();
  const changes = (await workspace.preview()).filter(({ op }) => op !== "same");
  assert.deepStrictEqual(
    changes.map(({ op, urn }) => `${op} ${urn}`),
    [],
  );
}

async function destroyed({ rig: { workspace } }: ScenarioStack): Promise<void> {
  await workspace.destroy();
  assert.deepStrictEqual(await workspace.stateResources(), []);
}
