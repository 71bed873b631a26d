import assert from "node:assert";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { refuseLiveEngine } from "../../operate/recovery/lock";
import { decide, describeOperation, type Decision } from "../../operate/recovery/operations";
import { pulumi, type PulumiProject } from "../../operate/state/pulumi";
import { recover } from "../../operate/recovery/recover";
import { placeOfState, requireWhole } from "../../operate/recovery/stateFolder";
import { settle } from "../../operate/recovery/settling";
import type { PendingOperation } from "../../operate/state/state";
import { fromAddress, stateOf } from "../support/poisonedState";
import { PulumiCli } from "../support/pulumiCli";

/** Everything that a recovery refuses, or leaves to a person, as they read it. */
export async function recoverTexts(): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), "recover-texts-"));
  try {
    return [
      await refusalOf(projectIn(folder)),
      ...(await lockTexts()),
      await textOf(
        requireWhole({ inFolder: true, locks: "", file: "/s.json", content: Buffer.of() }),
      ),
      await refusalByCli({ ...projectIn(folder), command: join(folder, "nowhere") }),
      await refusalByCli({ ...projectIn(folder), command: "false" }),
      await withoutCluster(folder),
      await foreignState(folder),
      leftOperation(),
      await unaskedOperation(folder),
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function projectIn(folder: string): PulumiProject {
  const environment = { ...process.env, PULUMI_BACKEND_URL: `file://${folder}` };
  return { command: "pulumi", folder, stack: "prod", environment };
}

/** A folder without a project. */
const refusalOf = (project: PulumiProject) => textOf(placeOfState(project));

const refusalByCli = (project: PulumiProject) => textOf(pulumi(project, ["stack", "export"]));

/** Held by an engine of this machine, of another one, and where nobody sees it. */
async function lockTexts(): Promise<string[]> {
  const engine = spawn("sleep", ["60"], { argv0: "pulumi" });
  try {
    await once(engine, "spawn");
    const texts = [hostname(), "runner-2"].map((host) => {
      const holder = { pid: engine.pid!, username: "ann", hostname: host, timestamp: "today" };
      return textOf(refuseLiveEngine({ known: true, holders: [holder], cutOff: [] }, false));
    });
    const cutOff = { known: true, holders: [], cutOff: ["/state/7.json"] } as const;
    const unseen = { known: false, backend: "azblob://state" } as const;
    return await Promise.all([
      ...texts,
      ...[unseen, cutOff].map((locks) => textOf(refuseLiveEngine(locks, false))),
    ]);
  } finally {
    engine.kill("SIGKILL");
  }
}

/** A state that names no cluster, and a kubeconfig that leads nowhere. */
async function withoutCluster(folder: string): Promise<string> {
  const cli = await PulumiCli.writeInto(folder, { deployment: {} });
  const [finding, ...others] = await recover({ ...cli.project(), kubeconfig: "clusters: 1" });
  assert.deepStrictEqual(others, []);
  return finding!.found;
}

/** A state that somebody else has written. */
async function foreignState(folder: string): Promise<string> {
  const cli = await PulumiCli.writeInto(folder, stateOf(fromAddress("https://evil.example/")));
  return textOf(recover(cli.project()));
}

/** Only what is made in Azure is left to a person. */
function leftOperation(): string {
  const urn = "urn:pulumi:prod::rotation::azure-native:network:VirtualNetwork::network";
  const resource = { urn, type: "azure-native:network:VirtualNetwork" };
  const operation: PendingOperation = { type: "creating", resource };
  assert.strictEqual(decide(operation, false).do, "leave" satisfies Decision["do"]);
  return describeOperation(operation);
}

/** Whoever runs this has no way to the database. */
async function unaskedOperation(folder: string): Promise<string> {
  const urn = "urn:pulumi:prod::rotation::postgresql:index/role:Role::rotation-blue-role";
  const resource = { urn, type: "postgresql:index/role:Role", id: "app_blue" };
  const state = {
    deployment: { resources: [resource], pending_operations: [{ type: "updating", resource }] },
  } as const;
  const cli = await PulumiCli.writeInto(folder, state, { unreachable: [urn] });
  const [finding, ...others] = await settle(cli.project(), state);
  assert.deepStrictEqual([finding?.left, others], [true, []]);
  return finding!.found;
}

/** What a promise is rejected with. */
async function textOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    return (error as Error).message;
  }
  return assert.fail("Nothing was refused.");
}
