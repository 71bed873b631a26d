import assert from "node:assert";
import { recover } from "../../../operate/recovery/recover";
import { exportState } from "../../../operate/state/state";
import { explain } from "../../up/explain";
import type { Rig } from "../../rig/rig";
import { askStatus } from "../stack/askStatus";
import { assertDocumented } from "../stack/documented";
import { projectOf } from "../stack/project";
import type { Scenario } from "../stack/scenario";
import type { ScenarioStack } from "../stack/scenarioStack";

const CLUSTER = "Microsoft.ContainerService/managedClusters";
const GATEWAY = "Microsoft.Network/applicationGateways";
const POOL = `${CLUSTER}/agentPools`;
const SERVER = "Microsoft.DBforPostgreSQL/flexibleServers";

/** What Azure makes for minutes, with the resources that this program calls so. */
const SLOW = [
  { type: GATEWAY, name: "platform-gateway" },
  { type: SERVER, name: "platform-database" },
  { type: CLUSTER, name: "platform-cluster" },
  { type: POOL, name: "platform-cluster-user" },
] as const;

/** What Azure accepted comes to nothing minutes later, and is there: one thing after another. */
export const partialCreate: Scenario = {
  name: "partial-create",
  line: "gateway, server, cluster and pool are made and fail in a first deployment; the same `up` goes on",
  own: { timing: "short", settings: {}, before: failOneAfterAnother, after: nothingIsLeft },
  async run(stack) {
    await stack.assertInForce();
    await assertAllKnown(stack.rig);
  },
};

/** Each run comes further; the last one is the deployment that the scenario is played on. */
async function failOneAfterAnother(rig: Rig): Promise<void> {
  const { twin, workspace } = rig;
  await twin.call("begin", { kind: "creations fail", types: SLOW.map(({ type }) => type) });
  await workspace.configure({ counter: 0 });
  const failed = new Set<string>();
  while (failed.size < SLOW.length) {
    const before = failed.size;
    const text = await failureOf(() => workspace.up());
    assertDocumented(text);
    SLOW.filter(({ name }) => text.includes(`${name})`)).forEach(({ name }) => failed.add(name));
    assert.ok(failed.size > before, `Nothing else failed than before: ${text}`);
    await assertAllKnown(rig);
  }
  // Nobody has to do anything but run it again, and that is what the commands say.
  assert.deepStrictEqual(await recover(projectOf(rig)), []);
  const { said } = await askStatus({ rig });
  assert.deepStrictEqual(
    [said.state, said.moves.map(({ move }) => move)],
    ["half-finished", ["finish"]],
    said.summary.join(" "),
  );
}

async function failureOf(run: () => Promise<unknown>): Promise<string> {
  try {
    await run();
  } catch (error) {
    return explain(error);
  }
  assert.fail("The run came to its end.");
}

/** Nothing is in Azure that the state does not know, but what was there before and what AKS makes. */
async function assertAllKnown(rig: Rig): Promise<void> {
  const { deployment } = await exportState(projectOf(rig), { secrets: false });
  const known = new Set(deployment.resources?.map(({ id = "" }) => id.toLowerCase()));
  const there = await rig.twin.call("azureResources");
  assert.deepStrictEqual(
    there.filter((id) => !known.has(id.toLowerCase()) && !ofOthers(id)),
    [],
    "resources that nobody knows",
  );
}

async function nothingIsLeft({ rig }: ScenarioStack): Promise<void> {
  await rig.workspace.destroy();
  assert.deepStrictEqual(await rig.workspace.stateResources(), []);
  assert.deepStrictEqual(
    (await rig.twin.call("azureResources")).filter((id) => !ofOthers(id)),
    [],
  );
}

/** What is there before the program, and the group that AKS makes for its nodes. */
function ofOthers(id: string): boolean {
  return /^\/subscriptions\/[^/]+\/resourceGroups\/(shared|mc-[^/]+)(\/|$)/i.test(id);
}
