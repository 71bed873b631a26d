import assert from "node:assert";
import { ask } from "../../../support/loopback";
import { AzureBench, GROUP } from "../../../support/azureCloud";
import { AUDIENCES } from "../../../../twin/azure/reads/answer";
import { Reads } from "../../../../twin/azure/reads/reads";
import { RESOURCE_TYPES } from "../../../../twin/azure/resourceTypes";

const READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7";

interface Said {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly headers: Record<string, unknown>;
}

describe("what Resource Manager answers to questions", () => {
  let bench: AzureBench;
  let reads: Reads;

  before(async () => {
    bench = await AzureBench.start();
    reads = await Reads.start(bench.cloud, { types: [...RESOURCE_TYPES.values()] });
  });

  after(async () => {
    await reads.stop();
    await bench.stop();
  });

  afterEach(() => reads.mend());

  /** Asks as somebody, the deployer when not said. */
  async function asked(
    path: string,
    {
      method = "GET",
      principal = bench.cloud.deployer.objectId,
      audience = String(AUDIENCES.resourceManager),
      query = "?api-version=2024-05-01",
      host = "management.azure.com",
      body = undefined as object | undefined,
    } = {},
  ): Promise<Said> {
    const token = bench.cloud.entra.issue(principal, audience);
    const {
      status,
      body: text,
      headers,
    } = await ask(reads.address, host, {
      method,
      path: `${path}${query}`,
      authority: bench.cloud.world.authority.certificate,
      headers: { authorization: `Bearer ${token}` },
      ...(body && { body: JSON.stringify(body) }),
    });
    return { status, headers, body: (text === "" ? {} : JSON.parse(text)) as Said["body"] };
  }

  const codeOf = ({ status, body }: Said) => [status, (body["error"] as { code: string }).code];
  const subscription = () => `/subscriptions/${bench.cloud.subscriptionId}`;

  it("refuses a token for somebody else, a question without API version, and another subscription", async () => {
    const path = subscription();
    for (const [said, code] of [
      [await asked(path, { audience: AUDIENCES.graph }), [401, "AuthenticationFailed"]],
      [await asked(path, { query: "" }), [400, "MissingApiVersionParameter"]],
      [await asked("/subscriptions/other/providers"), [404, "SubscriptionNotFound"]],
    ] as const) {
      assert.deepStrictEqual(codeOf(said), code);
    }
  });

  it("answers nobody who has no role, and a reader nothing that is an action", async () => {
    const stranger = await asked(subscription(), {
      principal: bench.cloud.directory.add().objectId,
    });
    assert.deepStrictEqual(codeOf(stranger), [403, "AuthorizationFailed"]);
    reads.situation.roles = [{ role: READER, scope: subscription() }];
    assert.strictEqual((await asked(subscription())).status, 200);
    const name = `${subscription()}/providers/Microsoft.DBforPostgreSQL/checkNameAvailability`;
    const action = await asked(name, { method: "POST", body: { name: "psql" } });
    assert.deepStrictEqual(codeOf(action), [403, "AuthorizationFailed"]);
  });

  it("does not know what it was not taught", async () => {
    const said = await asked(`${subscription()}/providers/Microsoft.Fruit/apples/a/peel/b`);
    assert.deepStrictEqual(codeOf(said), [400, "NotInTwin"]);
  });

  it("shows resources as ARM has them, with properties in one place, and their lists", async () => {
    await bench.create("network:VirtualNetwork", {
      resourceGroupName: GROUP,
      virtualNetworkName: "vnet",
      addressSpace: { addressPrefixes: ["10.0.0.0/16"] },
    });
    const path = `${subscription()}/resourceGroups/${GROUP}/providers/Microsoft.Network/virtualNetworks`;
    const { body } = await asked(`${path}/vnet`);
    assert.deepStrictEqual(
      [body["name"], body["type"], body["location"]],
      ["vnet", "Microsoft.Network/virtualNetworks", "westeurope"],
    );
    const properties = body["properties"] as Record<string, unknown>;
    assert.deepStrictEqual(properties["addressSpace"], { addressPrefixes: ["10.0.0.0/16"] });
    const list = await asked(`${subscription()}/providers/Microsoft.Network/virtualNetworks`);
    assert.deepStrictEqual(
      (list.body["value"] as { name: string }[]).map(({ name }) => name),
      ["vnet"],
    );
    assert.deepStrictEqual(codeOf(await asked(`${path}/other`)), [404, "ResourceNotFound"]);
    const group = await asked(`${subscription()}/resourceGroups/other`);
    assert.deepStrictEqual(codeOf(group), [404, "ResourceGroupNotFound"]);
  });

  it("says where everything is to whoever only knows its address", async () => {
    const { body } = await asked("/metadata/endpoints", { query: "?api-version=2022-09-01" });
    assert.strictEqual(body["resourceManager"], `https://${reads.address}/`);
  });

  it("refuses a template that depends on what is not in it, or lacks a parameter", async () => {
    const path = `${subscription()}/resourceGroups/${GROUP}/providers/Microsoft.Resources/deployments/d/validate`;
    const validated = (template: object, parameters = {}) =>
      asked(path, { method: "POST", body: { properties: { template, parameters } } });
    const network = { type: "Microsoft.Network/virtualNetworks", name: "a" };
    for (const [template, text] of [
      [
        { resources: [{ ...network, dependsOn: [`${subscription()}/elsewhere`] }] },
        /'\S+\/elsewhere', on which '\S+\/virtualNetworks\/a' depends, is not defined/,
      ],
      [
        { parameters: { secret: { type: "securestring" } }, resources: [network] },
        /The value for the template parameter 'secret' is not provided/,
      ],
      [{ resources: [{ ...network, name: "a/b" }] }, /another number of segments/],
    ] as const) {
      const said = await validated(template);
      assert.deepStrictEqual(codeOf(said), [400, "InvalidTemplate"]);
      assert.match((said.body["error"] as { message: string }).message, text);
    }
    assert.strictEqual((await validated({ resources: [network] })).status, 200);
  });

  it("lets a what-if take its time, and gives its answer once", async () => {
    const path = `${subscription()}/resourceGroups/${GROUP}/providers/Microsoft.Resources/deployments/d/whatIf`;
    const template = { resources: [{ type: "Microsoft.Network/natGateways", name: "a" }] };
    const first = await asked(path, { method: "POST", body: { properties: { template } } });
    assert.strictEqual(first.status, 202);
    const { pathname } = new URL(String(first.headers["location"]));
    const { status, body } = await asked(pathname);
    assert.deepStrictEqual([status, body["status"]], [200, "Succeeded"]);
    assert.deepStrictEqual(codeOf(await asked(pathname)), [400, "NotInTwin"]);
  });

  it("has a registry that asks for a token of its own", async () => {
    const host = "cr.azurecr.io";
    const path = "/v2/rotation/app/manifests/1.0.0";
    const { status, headers } = await asked(path, { host, method: "HEAD", query: "" });
    assert.strictEqual(status, 401);
    assert.match(
      String(headers["www-authenticate"]),
      /^Bearer realm="https:\/\/cr\.azurecr\.io\/oauth2\/token",service="cr\.azurecr\.io",scope="repository:rotation\/app:pull"$/,
    );
  });
});
