import * as assert from "node:assert/strict";
import { invokeShape, type Fields, type Shape } from "../../../twin/azure/arm/shapes";
import { goodSituation } from "../../../twin/azure/arm/situation";
import { isObject } from "../../../twin/plugin/values";
import type { Properties, Value } from "../../../twin/plugin/provider";
import { GROUP } from "../../support/azureCloud";
import { ROLE, RuleSuite } from "../../support/azurePlatform";

/** Every function that looks something up, with what it is asked for and where that is. */
const LOOKUPS: readonly (readonly [name: string, args: Record<string, string>, path: string])[] = [
  [
    "containerservice:getManagedCluster",
    { resourceName: "aks" },
    "Microsoft.ContainerService/managedClusters/aks",
  ],
  ["keyvault:getVault", { vaultName: "kv-rules" }, "Microsoft.KeyVault/vaults/kv-rules"],
  [
    "dbforpostgresql:getServer",
    { serverName: "psql" },
    "Microsoft.DBforPostgreSQL/flexibleServers/psql",
  ],
  [
    "dbforpostgresql:getConfiguration",
    { serverName: "psql", configurationName: "max_connections" },
    "Microsoft.DBforPostgreSQL/flexibleServers/psql/configurations/max_connections",
  ],
  [
    "network:getApplicationGateway",
    { applicationGatewayName: "agw" },
    "Microsoft.Network/applicationGateways/agw",
  ],
  [
    "network:getPublicIPAddress",
    { publicIpAddressName: "pip" },
    "Microsoft.Network/publicIPAddresses/pip",
  ],
  [
    "network:getPrivateEndpoint",
    { privateEndpointName: "pep" },
    "Microsoft.Network/privateEndpoints/pep",
  ],
  [
    "network:getSubnet",
    { virtualNetworkName: "vnet", subnetName: "gateway" },
    "Microsoft.Network/virtualNetworks/vnet/subnets/gateway",
  ],
  [
    "operationalinsights:getWorkspace",
    { workspaceName: "log-rules" },
    "Microsoft.OperationalInsights/workspaces/log-rules",
  ],
  [
    "managedidentity:getUserAssignedIdentity",
    { resourceName: "id-aks" },
    "Microsoft.ManagedIdentity/userAssignedIdentities/id-aks",
  ],
  [
    "containerregistry:getRegistry",
    { registryName: "crrules" },
    "Microsoft.ContainerRegistry/registries/crrules",
  ],
];

describe("what azure-native looks up", () => {
  const suite = new RuleSuite();

  before(async () => {
    const { bench, good } = suite;
    await bench.create("keyvault:Vault", good.vault(bench.cloud.tenantId));
    await bench.create("dbforpostgresql:Server", good.server);
    await bench.create("network:PrivateEndpoint", {
      resourceGroupName: GROUP,
      privateEndpointName: "pep",
      subnet: { id: suite.platform.nodes.id },
      privateLinkServiceConnections: [
        {
          name: "database",
          privateLinkServiceId: good.id("Microsoft.DBforPostgreSQL/flexibleServers/psql"),
          groupIds: ["postgresqlServer"],
        },
      ],
    });
    await bench.create("operationalinsights:Workspace", {
      resourceGroupName: GROUP,
      workspaceName: "log-rules",
      sku: { name: "PerGB2018" },
      retentionInDays: 30,
    });
    await bench.create("containerregistry:Registry", {
      resourceGroupName: GROUP,
      registryName: "crrules",
      sku: { name: "Premium" },
    });
  });

  afterEach(() => {
    suite.bench.cloud.situation = goodSituation(suite.bench.cloud.subscriptionId);
  });

  const ask = (name: string, args: Properties): Promise<Properties> =>
    suite.bench.provider.invoke(`azure-native:${name}`, { resourceGroupName: GROUP, ...args });
  const configuration = (configurationName: string, serverName = "psql") =>
    ask("dbforpostgresql:getConfiguration", { serverName, configurationName });

  for (const [name, args, path] of LOOKUPS) {
    describe(name, () => {
      it("answers with what the SDK says is always there, and with nothing that it does not know", async () => {
        const { result } = invokeShape(`azure-native:${name}`);
        const answer = await ask(name, args);
        assert.equal(answer["id"], suite.good.id(path));
        assert.deepEqual(lacking(result, answer), KNOWN_GAPS[name] ?? []);
        assert.deepEqual(
          Object.keys(answer).filter((key) => !result.has(key)),
          [],
        );
      });

      it("refuses whoever has no role there, whether the resource exists or not", async () => {
        const { cloud } = suite.bench;
        cloud.situation.roles = [{ role: ROLE.reader, scope: `${suite.good.id("")}elsewhere` }];
        const [id, type] = [suite.good.id(path), typeOf(path)];
        await assert.rejects(ask(name, args), {
          message:
            `request failed ${id}: Status=403 Code="AuthorizationFailed" Message="The client ` +
            `'${cloud.deployer.objectId}' with object id '${cloud.deployer.objectId}' does not have ` +
            `authorization to perform action '${type}/read' over scope '${id}' or the scope is ` +
            'invalid. If access was recently granted, please refresh your credentials."',
        });
        const other = { ...args, [Object.keys(args)[0]!]: "other" };
        await assert.rejects(ask(name, other), /Status=403 Code="AuthorizationFailed"/);
      });

      it("refuses what the situation closes, and answers a reader of everything else", async () => {
        const { situation } = suite.bench.cloud;
        situation.roles = [
          { role: ROLE.reader, scope: `/subscriptions/${suite.good.subscriptionId}` },
        ];
        await ask(name, args);
        situation.unreadable.add(suite.good.id(path).toUpperCase());
        await assert.rejects(ask(name, args), /Status=403 Code="AuthorizationFailed"/);
      });

      it("does not take what the twin would ignore, nor less than it needs", async () => {
        await assert.rejects(ask(name, { ...args, expand: "all" }), /knows no argument expand/);
        const [first = "", ...others] = Object.entries(args);
        await assert.rejects(
          ask(name, Object.fromEntries(others)),
          new RegExp(`missing required argument ${first[0]}`),
        );
      });
    });
  }

  describe("of what is not there", () => {
    const rows: readonly (readonly [what: string, name: string, args: Properties, text: string])[] =
      [
        [
          "a resource",
          "keyvault:getVault",
          { vaultName: "kv-other" },
          'Code="ResourceNotFound" Message="The Resource \'Microsoft.KeyVault/vaults/kv-other\' under ' +
            `resource group '${GROUP}' was not found. For more details please go to ` +
            'https://aka.ms/ARMResourceNotFoundFix"',
        ],
        [
          "a group",
          "keyvault:getVault",
          { resourceGroupName: "other", vaultName: "kv-rules" },
          'Code="ResourceGroupNotFound" Message="Resource group \'other\' could not be found."',
        ],
        [
          "a part of what is there",
          "network:getSubnet",
          { virtualNetworkName: "vnet", subnetName: "other" },
          'Code="ResourceNotFound" Message="The requested resource of type ' +
            "'Microsoft.Network/virtualNetworks/subnets' with name 'other' was not found.\"",
        ],
        [
          "a part of what is not there",
          "dbforpostgresql:getConfiguration",
          { serverName: "other", configurationName: "max_connections" },
          'Code="ParentResourceNotFound" Message="Failed to perform \'read\' on resource(s) of type ' +
            "'flexibleServers/configurations', because the parent resource '",
        ],
        [
          "the credentials of a cluster",
          "containerservice:listManagedClusterUserCredentials",
          { resourceName: "other" },
          'Code="ResourceNotFound" Message="The Resource \'Microsoft.ContainerService/managedClusters/other\'',
        ],
      ];
    for (const [what, name, args, text] of rows) {
      it(`says so: ${what}`, async () => {
        await assert.rejects(ask(name, args), ({ message }: Error) => {
          assert.match(message, /^request failed \/subscriptions\//);
          assert.ok(message.includes(`Status=404 ${text}`), message);
          return true;
        });
      });
    }
  });

  it("hands out no credentials of a cluster to a reader", async () => {
    const { situation } = suite.bench.cloud;
    situation.roles = [{ role: ROLE.reader, scope: `/subscriptions/${suite.good.subscriptionId}` }];
    await assert.rejects(
      ask("containerservice:listManagedClusterUserCredentials", { resourceName: "aks" }),
      /aks\/listClusterUserCredential: Status=403.*managedClusters\/listClusterUserCredential\/action/,
    );
  });

  it("names the private endpoints of a server, and where each is", async () => {
    const server = await ask("dbforpostgresql:getServer", { serverName: "psql" });
    const [connection, ...others] = server["privateEndpointConnections"] as Properties[];
    assert.deepEqual(others, []);
    const { id } = connection!["privateEndpoint"] as Properties;
    assert.equal(id, suite.good.id("Microsoft.Network/privateEndpoints/pep"));
    assert.equal(
      (connection!["privateLinkServiceConnectionState"] as Properties)["status"],
      "Approved",
    );
    const endpoint = await ask("network:getPrivateEndpoint", { privateEndpointName: "pep" });
    assert.equal((endpoint["subnet"] as Properties)["id"], suite.platform.nodes.id);
  });

  it("never answers with a password", async () => {
    const answer = await ask("dbforpostgresql:getServer", { serverName: "psql" });
    assert.equal(answer["administratorLogin"], "pgadmin");
    const password = suite.good.server["administratorLoginPassword"] as string;
    assert.ok(!JSON.stringify(answer).includes(password));
  });

  it("shows a gateway as the ingress controller left it", async () => {
    const { bench } = suite;
    const gateway = () => ask("network:getApplicationGateway", { applicationGatewayName: "agw" });
    const listeners = async () =>
      ((await gateway())["httpListeners"] as Properties[]).map(({ name }) => name);
    assert.deepEqual(await listeners(), ["listener"]);
    bench.neighbours.gatewayConfiguration.listeners = [
      { name: "fl-app", host: "app.test", port: 80, certificate: undefined },
    ];
    try {
      assert.deepEqual(await listeners(), ["fl-app"]);
    } finally {
      bench.neighbours.gatewayConfiguration.listeners = [];
    }
  });

  describe("of server parameters", () => {
    it("shows one that nobody set as the system's, and one that was set as it is", async () => {
      const before = await configuration("pgbouncer.enabled");
      assert.deepEqual([before["source"], before["name"]], ["system-default", "pgbouncer.enabled"]);
      assert.equal(before["defaultValue"], before["value"]);
      const set = await suite.bench.create("dbforpostgresql:Configuration", {
        resourceGroupName: GROUP,
        serverName: "psql",
        configurationName: "log_checkpoints",
        value: "off",
      });
      const after = await configuration("log_checkpoints");
      assert.deepEqual([after["source"], after["value"]], ["user-override", "off"]);
      await suite.bench.delete("dbforpostgresql:Configuration", set);
    });

    it("has none that the server has not", async () => {
      await assert.rejects(configuration("unheard_of"), /Status=404 Code="ResourceNotFound"/);
    });

    it("hides PgBouncer on burstable servers, which cannot have it", async () => {
      await suite.bench.create("dbforpostgresql:Server", {
        ...suite.good.server,
        serverName: "psql-small",
        sku: { name: "Standard_B1ms", tier: "Burstable" },
      });
      await assert.rejects(
        configuration("pgbouncer.enabled", "psql-small"),
        /Status=404 Code="ResourceNotFound".*'pgbouncer.enabled' was not found/,
      );
      await configuration("max_connections", "psql-small");
    });
  });
});

/** Required properties, by path, that the twin has no values for and does not make up. */
const KNOWN_GAPS: Readonly<Record<string, readonly string[]>> = {
  // Azure has them of a system-assigned identity only.
  "containerservice:getManagedCluster": ["identity.principalId", "identity.tenantId"],
  "network:getApplicationGateway": ["backendAddressPools[].backendIPConfigurations"],
  // Azure names the subnet, and nothing of it.
  "network:getPrivateEndpoint": [
    "subnet.ipConfigurationProfiles",
    "subnet.ipConfigurations",
    "subnet.privateEndpoints",
    "subnet.provisioningState",
    "subnet.purpose",
    "subnet.resourceNavigationLinks",
    "subnet.serviceAssociationLinks",
  ],
  "network:getPublicIPAddress": ["ipConfiguration.provisioningState"],
  "network:getSubnet": ["applicationGatewayIPConfigurations[].provisioningState"],
};

/** Paths of properties that have to be there and are not. */
function lacking(fields: Fields, value: Properties, at = ""): string[] {
  return [...fields].flatMap(([name, { shape, required }]) => {
    const found = value[name];
    if (found === undefined || found === null) {
      // Parts of a resource have neither entity tag nor type in the twin.
      const isLeftOut = at !== "" && ["etag", "eTag", "type"].includes(name);
      return required && !isLeftOut ? [at + name] : [];
    }
    return lackingIn(shape, found, at + name);
  });
}

function lackingIn(shape: Shape, value: Value, at: string): string[] {
  switch (shape.kind) {
    case "object":
      return isObject(value) ? lacking(shape.fields, value, `${at}.`) : [at];
    case "array":
      return Array.isArray(value)
        ? value.flatMap((item) => lackingIn(shape.items, item, `${at}[]`))
        : [at];
    case "map":
      return isObject(value)
        ? Object.values(value).flatMap((item) => lackingIn(shape.values, item, `${at}{}`))
        : [at];
    case "any":
      return [];
    default:
      return typeof value === shape.kind ? [] : [at];
  }
}

/** `Microsoft.Network/virtualNetworks/subnets` of the end of an id. */
function typeOf(path: string): string {
  const [namespace, ...parts] = path.split("/");
  return [namespace, ...parts.filter((_, index) => index % 2 === 0)].join("/");
}
