import assert from "node:assert";
import { Platform } from "../../../components/platform/platform";
import { MockProgram } from "../../../mocks/mocks";
import { platformArgs } from "../../support/platformArgs";

/** Types as the engine names them. */
const TYPE = {
  assignment: "azure-native:authorization:RoleAssignment",
  cluster: "azure-native:containerservice:ManagedCluster",
  group: "azure-native:resources:ResourceGroup",
  kubernetes: "pulumi:providers:kubernetes",
  server: "azure-native:dbforpostgresql:Server",
} as const;

describe("Platform", () => {
  let program: MockProgram;

  before(async () => {
    program = await MockProgram.start();
    new Platform("platform", platformArgs("prod"));
    await program.drained();
  });

  it("keeps the administrator's password secret, and never changes it on the server", () => {
    const server = program.find(TYPE.server, "platform-database");
    assert.deepStrictEqual(server.secretInputs, ["administratorLoginPassword"]);
    assert.ok(server.options.ignoreChanges.includes("administratorLoginPassword"));
    const password = server.inputs["administratorLoginPassword"];
    const holders = program.registrations.filter(({ inputs }) =>
      JSON.stringify(inputs).includes(String(password)),
    );
    assert.deepStrictEqual(holders, [server]);
  });

  it("lets nodes join their subnet before there is a cluster", () => {
    const cluster = program.find(TYPE.cluster, "platform-cluster");
    const right = program.find(TYPE.assignment, "control-plane-nodes");
    assert.ok(program.comesAfter(cluster, right));
  });

  it("uses the cluster only once whoever deploys may administer it", () => {
    const provider = program.find(TYPE.kubernetes, "platform-cluster-kubernetes");
    const right = program.find(TYPE.assignment, "deployer-cluster");
    assert.ok(program.comesAfter(provider, right));
    assert.ok(provider.secretInputs.includes("kubeconfig"));
    assert.match(String(provider.inputs["kubeconfig"]), /- workloadidentity\n/);
  });

  it("has nothing that belongs to one application", () => {
    const types = new Set(program.registrations.map(({ type }) => type));
    for (const type of [
      "azure-native:dbforpostgresql:Database",
      "azure-native:eventgrid:SystemTopicEventSubscription",
      "azure-native:managedidentity:FederatedIdentityCredential",
      "azure-native:monitor:ScheduledQueryRule",
      "kubernetes:core/v1:Namespace",
      "postgresql:index/role:Role",
      "pulumi:providers:postgresql",
    ]) {
      assert.ok(!types.has(type), type);
    }
  });

  it("tells Azure who owns what: application, stack and Pulumi", () => {
    const expected = { application: "app", stack: "dev", "managed-by": "pulumi" };
    for (const { name, inputs } of program.registrations.filter(({ inputs }) => "tags" in inputs)) {
      assert.deepStrictEqual(inputs["tags"], expected, name);
    }
    assert.ok("tags" in program.find(TYPE.group, "platform").inputs);
  });
});
