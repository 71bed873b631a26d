import assert from "node:assert";
import pg from "pg";
import { ADOPTION, type Plan, type SlotName } from "../../../components";
import { asSuperuser, tryLogin, workingRoles } from "../../clients/checks";
import { applicationOf } from "../../rig/applications";
import { deployerRoles, VAULT_ADMINISTRATOR } from "../../rig/deployerRoles";
import { rehearsalImage } from "../../rig/images";
import { LEGACY } from "../../rig/legacyDatabase";
import { NAMES, PRODUCTION_HOST, ROLES, stageHost } from "../../rig/stackFile";
import { FINISH } from "../faults/faultSupport";
import { killAlong, type Looks } from "../kill/kill";
import { AROUND, EVERYWHERE } from "../kill/killPoints";
import type { Scenario } from "../stack/scenario";
import type { ScenarioStack } from "../stack/scenarioStack";
import { blocksOf, follow } from "./guide";
import { legacyUnderLoad, passwordOf } from "./legacyUnderLoad";
import { migrate } from "./migration";

const STAGED: Plan = { counter: 0, live: -1, retired: -2 };
const PROMOTED: Plan = { counter: 0, live: 0, retired: -2 };
const ENDED: Plan = { counter: 0, live: 0, retired: -1 };

const IMAGE = "rotation:appImage";

const OWN = {
  timing: "short",
  // A slot that never gets ready is given up soon.
  settings: { "rotation:rolloutSeconds": "60" },
  rig: { application: applicationOf("plain", "secret"), platform: "existing" },
  deploy: legacyUnderLoad,
} satisfies Scenario["own"];

/** From one login that owns everything to two slots, by the commands of docs/adopt.md. */
export const adopt: Scenario = {
  name: "adopt",
  line:
    "an application with a legacy login is adopted under load by the guide, back at each step and " +
    "on; the login ends refused, and two rotations follow",
  own: { ...OWN, after: destroyed },
  async run(stack) {
    const { rig } = stack;
    await describe(stack);
    await staged(stack);
    await promoted(stack);
    await ended(stack);
    const [rotation = []] = blocksOf("5. Rotate");
    await follow(rig, rotation);
    stack.completed({ counter: 1, live: 1, retired: -1 });
    stack.completed({ counter: 1, live: 1, retired: 0 });
    await assertServed(stack, "green");
    await migrate(stack);
    await stack.up({ counter: 2, live: 2, retired: 0 });
    await assertServed(stack, "blue");
    await stack.up({ counter: 2, live: 2, retired: 1 });
    assert.deepStrictEqual(rig.foreignWrites, []);
  },
};

/** The same moves, each killed at every point. */
export const killAdopt: Scenario = {
  name: "kill-adopt",
  line: "kill the engine before and after every operation of an adoption: stage, promote, retire",
  own: OWN,
  async run(stack) {
    await describe(stack);
    await killAlong(stack, STAGED, EVERYWHERE, looksAt("legacy"));
    await killAlong(stack, PROMOTED, AROUND, looksAt("blue"));
    const [scale = ""] = blocksOf("4. Retire the legacy login").flat();
    await follow(stack.rig, [scale]);
    await killAlong(stack, ENDED, AROUND, looksAt("blue"));
    assert.strictEqual(await legacyLogin(stack), "28P01");
  },
};

/** Production answers after each kill; who it is in the end. */
const looksAt = (by: SlotName | "legacy"): Looks => ({
  async between({ rig }, _plan, where) {
    const { status } = await rig.ask(PRODUCTION_HOST);
    assert.strictEqual(status, 200, `Killed ${where}.`);
  },
  atEnd: (stack) => assertServed(stack, by),
});

async function describe(stack: ScenarioStack): Promise<void> {
  const { rig } = stack;
  await follow(rig, blocksOf("Before you begin").flat());
  const commands = blocksOf("1. Describe what is there").flat();
  const keys = commands.filter((command) => command.startsWith("pulumi config"));
  await follow(rig, keys);
  await assert.rejects(rig.workspace.preview(), (error: Error) => {
    // As the guide says of a login with settings: it names the key that carries them over.
    const [set] = /pulumi config set rotation:statementTimeout '?\d+/.exec(error.message) ?? [];
    assert.ok(set, error.message);
    return true;
  });
  await rig.workspace.set("rotation:statementTimeout", LEGACY.statementTimeout);
  await follow(
    rig,
    commands.filter((command) => !keys.includes(command)),
  );
  stack.completed(ADOPTION);
  await assertServed(stack, "legacy");
}

/** Staged by the guide, withdrawn, with a blue that is never ready, and staged again. */
async function staged(stack: ScenarioStack): Promise<void> {
  const { rig } = stack;
  const commands = blocksOf("2. Stage the first generation").flat();
  await follow(rig, commands);
  stack.completed(STAGED);
  await assertServed(stack, "legacy");
  assert.strictEqual((await rig.ask(stageHost("blue"))).status, 200);
  await stack.up(ADOPTION);
  const usual = await rig.workspace.settings([IMAGE]);
  await rig.workspace.set(IMAGE, rehearsalImage("faulty:never-ready"));
  await stack.up(ADOPTION);
  await stack.assertFails(STAGED, FINISH);
  await stack.up(ADOPTION);
  await rig.workspace.setAll(Object.fromEntries(usual as [string, string][]));
  await stack.up(ADOPTION);
  await assertServed(stack, "legacy");
  await stack.up(STAGED);
}

/** Promoted by the guide, rolled back, and promoted again. */
async function promoted(stack: ScenarioStack): Promise<void> {
  const { rig } = stack;
  await follow(rig, blocksOf("3. Promote it").flat());
  stack.completed(PROMOTED);
  await assertServed(stack, "blue");
  await stack.up(STAGED);
  await assertServed(stack, "legacy");
  await stack.up(PROMOTED);
  await stack.assertRefused({ ...PROMOTED, counter: 1, live: 1 }, /retire it first/);
}

/** Retired by the guide; first while somebody still uses the login, who stops the run and is named. */
async function ended(stack: ScenarioStack): Promise<void> {
  const { rig } = stack;
  const report = await logIn(stack, "nightly report");
  await stack.assertFails(
    ENDED,
    /nightly report from 127\.[\d.]+, since/,
    /rotation:accept legacy/,
  );
  assert.strictEqual(await legacyLogin(stack), "");
  await report.end();
  const [commands = []] = blocksOf("4. Retire the legacy login");
  await follow(rig, commands);
  stack.completed(ENDED);
  await assertServed(stack, "blue");
  assert.strictEqual(await legacyLogin(stack), "28P01");
  const proof = rig.evidence.findLast(({ role, sqlstate }) => role === LEGACY.role && sqlstate);
  assert.strictEqual(proof?.["sqlstate"], "28000");
  // Nobody gets it back: it owns the tables and that is all.
  await stack.assertRefused(STAGED, /rotation:retired cannot go down/);
  await stack.configure(ENDED);
}

/** What was there before is there after a `destroy`, and nothing of ours. */
async function destroyed({ rig }: ScenarioStack): Promise<void> {
  // As the document says: deleting secrets is more than any move may.
  await rig.twin.call("assign", [...deployerRoles(rig.deployerId), VAULT_ADMINISTRATOR]);
  await rig.workspace.destroy();
  const server = await rig.superuser();
  const { rows } = await asSuperuser(
    server,
    LEGACY.database,
    `SELECT rolname AS name FROM pg_roles WHERE rolname = '${LEGACY.role}' OR rolname LIKE 'app!_%' ESCAPE '!'
     UNION ALL SELECT tablename FROM pg_tables WHERE tableowner = '${LEGACY.role}' ORDER BY 1`,
  );
  const names = (rows as { name: string }[]).map(({ name }) => name);
  assert.ok(names.includes(LEGACY.role) && names.includes("orders"), names.join());
  assert.deepStrictEqual(
    names.filter((name) => name.startsWith("app_")),
    [],
  );
  for (const [apiVersion, kind, name] of [
    ["v1", "Namespace", "shop"],
    ["v1", "Service", "shop-web"],
    ["networking.k8s.io/v1", "Ingress", "shop-web"],
  ] as const) {
    const namespace = kind === "Namespace" ? {} : { namespace: "shop" };
    assert.ok(
      await rig.twin.call("get", { apiVersion, kind, name, ...namespace }),
      `${kind} ${name}`,
    );
  }
  assert.deepStrictEqual(rig.foreignWrites, []);
}

/** Somebody whom nobody thought of. */
async function logIn({ rig }: ScenarioStack, name: string): Promise<pg.Client> {
  const { certificate, host, port } = await rig.superuser();
  const client = new pg.Client({
    ...{ host, port, user: LEGACY.role, database: LEGACY.database, application_name: name },
    password: await passwordOf(rig),
    ssl: { ca: certificate },
  });
  await client.connect();
  return client;
}

/** How a login with the password ends that the team has always had: SQLSTATE, or empty. */
async function legacyLogin({ rig }: ScenarioStack): Promise<string> {
  const credential = {
    user: LEGACY.role,
    password: await passwordOf(rig),
    database: LEGACY.database,
  };
  return (await tryLogin(await rig.superuser(), credential)).sqlstate;
}

/** Asserts who serves production, by whose sessions work, and that another `up` finds nothing to do. */
async function assertServed(stack: ScenarioStack, by: SlotName | "legacy"): Promise<void> {
  const { rig } = stack;
  const roles = await workingRoles(await rig.superuser(), [...ROLES, LEGACY.role], () =>
    rig.ask(PRODUCTION_HOST),
  );
  // Probes of the others' pods are at work, too.
  const expected = by === "legacy" ? LEGACY.role : NAMES.slot(by).role;
  assert.ok(roles.includes(expected), `${roles.join()} served, not ${expected}.`);
  await rig.workspace.up({ expectNoChanges: true });
}
