import assert from "node:assert";
import * as fc from "fast-check";
import {
  nameProblems,
  type NamedKind,
  resourceName,
  SUFFIX_LENGTH,
} from "../../../components/platform/names";

/** "Naming rules and restrictions for Azure resources", written down a second time. */
const AZURE: Readonly<Record<NamedKind, RegExp>> = {
  resourceGroup: /^[\w.()-]{0,89}[\w()-]$/,
  virtualNetwork: /^[A-Za-z0-9][\w.-]{0,62}\w$/,
  // The name is the DNS prefix too, whose rule is the stricter one.
  cluster: /^[A-Za-z0-9][A-Za-z0-9-]{0,52}[A-Za-z0-9]$/,
  gateway: /^[A-Za-z0-9][\w.-]{0,78}\w$/,
  identity: /^[A-Za-z0-9][\w-]{2,127}$/,
  vault: /^(?!.*--)[A-Za-z][A-Za-z0-9-]{1,22}[A-Za-z0-9]$/,
  server: /^(?!.*--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/,
};
const KINDS = Object.keys(AZURE) as NamedKind[];

const IDENTITIES = ["cluster", "blue", "green", "proofs"];

/** Everything that the configuration allows as an application. */
const applications = fc.stringMatching(/^[a-z][a-z0-9]{0,11}$/);
/** Everything that Pulumi allows as a stack, long ones as often as short ones. */
const stacks = fc.stringMatching(/^[A-Za-z0-9_.-]{1,100}$/, { size: "max" });
const suffixes = fc.stringMatching(new RegExp(`^[a-z0-9]{${SUFFIX_LENGTH}}$`));

function parts(kind: NamedKind, suffix: string): (string | undefined)[] {
  if (kind === "identity") {
    return IDENTITIES;
  }
  return kind === "vault" || kind === "server" ? [suffix] : [undefined];
}

describe("resourceName", () => {
  it("fits Azure's rule for every stack, or the problem is named beforehand", () => {
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
      { numRuns: 2000 },
    );
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
      for (const stack of ["dev", "prod", "Rehearsal", "eu-west-1", "feature_x", "pr.1234"]) {
        assert.deepStrictEqual(nameProblems({ application, stack }), [], `${application} ${stack}`);
      }
    }
  });

  it("says of a name that is too long how long it is and what to shorten", () => {
    assert.deepStrictEqual(nameProblems({ application: "app", stack: "s".repeat(47) }), [
      `The cluster name "aks-app-${"s".repeat(47)}" has 55 characters, allowed are 54: letters, ` +
        "digits and hyphens; its DNS prefix has 54 characters at most. " +
        "Use a shorter rotation:application or stack name.",
    ]);
    assert.deepStrictEqual(nameProblems({ application: "app", stack: "s".repeat(46) }), []);
  });

  it("names a stack whose name cannot end an Azure name", () => {
    const problems = nameProblems({ application: "app", stack: "dev_" });
    assert.match(problems.join("\n"), /The resourceGroup name "rg-app-dev-"/);
  });
});
