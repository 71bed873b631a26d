import assert from "node:assert";
import * as pulumi from "@pulumi/pulumi";
import { foundHosts, platformIdentities } from "../../../components/platform/foundPlatform";
import { MOCK_SECRET_VALUE } from "../../../mocks/mockPlatform";
import { valueOf } from "../../../mocks/mocks";
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
        ranges: { gateway: "10.80.2.0/24", endpoints: "10.80.1.0/28" },
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
    const [problem, ...others] = await problems(answers, { ...NEEDS, ports: [6379, 6432] });
    assert.match(
      problem!,
      /^rotation:databaseServerId is asked for through PgBouncer: rotation:egr/,
    );
    assert.deepStrictEqual(others, []);
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
