import assert from "node:assert";
import * as fc from "fast-check";
import {
  nameProblems,
  type NamedKind,
  resourceName,
  SUFFIX_LENGTH,
} from "../../../components/platform/azureNames";
import { sayEach } from "../../support/says";

/** "Naming rules and restrictions for Azure resources", written down a second time. */
const AZURE: Readonly<Record<NamedKind, RegExp>> = {
  resourceGroup: /^[\w.()-]{0,89}[\w()-]$/,
  virtualNetwork: /^[A-Za-z0-9][\w.-]{0,62}\w$/,
  securityGroup: /^[A-Za-z0-9][\w.-]{0,78}\w$/,
  natGateway: /^[A-Za-z0-9][\w.-]{0,78}\w$/,
  publicAddress: /^[A-Za-z0-9][\w.-]{0,78}\w$/,
  privateEndpoint: /^[A-Za-z0-9][\w.-]{0,62}\w$/,
  // The name is the DNS prefix too, whose rule is the stricter one.
  cluster: /^[A-Za-z0-9][A-Za-z0-9-]{0,52}[A-Za-z0-9]$/,
  // As a resource group, but AKS takes 80 characters at most.
  nodeGroup: /^[\w.()-]{0,79}[\w()-]$/,
  gateway: /^[A-Za-z0-9][\w.-]{0,78}\w$/,
  firewallPolicy: /^[A-Za-z][A-Za-z0-9]{0,127}$/,
  identity: /^[A-Za-z0-9][\w-]{2,127}$/,
  workspace: /^[A-Za-z0-9][A-Za-z0-9-]{2,61}[A-Za-z0-9]$/,
  dataCollectionRule: /^[A-Za-z0-9][\w.-]{0,62}[A-Za-z0-9]$/,
  actionGroup: /^[^:<>+/&%\\?|\0]{0,259}[^:<>+/&%\\?|\0 .]$/,
  alert: /^[^*#&+:<>?@%{}\\/\0|]{0,259}[^*#&+:<>?@%{}\\/\0| .]$/,
  systemTopic: /^[A-Za-z0-9-]{3,50}$/,
  vault: /^(?!.*--)[A-Za-z][A-Za-z0-9-]{1,22}[A-Za-z0-9]$/,
  server: /^(?!.*--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/,
  registry: /^[a-zA-Z0-9]{5,50}$/,
};
const KINDS = Object.keys(AZURE) as NamedKind[];

/** The longest part that any component appends to a name of the kind. */
const PARTS: Partial<Record<NamedKind, readonly string[]>> = {
  identity: ["blue", "green", "proofs", "gateway", "control-plane"],
  securityGroup: ["nodes", "gateway", "endpoints"],
  publicAddress: ["gateway", "egress"],
  privateEndpoint: ["database", "vault", "registry"],
  alert: ["rotation-not-completed"],
};
/** Kinds whose names are unique in all of Azure, and end with a random suffix. */
const GLOBAL: readonly NamedKind[] = ["vault", "server", "registry"];

/** Everything that the configuration allows as an application. */
const applications = fc.stringMatching(/^[a-z][a-z0-9]{0,11}$/);
/** Everything that Pulumi allows as a stack, long ones as often as short ones. */
const stacks = fc.stringMatching(/^[A-Za-z0-9_.-]{1,100}$/, { size: "max" });
/** Short ones that differ in little: what is replaced in a name must not make them one. */
const alikeStacks = fc.stringMatching(/^[aA1_.-]{1,4}$/);
const suffixes = fc.stringMatching(new RegExp(`^[a-z0-9]{${SUFFIX_LENGTH}}$`));

function parts(kind: NamedKind, suffix: string): readonly (string | undefined)[] {
  return GLOBAL.includes(kind) ? [suffix] : (PARTS[kind] ?? [undefined]);
}

describe("resourceName", () => {
  it("fits Azure's rule for every kind and stack, or the problem is named beforehand", () => {
    fc.assert(
      fc.property(applications, stacks, suffixes, (application, stack, suffix) => {
        const problems = nameProblems({ application, stack });
        for (const kind of KINDS) {
          for (const part of parts(kind, suffix)) {
            const name = resourceName(kind, { application, stack }, part);
            const fits = AZURE[kind].test(name);
            const named = problems.some((problem) => problem.startsWith(`The ${kind} name `));
            assert.ok(fits || named, `${kind} ${name} would be refused by Azure`);
          }
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("never gives two stacks of an application the same name", () => {
    const kinds = KINDS.filter((kind) => kind !== "vault" && kind !== "registry");
    const pairs = fc.oneof(fc.tuple(alikeStacks, alikeStacks), fc.tuple(stacks, stacks));
    fc.assert(
      fc.property(pairs, suffixes, ([one, other], suffix) => {
        fc.pre(one !== other);
        for (const kind of kinds) {
          const [part] = parts(kind, suffix);
          assert.notStrictEqual(
            resourceName(kind, { application: "app", stack: one }, part),
            resourceName(kind, { application: "app", stack: other }, part),
          );
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("tells vaults and registries of two stacks apart by their random part", () => {
    for (const kind of ["vault", "registry"] as const) {
      const names = ["a1b2c3", "d4e5f6"].map((suffix, index) =>
        resourceName(kind, { application: "app", stack: `stack${index}` }, suffix),
      );
      assert.strictEqual(new Set(names).size, 2);
    }
  });

  it("keeps the group of the nodes apart from every stack's resource group", () => {
    fc.assert(
      fc.property(applications, alikeStacks, applications, stacks, (a, b, c, d) => {
        assert.notStrictEqual(
          resourceName("nodeGroup", { application: a, stack: b }),
          resourceName("resourceGroup", { application: c, stack: d }),
        );
      }),
    );
    const nodes = resourceName("nodeGroup", { application: "app", stack: "dev" });
    assert.ok(!nodes.startsWith("rg-"), nodes);
  });

  it("finds a vault name for every application, whatever the stack is called", () => {
    fc.assert(
      fc.property(applications, stacks, suffixes, (application, stack, suffix) => {
        assert.match(resourceName("vault", { application, stack }, suffix), AZURE.vault);
      }),
    );
  });

  it("tells stacks, applications and identities apart", () => {
    const [dev, prod] = ["dev", "prod"].map((stack) => ({ application: "app", stack }));
    const names = [
      resourceName("identity", dev!, "blue"),
      resourceName("identity", dev!, "green"),
      resourceName("identity", prod!, "blue"),
      resourceName("identity", { application: "shop", stack: "dev" }, "blue"),
    ];
    assert.deepStrictEqual(names, [
      "id-app-dev-blue",
      "id-app-dev-green",
      "id-app-prod-blue",
      "id-shop-dev-blue",
    ]);
  });
});

describe("nameProblems", () => {
  it("has nothing against usual names", () => {
    for (const application of ["app", "a", "checkout2", "twelveletter"]) {
      for (const stack of ["dev", "prod", "Rehearsal", "eu-west-1", "feature_x", "pr.1234", "_"]) {
        assert.deepStrictEqual(nameProblems({ application, stack }), [], `${application} ${stack}`);
      }
    }
  });

  it("says of a name that is too long how long it is and what to shorten", () => {
    const problems = nameProblems({ application: "app", stack: "s".repeat(47) });
    const name = `aks-app-${"s".repeat(47)}`;
    const cluster = problems.filter((problem) => problem.includes(`cluster name "${name}"`));
    sayEach(cluster, ["55 characters", /\b54\b/, /shorter rotation:application or stack name/]);
    assert.deepStrictEqual(nameProblems({ application: "app", stack: "s".repeat(41) }), []);
  });
});
