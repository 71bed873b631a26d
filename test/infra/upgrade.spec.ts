import assert from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { LocalWorkspace, type Stack } from "@pulumi/pulumi/automation";
import { isPlatform } from "../../rehearsal/result/operations";
import { Rig } from "../../rehearsal/rig/rig";
import type { Operation } from "../../rehearsal/up/operationLog";

/**
 * A resource of a stack that the last commit before the application layer (60a1714) deployed, with
 * counter 1 and 0 retired; other resources by their places in the list.
 */
interface Before {
  readonly type: string;
  readonly name: string;
  readonly parent?: number;
  readonly provider?: number;
  readonly dependencies?: readonly number[];
}

const BEFORE = JSON.parse(
  readFileSync(join(__dirname, "upgrade", "before-application-layer.json"), "utf8"),
) as readonly Before[];

/** A default provider bears the version of its package, which may be another one by now. */
const DEFAULT = /^default_[\d_]+$/;

/** What resources were called before; all others keep their names. */
const NAMES: readonly (readonly [now: RegExp, before: string])[] = [
  [/^application-database$/, "platform-database-application"],
  [/^application-postgresql$/, "platform-database-postgresql"],
  [/^application-watch-/, "platform-monitoring-"],
  [/^application-/, "platform-"],
  [DEFAULT, "default"],
];

/** A resource of a state file, as far as this spec reads it. */
interface StateResource {
  urn: string;
  readonly type: string;
  readonly id?: string;
  parent?: string;
  provider?: string;
  dependencies?: string[];
  aliases?: string[];
}

/** What `pulumi stack export` prints, as far as this spec reads it. */
interface ExportedStack {
  readonly version: number;
  readonly deployment: { readonly resources: StateResource[] };
}

function nameOf({ urn }: { readonly urn: string }): string {
  return urn.slice(urn.lastIndexOf("::") + 2);
}

/** Type and name: unique in a stack of this program. */
function keyBefore(resource: StateResource): string {
  const name = nameOf(resource);
  const renamed = NAMES.find(([now]) => now.test(name));
  return `${resource.type} ${renamed ? name.replace(...renamed) : name}`;
}

const keyOf = ({ type, name }: Before) => `${type} ${name.replace(DEFAULT, "default")}`;

/** The same resources under the names, parents, providers and order of before. */
function asBefore(resources: readonly StateResource[]): StateResource[] {
  const stack = resources[0]!.urn.split("::", 2).join("::");
  const now = new Map(resources.map((resource) => [keyBefore(resource), resource]));
  const known = BEFORE.map((each) => now.get(keyOf(each))!);
  const urns: string[] = [];
  for (const [place, { type, name, parent = 0 }] of BEFORE.entries()) {
    const above = urns[parent]?.split("::")[2];
    const nested = parent === 0 ? type : `${above}$${type}`;
    urns.push(`${stack}::${nested}::${DEFAULT.test(name) ? nameOf(known[place]!) : name}`);
  }
  const moved = new Map(known.map(({ urn }, place) => [urn, urns[place]!]));
  return BEFORE.map(({ parent, provider, dependencies = [] }, place) => {
    const resource = rewritten(known[place]!, moved) as StateResource;
    delete resource.aliases;
    return {
      ...resource,
      ...(parent !== undefined && { parent: urns[parent]! }),
      ...(provider !== undefined && { provider: `${urns[provider]!}::${known[provider]!.id!}` }),
      dependencies: dependencies.map((each) => urns[each]!),
    };
  });
}

/** A value with every URN in it replaced. */
function rewritten(value: unknown, urns: ReadonlyMap<string, string>): unknown {
  if (typeof value === "string") {
    return urns.get(value) ?? value;
  }
  if (Array.isArray(value)) {
    return value.map((each) => rewritten(each, urns));
  }
  return value !== null && typeof value === "object"
    ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, rewritten(each, urns)]))
    : value;
}

/** What a run did, or would do, in words that name the resource. */
function said(operations: readonly Operation[]): string[] {
  return operations.map(({ op, urn }) => `${op} ${urn.split("::").slice(2).join(" ")}`);
}

/** All that an upgrade shows: the component itself, which is nothing but a name in the state. */
const NEW = ["create rotation:application:Application application"];

describe("a stack of before the application layer, under the real engine", function () {
  this.timeout(300_000);
  // Each step stands on the one before.
  this.bail(true);
  let rig: Rig;
  let stack: Stack;

  before(async () => {
    rig = await Rig.start({
      providers: "twin",
      progress: () => undefined,
      signal: new AbortController().signal,
    });
    const { engine, workspace } = rig;
    await workspace.configure({ counter: 1, retired: 0 });
    await workspace.up();
    const { pulumiHome, variables, workDir } = workspace.order;
    stack = await LocalWorkspace.selectStack(
      { stackName: "rehearsal", workDir },
      { pulumiCommand: engine.command, pulumiHome, envVars: variables },
    );
  });
  after(() => rig?.close());

  it("had every resource that there is now, but the application as such, and no other", async () => {
    const { deployment } = await exported(stack);
    const now = deployment.resources.map(keyBefore);
    assert.deepStrictEqual(
      now.filter((key) => key !== "rotation:application:Application application").sort(),
      BEFORE.map(keyOf).sort(),
    );
    assert.strictEqual(now.length, BEFORE.length + 1);
  });

  it("previews without an operation on any of them", async () => {
    const { version, deployment } = await exported(stack);
    const resources = asBefore(deployment.resources);
    assert.ok(!resources.some(({ urn }) => urn.includes("rotation:application:")));
    await stack.importStack({ version, deployment: { ...deployment, resources } });
    assert.deepStrictEqual(said(await rig.workspace.preview()), NEW);
  });

  it("goes up the same way, and then without a change", async () => {
    const { operations } = await rig.workspace.up();
    assert.deepStrictEqual(said(operations), NEW);
    await rig.workspace.up({ expectNoChanges: true });
  });

  it("rotates afterwards, without an operation on platform or application", async () => {
    await rig.workspace.configure({ counter: 2, retired: 0 });
    const { operations, outputs } = await rig.workspace.up();
    assert.deepStrictEqual(said(operations.filter(({ urn }) => isPlatform(urn))), []);
    assert.strictEqual((outputs["live"] as { generation: number }).generation, 2);
  });
});

async function exported(stack: Stack): Promise<ExportedStack> {
  const state: ExportedStack = await stack.exportStack();
  return state;
}
