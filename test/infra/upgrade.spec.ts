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
  [/^random$/, "default"],
  [DEFAULT, "default"],
];

/** What the program makes since then, as resources are called now. */
const ADDED = [
  ...[
    ...["pg_qs.track_utility", "pg_stat_statements.track_utility", "pgaudit.log"],
    ...["pgaudit.log_client", "pgaudit.log_parameter", "shared_preload_libraries"],
  ].map((name) => `azure-native:dbforpostgresql:Configuration platform-database-${name}`),
  "azure-native:authorization:RoleAssignment deployer-retired",
  "azure-native:authorization:RoleAssignment retired-secret",
  "azure-native:managedidentity:FederatedIdentityCredential application-identities-blue-app-answers-blue",
  "azure-native:managedidentity:FederatedIdentityCredential application-identities-green-app-answers-green",
  "azure-native:managedidentity:FederatedIdentityCredential application-identities-proofs-app-drained",
  "azure-native:managedidentity:FederatedIdentityCredential application-identities-proofs-app-refused",
  "azure-native:managedidentity:FederatedIdentityCredential application-identities-retired-app-refused",
  "azure-native:managedidentity:UserAssignedIdentity application-identities-retired",
  "kubernetes:core/v1:ServiceAccount rotation-proof-answers-blue",
  "kubernetes:core/v1:ServiceAccount rotation-proof-answers-green",
  "kubernetes:core/v1:ServiceAccount rotation-proof-drained",
  "kubernetes:core/v1:ServiceAccount rotation-proof-refused",
  "kubernetes:core/v1:ServiceAccount rotation-proof-rolled",
  "kubernetes:networking.k8s.io/v1:NetworkPolicy application-proofs-to-cluster",
  "kubernetes:networking.k8s.io/v1:NetworkPolicy application-proofs-to-gateway",
  "kubernetes:rbac.authorization.k8s.io/v1:Role rotation-proof-drained",
  "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding rotation-proof-drained",
  "azure-native:monitor:ScheduledQueryRule application-watch-gateway-errors",
  ...["administrator-login", "role-changed", "state-key"].map(
    (key) => `azure-native:monitor:ScheduledQueryRule platform-monitoring-${key}`,
  ),
  "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy application-images",
  "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicyBinding application-images",
  "kubernetes:batch/v1:Job rotation-proof-rolled-1-live-1",
  "kubernetes:core/v1:ServiceAccount rotation-proof-vacator",
  "kubernetes:rbac.authorization.k8s.io/v1:Role rotation-proof-vacator",
  "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding rotation-proof-vacator",
  "kubernetes:secrets-store.csi.x-k8s.io/v1:SecretProviderClass rotation-green-mount",
  "postgresql:index/grant:Grant application-roles-grant-temporary",
  "postgresql:index/role:Role application-roles-migrator",
];

/** What it makes no more: no state of then can be had from one of now, so they are left out. */
const GONE = [
  "azure-native:authorization:RoleAssignment proofs-retired",
  "azure-native:monitor:MetricAlert platform-monitoring-gateway-errors",
  "kubernetes:networking.k8s.io/v1:NetworkPolicy platform-proofs-to-gateway-and-cluster",
  "kubernetes:secrets-store.csi.x-k8s.io/v1:SecretProviderClass app-proof",
];

/** What a preview does not know yet of these is the client id of an identity that was added. */
const UNKNOWN = [
  "azure-native:monitor:ScheduledQueryRule application-watch-login-refused",
  "azure-native:monitor:ScheduledQueryRule application-watch-mount-failed",
  "azure-native:monitor:ScheduledQueryRule application-watch-proof-failed",
  "azure-native:monitor:ScheduledQueryRule application-watch-retired-sessions",
  "azure-native:monitor:ScheduledQueryRule application-watch-rotation-not-completed",
  "azure-native:monitor:ScheduledQueryRule application-watch-unexpected-reader",
  "azure-native:monitor:ScheduledQueryRule application-watch-vault-forbidden",
  "kubernetes:secrets-store.csi.x-k8s.io/v1:SecretProviderClass app-retired",
];

/** The provider of random is the program's own now, and no default one. */
const RANDOM = "pulumi:providers:random random";
const DEFAULT_RANDOM_GOES = "delete pulumi:providers:random default_4_21_2";

/** The component of the new layer, which is nothing but a name in the state. */
const LAYER = "rotation:application:Application application";

/** A resource of a state file, as far as this spec reads it. */
interface StateResource {
  urn: string;
  readonly type: string;
  readonly id?: string;
  parent?: string;
  provider?: string;
  dependencies?: string[];
  aliases?: string[];
  propertyDependencies?: object;
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

const keyNow = (resource: StateResource) => `${resource.type} ${nameOf(resource)}`;

/**
 * The same resources under the names, parents, providers and order of before.
 *
 * @param more resources of now that are kept, by type and name
 */
function asBefore(
  resources: readonly StateResource[],
  more: readonly string[] = [],
): StateResource[] {
  const stack = resources[0]!.urn.split("::", 2).join("::");
  const now = new Map(resources.map((resource) => [keyBefore(resource), resource]));
  const known = BEFORE.map((each) => now.get(keyOf(each)));
  const urns: string[] = [];
  for (const [place, { type, name, parent = 0 }] of BEFORE.entries()) {
    const above = urns[parent]?.split("::")[2];
    const nested = parent === 0 ? type : `${above}$${type}`;
    const found = known[place];
    const isDefault = found !== undefined && DEFAULT.test(nameOf(found));
    urns.push(`${stack}::${nested}::${isDefault ? nameOf(found) : name}`);
  }
  const moved = new Map(
    known.flatMap((found, place) => (found ? [[found.urn, urns[place]!] as const] : [])),
  );
  const before = BEFORE.flatMap(({ parent, provider, dependencies = [] }, place) => {
    const found = known[place];
    if (found === undefined) {
      return [];
    }
    const resource = rewritten(found, moved) as StateResource;
    delete resource.aliases;
    delete resource.propertyDependencies;
    return {
      ...resource,
      ...(parent !== undefined && { parent: urns[parent]! }),
      ...(provider !== undefined && { provider: `${urns[provider]!}::${known[provider]!.id!}` }),
      dependencies: dependencies.filter((each) => known[each]).map((each) => urns[each]!),
    };
  });
  const kept = resources.filter((resource) => more.includes(keyNow(resource)));
  return [
    ...before,
    ...kept.map((resource) => {
      const moving = rewritten(resource, moved) as StateResource;
      delete moving.propertyDependencies;
      const [, urn = "", id] = /^(.*)::([^:]*)$/.exec(resource.provider ?? "") ?? [];
      const isBelowLayer = moving.parent?.endsWith(LAYER.replace(" ", "::")) === true;
      return {
        ...moving,
        // The layer itself was not there.
        ...(isBelowLayer && { parent: before[0]!.urn }),
        provider: `${moved.get(urn) ?? urn}::${id}`,
      };
    }),
  ];
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
  return operations.map(({ op, urn }) => {
    const [, , types = "", name = ""] = urn.split("::");
    return `${op} ${types.slice(types.lastIndexOf("$") + 1)} ${name}`;
  });
}

describe("a stack of before the application layer, under the real engine", function () {
  this.timeout(300_000);
  // Each step stands on the one before.
  this.bail(true);
  let rig: Rig;
  let stack: Stack;
  let deployed: ExportedStack;

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

  it("had every resource that there is now, but for what was added since, and no other but what is gone", async () => {
    const { deployment } = await exported(stack);
    const kept = deployment.resources.filter(
      (resource) => ![LAYER, ...ADDED].includes(keyNow(resource)),
    );
    assert.deepStrictEqual([...kept.map(keyBefore), ...GONE].sort(), BEFORE.map(keyOf).sort());
    assert.strictEqual(deployment.resources.length, BEFORE.length - GONE.length + ADDED.length + 1);
  });

  it("previews without an operation on any of them", async () => {
    deployed = await exported(stack);
    const { version, deployment } = deployed;
    const resources = asBefore(deployment.resources);
    assert.ok(!resources.some(({ urn }) => urn.includes("rotation:application:")));
    await stack.importStack({ version, deployment: { ...deployment, resources } });
    assert.deepStrictEqual(
      said(await rig.workspace.preview()).sort(),
      [
        ...[LAYER, ...ADDED, RANDOM].map((resource) => `create ${resource}`),
        ...UNKNOWN.map((resource) => `update ${resource}`),
        DEFAULT_RANDOM_GOES,
      ].sort(),
    );
  });

  it("goes up the same way, and then without a change", async () => {
    // What was added is there already, so it is in the state, too.
    const { version, deployment } = deployed;
    const resources = asBefore(deployment.resources, ADDED);
    await stack.importStack({ version, deployment: { ...deployment, resources } });
    const { operations } = await rig.workspace.up();
    assert.deepStrictEqual(
      said(operations).sort(),
      [`create ${LAYER}`, `create ${RANDOM}`, DEFAULT_RANDOM_GOES].sort(),
    );
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
