import * as assert from "node:assert/strict";
import { runProgram } from "../../../mocks/program";
import { findings, RULES } from "../../../policy/rules";
import { at } from "../../../policy/rules/values";
import { waiverOf } from "../../../policy/waivers";

const CHART = {
  chart: "charts/plain",
  values: "charts/plain.secret.values.yaml",
  service: "{release}-web:8000",
  actAs: "owner",
  trial: "none",
  proofBy: "status",
  delivery: "secret",
};

const POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy";
const FEDERATED = "azure-native:managedidentity:FederatedIdentityCredential";
/** Rooms of policies that select every pod of the namespace. */
const OPEN = ["to-names-and-database", "to-further-destinations"];

async function resources(config: Record<string, string> = {}) {
  const { program } = await runProgram("prod", { ...CHART, egress: "10.9.0.0/16:6379", ...config });
  return program.registrations
    .filter(({ custom }) => custom)
    .map(({ type, name, inputs }) => ({ type, name, props: inputs }));
}

describe("an application whose Secrets only the vault's driver writes", function () {
  this.timeout(60_000);
  let usual: Awaited<ReturnType<typeof resources>>;
  let held: typeof usual;

  before(async () => {
    usual = await resources();
    held = await resources({ secretFrom: "vault" });
  });

  const subjects = (of: typeof usual) =>
    of.filter(({ type }) => type === FEDERATED).map(({ props }) => String(props["subject"]));

  const selectors = (of: typeof usual) =>
    OPEN.map((part) => {
      const policy = of.find(({ type, name }) => type === POLICY && name === `application-${part}`);
      assert.ok(policy, part);
      return at(policy.props, "spec.podSelector");
    });

  it("lets each slot's holder act as the slot's identity, and nobody else besides", () => {
    assert.deepEqual(
      subjects(held).filter((subject) => !subjects(usual).includes(subject)),
      ["blue", "green"].map((slot) => `system:serviceaccount:app:app-holder-${slot}`),
    );
    assert.deepEqual(
      subjects(usual).filter((subject) => !subjects(held).includes(subject)),
      [],
    );
  });

  it("lets holders reach nobody, and everybody else what they always reach", () => {
    const others = { matchExpressions: [{ key: "rotation/holds", operator: "DoesNotExist" }] };
    assert.deepEqual(selectors(held), [others, others]);
    assert.deepEqual(selectors(usual), [{}, {}]);
  });

  it("keeps every rule that is not waived", () => {
    const broken = findings(RULES, held)
      .filter((finding) => waiverOf(finding, "prod") === undefined)
      .map(({ id, resource, problem }) => `${id} ${resource.type} ${resource.name}: ${problem}`);
    assert.deepEqual(broken, []);
  });
});
