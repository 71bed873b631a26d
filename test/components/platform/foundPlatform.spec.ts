import assert from "node:assert";
import * as pulumi from "@pulumi/pulumi";
import {
  foundHosts,
  lookUpPlatform,
  platformIdentities,
} from "../../../components/platform/foundPlatform";
import { MOCK_SECRET_VALUE } from "../../../mocks/mockPlatform";
import { type CallAnswer, MockProgram, valueOf } from "../../../mocks/mocks";
import { withMockVault } from "../../../mocks/mockVault";
import { NEEDS, REFERENCE } from "../../support/existingPlatform";
import { type Answers, but, CALL, lookUp, problems, refused, UNFIT } from "../../support/lookUps";

describe("the lookup of a platform that is there", () => {
  it("finds what an application needs, and registers nothing but the provider that it asks through", async () => {
    const { found, program } = await lookUp();
    assert.deepStrictEqual(
      {
        ...found,
        cluster: found.cluster.apiServer,
        databaseServer: { ...found.databaseServer, password: undefined },
      },
      {
        reference: REFERENCE,
        loginId: found.loginId,
        cluster: { server: "https://aks-shared.azmk8s.io:443", authority: "" },
        vault: {
          name: "kv-shared",
          resourceGroupName: "shared",
          uri: "https://kv-shared.vault.azure.net/",
          tenantId: found.vault.tenantId,
        },
        databaseServer: {
          name: "psql-shared",
          resourceGroupName: "shared",
          host: "psql-shared.postgres.database.azure.com",
          version: "17",
          administrator: "shared_admin",
          password: undefined,
        },
        gateway: { address: "203.0.113.20" },
        ranges: { gateway: ["10.80.2.0/24"], endpoints: ["10.80.1.0/28"] },
        registry: "crshared.azurecr.io",
      },
    );
    assert.match(
      found.cluster.kubeconfig,
      /command: kubelogin\n.*\n.*- get-token\n.*\n.*- azurecli/,
    );
    assert.deepStrictEqual(
      program.registrations.filter(({ custom }) => custom).map(({ type, name }) => [type, name]),
      [["pulumi:providers:azure-native", "lookup"]],
    );
  });

  it("reads the administrator's password from its vault and keeps it secret", async () => {
    const { found } = await lookUp();
    assert.strictEqual(await valueOf(found.databaseServer.password), MOCK_SECRET_VALUE);
    assert.ok(await pulumi.isSecret(found.databaseServer.password));
    assert.ok(!JSON.stringify(found.cluster).includes(MOCK_SECRET_VALUE));
  });

  it("asks through one provider for each subscription, in one that is named", async () => {
    const other = "11111111-1111-1111-1111-111111111111";
    const workspaceId = REFERENCE.workspaceId.replace(/[0-9-]{36}/, other);
    const { program } = await lookUp({}, { ...REFERENCE, workspaceId });
    assert.deepStrictEqual(
      program
        .ofType("pulumi:providers:azure-native")
        .map(({ name, inputs }) => [name, inputs["subscriptionId"]]),
      [
        ["lookup", "00000000-0000-0000-0000-000000000000"],
        [`lookup-${other}`, other],
      ],
    );
  });

  describe("of vault secrets that the application is about to take", () => {
    const needs = { ...NEEDS, newSecrets: ["app-blue", "app-green", "app-rotator", "app-retired"] };
    const lookUpIn = async (vault: Parameters<typeof withMockVault>[1]) => {
      const program = await MockProgram.start({
        config: {
          "rotation:gatewayId": REFERENCE.gatewayId,
          "rotation:certificateName": REFERENCE.certificateName,
        },
      });
      try {
        await withMockVault(() => lookUpPlatform(REFERENCE, needs), vault);
      } finally {
        await program.drained();
      }
    };
    async function* versions(...contents: string[]) {
      for (const contentType of contents) {
        yield await Promise.resolve({ contentType });
      }
    }
    const refusedWith = (code: string) => () =>
      Promise.reject(Object.assign(new Error(code), { code }));

    it("takes those that nobody has, or that an attempt before has made", async () => {
      await lookUpIn({});
      await lookUpIn({
        listPropertiesOfSecretVersions: () => versions("password of a PostgreSQL role"),
        getDeletedSecret: () =>
          Promise.resolve({ properties: { contentType: "password of a PostgreSQL role" } }),
      });
    });

    it("refuses those of somebody else, deleted ones too", async () => {
      await assert.rejects(
        lookUpIn({
          listPropertiesOfSecretVersions: (name) =>
            versions(...(name === "app-blue" ? ["text/plain"] : [])),
          getDeletedSecret: (name) =>
            name === "app-retired"
              ? Promise.resolve({ properties: {} })
              : refusedWith("SecretNotFound")(),
        }),
        /rotation:application would take names that the vault kv-shared has for secrets of somebody else: app-blue, app-retired \(deleted, but kept\)\. .*`az keyvault secret delete --vault-name kv-shared --name <name>`/,
      );
    });

    it("takes it that whoever runs `pulumi up` may not see deleted ones", async () => {
      await lookUpIn({ getDeletedSecret: refusedWith("Forbidden") });
    });

    it("says that the others could not be read", async () => {
      async function* refused() {
        yield await refusedWith("Forbidden")();
      }
      await assert.rejects(
        lookUpIn({ listPropertiesOfSecretVersions: refused }),
        /rotation:vaultId cannot be read: which secrets it has/,
      );
    });
  });

  for (const [what, answers, text] of UNFIT) {
    it(`refuses a platform ${what}`, async () => {
      const told = await problems(answers);
      assert.ok(told.length > 0, "it is taken");
      told.forEach((problem) => assert.match(problem, text));
    });
  }

  it("refuses another API server than the one that the stack names", async () => {
    await assert.rejects(
      lookUp({}, { ...REFERENCE, clusterHost: "aks.example.com" }),
      /rotation:clusterHost is aks\.example\.com, and the cluster's API server is aks-shared\.azmk8s\.io: `pulumi config set rotation:clusterHost aks-shared\.azmk8s\.io`/,
    );
  });

  it("refuses PgBouncer only where the application's pods are let through to it", async () => {
    const answers: Answers = {
      [CALL.parameter]: (usual) => ({
        ...usual,
        ...(usual["name"] === "pgbouncer.enabled" && { value: "true" }),
      }),
    };
    assert.deepStrictEqual(await problems(answers), []);
    const [problem, ...others] = await problems(answers, {
      ...NEEDS,
      egress: [6379, 6432].map((port) => ({ range: "10.90.0.4/32", port })),
    });
    assert.match(
      problem!,
      /^rotation:databaseServerId is asked for through PgBouncer: rotation:egr/,
    );
    assert.deepStrictEqual(others, []);
  });

  describe("whose nodes are others', too", () => {
    const pool = {
      count: 1,
      enableAutoScaling: true,
      maxCount: 2,
      maxPods: 30,
      vmSize: "Standard_D4s_v5",
    };
    const needs = {
      ...NEEDS,
      demand: { room: [{ surge: "25%", cpu: 1000, memory: 512 }], replicas: 4 },
    };
    const asked = (...agentPoolProfiles: object[]) =>
      problems({ [CALL.cluster]: but({ agentPoolProfiles }) }, needs);

    it("refuses them where they have no room at their most and without anybody else", async () => {
      const [problem, ...others] = await asked(pool);
      assert.deepStrictEqual(others, []);
      assert.match(
        problem!,
        /^rotation:clusterId has no room for the application: .* are 10 pods that ask for 10\.1 cores and 5\.1 GiB, and its nodes hold 6 of them \(2 x Standard_D4s_v5 with 3\.9 cores and 15\.3 GiB each after what AKS keeps\)\. Lower rotation:replicas or .*`az aks nodepool update --resource-group shared --cluster-name aks-shared --name <pool> --update-cluster-autoscaler --min-count <least> --max-count <most>`\.$/,
      );
    });

    it("takes them with room in all pools together that let pods on", async () => {
      assert.deepStrictEqual(await asked(pool, { ...pool, maxCount: 3 }), []);
      assert.deepStrictEqual(
        await asked(pool, { ...pool, enableAutoScaling: false, count: 3 }),
        [],
      );
      const taint = (nodeTaints: string[]) => ({ ...pool, maxCount: 9, nodeTaints });
      const closed = taint(["CriticalAddonsOnly=true:NoSchedule"]);
      assert.strictEqual((await asked(pool, closed)).length, 1);
      assert.strictEqual(
        (await asked(pool, { ...pool, maxCount: 9, osType: "Windows" })).length,
        1,
      );
      assert.deepStrictEqual(await asked(pool, taint(["busy=true:PreferNoSchedule"])), []);
    });

    it("says nothing of a size that the tables here do not have", async () => {
      assert.deepStrictEqual(await asked(pool, { ...pool, vmSize: "Standard_F8s_v2" }), []);
      assert.deepStrictEqual(await asked(), []);
    });
  });

  it("does not ask a burstable server for PgBouncer, which has no such parameter", async () => {
    const asked: unknown[] = [];
    await lookUp({
      [CALL.server]: but({ sku: { name: "Standard_B1ms", tier: "Burstable" } }),
      [CALL.parameter]: (usual) => {
        asked.push(usual["name"]);
        return usual;
      },
    });
    assert.deepStrictEqual(asked, ["max_connections"]);
  });

  it("takes a private address, and a server that is in no subnet of its own", async () => {
    const { found } = await lookUp({
      [CALL.gateway]: but({ frontendIPConfigurations: [{ privateIPAddress: "10.80.2.10" }] }),
      [CALL.server]: but({ network: { publicNetworkAccess: "Enabled" } }),
    });
    assert.strictEqual(found.gateway.address, "10.80.2.10");
    assert.strictEqual(found.ranges.endpoints, undefined);
  });

  describe("whose server is reached by private endpoints", () => {
    const NETWORK = REFERENCE.gatewayId.replace(/\/applicationGateways.*/, "");
    const endpointId = (name: string) => `${NETWORK}/privateEndpoints/${name}`;
    const connection = (name: string, status = "Approved") => ({
      privateEndpoint: { id: endpointId(name) },
      privateLinkServiceConnectionState: { status },
    });
    /** A server with these connections, and endpoints in subnets that are called like them. */
    const reached = (
      connections: object[],
      network: object = { publicNetworkAccess: "Disabled" },
    ) => ({
      [CALL.server]: but({ network, privateEndpointConnections: connections }),
      [CALL.endpoint]: (({ name }) => ({
        subnet: { id: `${NETWORK}/virtualNetworks/shared/subnets/${String(name)}` },
      })) satisfies CallAnswer,
      [CALL.subnet]: ((usual, asked) => {
        const prefixes: Readonly<Record<string, Record<string, unknown>>> = {
          one: { addressPrefix: "10.80.3.0/28" },
          two: { addressPrefixes: ["10.80.4.0/28", "10.80.5.0/28", "fd00::/64"] },
          six: { addressPrefixes: ["fd00::/64"] },
        };
        return prefixes[String(asked["subnetName"])] ?? usual;
      }) satisfies CallAnswer,
    });
    const endpointsOf = async (answers: Answers) => (await lookUp(answers)).found.ranges.endpoints;

    it("finds the ranges of their subnets, each once", async () => {
      const both = [connection("one"), connection("two"), connection("one")];
      assert.deepStrictEqual(await endpointsOf(reached(both)), [
        ...["10.80.3.0/28", "10.80.4.0/28", "10.80.5.0/28"],
      ]);
    });

    it("leaves out those that nobody approved", async () => {
      const pending = connection("two", "Pending");
      assert.deepStrictEqual(await endpointsOf(reached([connection("one"), pending])), [
        "10.80.3.0/28",
      ]);
    });

    it("says no range where something else leads there, too", async () => {
      const elsewhere = connection("one");
      elsewhere.privateEndpoint.id = endpointId("one").replace(
        /[0-9-]{36}/,
        "1".repeat(8) + "-1111-1111-1111-" + "1".repeat(12),
      );
      for (const answers of [
        reached([connection("one")], { publicNetworkAccess: "Enabled" }),
        reached([connection("one"), elsewhere]),
        reached([]),
        reached([connection("six")]),
        { ...reached([connection("one")]), [CALL.endpoint]: (() => ({})) satisfies CallAnswer },
      ]) {
        assert.strictEqual(await endpointsOf(answers), undefined);
      }
    });

    it("refuses where one may not be read, or is not there", async () => {
      const one = endpointId("one");
      for (const [answer, text] of [
        [
          refused(403, "AuthorizationFailed"),
          `no right to (403). Whoever runs \`pulumi up\` and previews needs the role "Reader" on ${one}.`,
        ],
        [refused(404, "ResourceNotFound"), `there is none (404). Compare the id: ${one}`],
      ] as const) {
        assert.deepStrictEqual(
          await problems({ ...reached([connection("one")]), [CALL.endpoint]: answer }),
          [`rotation:databaseServerId cannot be read: its private endpoint: ${text}`],
        );
      }
    });
  });

  it("refuses egress to what is inside of the cluster, where Cilium decides", async () => {
    const needs = {
      ...NEEDS,
      egress: ["10.244.3.0/24", "10.0.0.10/32", "10.90.0.0/24"].map((range) => ({
        range,
        port: 6379,
      })),
    };
    const profile = (networkProfile: object) => ({ [CALL.cluster]: but({ networkProfile }) });
    const ranges = { podCidr: "10.244.0.0/16", serviceCidr: "10.0.0.0/16" };
    assert.deepStrictEqual(
      (await problems(profile({ ...ranges, networkDataplane: "cilium" }), needs)).map((text) =>
        /^rotation:egress must be outside the cluster: "(\S+)" is within its (\S+),/
          .exec(text)
          ?.slice(1),
      ),
      [
        ["10.244.3.0/24:6379", "10.244.0.0/16"],
        ["10.0.0.10/32:6379", "10.0.0.0/16"],
      ],
    );
    assert.deepStrictEqual(
      await problems(profile({ ...ranges, networkPolicy: "calico" }), needs),
      [],
    );
  });

  it("takes Azure's keys and ids in any case", async () => {
    const config = { effectiveApplicationGatewayId: REFERENCE.gatewayId.toUpperCase() };
    const answers = {
      [CALL.cluster]: but({
        addonProfiles: {
          azurekeyvaultsecretsprovider: { enabled: true },
          IngressApplicationGateway: { enabled: true, config },
        },
      }),
    };
    assert.deepStrictEqual(await problems(answers), []);
  });

  it("tells everything at once, in the order of the keys", async () => {
    const told = await problems({
      [CALL.workspace]: refused(403, "AuthorizationFailed"),
      [CALL.server]: but({ state: "Updating", version: "14" }),
      [CALL.cluster]: refused(404, "ResourceNotFound"),
      [CALL.subnet]: refused(403, "AuthorizationFailed"),
    });
    assert.deepStrictEqual(
      told.map((text) => /^rotation:\w+ (\w+ \w+ \w+|is \w+)/.exec(text)?.[0]),
      [
        "rotation:clusterId cannot be read",
        "rotation:databaseServerId cannot be read",
        "rotation:databaseServerId is Updating, not",
        "rotation:databaseServerId has PostgreSQL 14",
        "rotation:gatewayId cannot be read",
        "rotation:workspaceId cannot be read",
      ].map((text) => /^rotation:\w+ (\w+ \w+ \w+|is \w+)/.exec(text)![0]),
    );
  });

  it("names what makes it another platform by part, and no version that changes while it lives", async () => {
    const before = platformIdentities((await lookUp()).found);
    const changed = async (answers: Answers) => {
      const after = platformIdentities((await lookUp(answers)).found);
      return Object.keys(before).filter(
        (part) => JSON.stringify(before[part]) !== JSON.stringify(after[part]),
      );
    };
    const issuer = { enabled: true, issuerURL: "https://oidc.example.invalid/other/" };
    assert.deepStrictEqual(await changed({ [CALL.cluster]: but({ oidcIssuerProfile: issuer }) }), [
      "platform:cluster",
    ]);
    assert.deepStrictEqual(
      await changed({ [CALL.address]: () => ({ ipAddress: "203.0.113.9" }) }),
      ["platform:gateway"],
    );
    assert.deepStrictEqual(await changed({ [CALL.server]: but({ version: "18" }) }), [
      "platform:database",
    ]);
    const lives = {
      [CALL.cluster]: but({ currentKubernetesVersion: "1.36.0" }),
      [CALL.server]: but({ version: "17.9", minorVersion: "9" }),
      [CALL.gateway]: but({ httpListeners: [{ name: "another" }] }),
    };
    assert.deepStrictEqual(await changed(lives), []);
  });

  it("lets logins go to its own hosts and to no others", async () => {
    const own = foundHosts((await lookUp()).found);
    for (const [place, host] of [
      ["vault", "kv-shared.vault.azure.net"],
      ["database", "psql-shared.postgres.database.azure.com"],
      ["cluster", "aks-shared.azmk8s.io"],
    ] as const) {
      assert.match(host, own[place]);
      assert.doesNotMatch(host.replace(".", "x"), own[place]);
      assert.doesNotMatch(`x${host}`, own[place]);
      assert.doesNotMatch(`${host}.example.com`, own[place]);
    }
  });
});
