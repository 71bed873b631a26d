import assert from "node:assert";
import { Gateway } from "../../../components/platform/gateway";
import { Network } from "../../../components/platform/network";
import { PROFILES } from "../../../components/platform/profiles";
import { azureProvider } from "../../../twin/azure";
import { DEFAULT_HOSTS, GIVEN, makeGiven } from "../../../twin/azure/given";
import { AzureBench, GROUP, LOCATION } from "../../support/azureCloud";
import { EngineStack } from "../../support/engine";

const SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000000";
const SHARED = `${SUBSCRIPTION}/resourceGroups/${GIVEN.group}/providers`;

interface Settings {
  readonly mostCapacity?: number;
  readonly location?: string;
  readonly maintenance?: boolean;
  readonly grantSeconds?: number;
}

/** The two components as the platform has them, so that Azure's rules hold for them as well. */
function program({
  mostCapacity = 2,
  location = LOCATION,
  maintenance = false,
  grantSeconds = 0,
}: Settings) {
  return () => {
    const scope = {
      naming: { application: "app", stack: "dev" },
      profile: { ...PROFILES.dev, gateway: { leastCapacity: 0, mostCapacity } },
      resourceGroupName: GROUP,
      resourceGroupId: `${SUBSCRIPTION}/resourceGroups/${GROUP}`,
      location,
      tags: {},
      deployer: { objectId: "o", tenantId: "t", type: "ServicePrincipal", ranges: [] },
      grantSeconds,
      administrators: { groupId: "g", groupName: "admins" },
    } as const;
    const network = new Network("network", {
      scope: { ...scope, location: LOCATION },
      ranges: {
        network: "10.60.0.0/20",
        nodes: "10.60.0.0/22",
        gateway: "10.60.4.0/24",
        endpoints: "10.60.5.0/26",
        pods: "10.244.0.0/16",
        services: "10.61.0.0/20",
      },
      runnerNetworkId: `${SHARED}/Microsoft.Network/virtualNetworks/${GIVEN.network}`,
    });
    new Gateway("gateway", {
      scope,
      subnetId: network.gatewaySubnetId,
      certificate: {
        resourceId: `${SHARED}/Microsoft.KeyVault/vaults/${GIVEN.vault}/secrets/${GIVEN.secret}`,
        secretId: `https://${GIVEN.vault}.vault.azure.net/secrets/${GIVEN.secret}`,
      },
      maintenance,
    });
  };
}

describe("A second write of the gateway under the real engine", function () {
  this.timeout(180_000);
  let bench: AzureBench;
  let stack: EngineStack;

  before(async () => {
    bench = await AzureBench.start();
    await makeGiven(bench.cloud, DEFAULT_HOSTS);
    const create = () => azureProvider(bench.cloud);
    stack = await EngineStack.start([{ name: "azure-native", version: "3.28.0", create }]);
    const operations = await stack.up(program({}));
    assert.ok(operations.includes("create ApplicationGateway gateway"), operations.join("\n"));
  });

  after(async () => {
    await stack.stop();
    await bench.stop();
  });

  const writes = () => bench.neighbours.calls.filter((call) => call.startsWith("reset gateway"));

  const refused = (reason: RegExp) => (error: Error) => {
    assert.match(error.message, reason);
    assert.match(
      error.message,
      /config set rotation:maintenance gateway\s+pulumi up\s+pulumi config rm rotation:maintenance/,
    );
    return true;
  };

  it("does not happen when nothing changed", async () => {
    assert.deepStrictEqual(await stack.up(program({})), []);
  });

  it("is refused in the preview and in the run, with what changed and how to declare it", async () => {
    const changed = program({ mostCapacity: 5 });
    const refusal = refused(/would update the .*, because of a change of autoscaleConfiguration\./);
    await assert.rejects(() => stack.preview(changed), refusal);
    await assert.rejects(() => stack.up(changed), refusal);
    assert.deepStrictEqual(writes(), []);
  });

  it("is refused when it would be another gateway", async () => {
    const elsewhere = program({ location: "northeurope" });
    const refusal = refused(/would replace the .*, because of a change of location\./);
    await assert.rejects(() => stack.preview(elsewhere), refusal);
    await assert.rejects(() => stack.up(elsewhere), refusal);
    assert.deepStrictEqual(await stack.up(program({})), []);
  });

  it("happens in a declared maintenance run, and replaces what the controller wrote", async () => {
    const changed = program({ mostCapacity: 5, maintenance: true });
    assert.deepStrictEqual(await stack.up(changed), ["update ApplicationGateway gateway"]);
    assert.deepStrictEqual(writes(), ["reset gateway agw-app-dev"]);
    assert.deepStrictEqual(await stack.up(program({ mostCapacity: 5 })), []);
  });

  it("is not what destroying the stack is taken for", async () => {
    const operations = await stack.destroy();
    assert.ok(operations.includes("delete ApplicationGateway gateway"), operations.join("\n"));
  });
});

describe("A gateway whose right to its certificate works late, under the real engine", function () {
  this.timeout(180_000);
  // Longer than a busy machine takes from the grant to the gateway.
  const LATE_SECONDS = 12;
  let bench: AzureBench;
  let stack: EngineStack;

  beforeEach(async () => {
    bench = await AzureBench.start(LATE_SECONDS * 1000);
    await makeGiven(bench.cloud, DEFAULT_HOSTS);
    const create = () => azureProvider(bench.cloud);
    stack = await EngineStack.start([{ name: "azure-native", version: "3.28.0", create }]);
  });

  afterEach(async () => {
    await stack.stop();
    await bench.stop();
  });

  it("is waited for, and made at once", async () => {
    const operations = await stack.up(program({ grantSeconds: LATE_SECONDS }));
    assert.ok(operations.includes("create ApplicationGateway gateway"), operations.join("\n"));
    assert.strictEqual(bench.neighbours.gateways.length, 1);
  });

  it("fails without the wait, and is mended by the next run of a stack that never completed", async () => {
    await assert.rejects(() => stack.up(program({})), /InternalServerError/);
    await assert.rejects(() => stack.up(program({})), /because it is incomplete/);
    const isFirst = program({ maintenance: true, grantSeconds: LATE_SECONDS });
    const mended = await stack.up(isFirst);
    assert.ok(mended.includes("update ApplicationGateway gateway"), mended.join("\n"));
    assert.deepStrictEqual(await stack.up(program({})), []);
  });
});
