import assert from "node:assert";
import * as pulumi from "@pulumi/pulumi";
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

  it("refuses wrong arguments before anything is made, all of them at once", async () => {
    const wrong = await MockProgram.start();
    const good = platformArgs("prod");
    const refused = {
      ...good,
      application: "My-Shop",
      location: "atlantis",
      ranges: { ...good.ranges, nodes: "10.60.0.1/22" },
      database: { version: "9", size: "Standard_B2s" },
      deployer: { ...good.deployer, ranges: ["10.0.0.0/8"], runnerNetworkId: undefined },
    };
    assert.throws(
      () => new Platform("platform", refused),
      (error: pulumi.InputPropertiesError) => {
        assert.ok(pulumi.InputPropertiesError.isInstance(error));
        assert.deepStrictEqual(
          error.errors.map(({ propertyPath }) => propertyPath),
          [
            "application",
            "location",
            "ranges",
            "database.version",
            "database.size",
            "deployer.ranges",
            "deployer.runnerNetworkId",
            "deployer.ranges",
          ],
        );
        for (const { propertyPath, reason } of error.errors) {
          assert.ok(error.message.includes(`- ${propertyPath}: ${reason}`));
        }
        return true;
      },
    );
    await wrong.drained();
    assert.deepStrictEqual(
      wrong.registrations.filter(({ custom }) => custom),
      [],
    );
  });

  it("wants to know in profile dev from which addresses it is deployed", async () => {
    const open = await MockProgram.start();
    const args = platformArgs("dev");
    assert.throws(
      () => new Platform("platform", { ...args, deployer: { ...args.deployer, ranges: [] } }),
      /deployer\.ranges: must contain the public ranges/,
    );
    await open.drained();
  });

  it("has nothing that belongs to one application", () => {
    const types = new Set(program.registrations.map(({ type }) => type));
    for (const type of [
      "azure-native:dbforpostgresql:Database",
      "azure-native:eventgrid:SystemTopicEventSubscription",
      "azure-native:managedidentity:FederatedIdentityCredential",
      "kubernetes:core/v1:Namespace",
      "postgresql:index/role:Role",
      "pulumi:providers:postgresql",
    ]) {
      assert.ok(!types.has(type), type);
    }
    for (const { inputs } of program.ofType("azure-native:monitor:ScheduledQueryRule")) {
      assert.doesNotMatch(JSON.stringify(inputs["criteria"]), /\bapp[-_"\\]/);
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
