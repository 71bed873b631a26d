import * as assert from "node:assert/strict";
import type { Properties } from "../../../twin/plugin/provider";
import { GROUP, textOf } from "../../support/azureCloud";
import { ROLE, RuleSuite } from "../../support/azurePlatform";

const CLUSTER = "containerservice:ManagedCluster";
const SERVER = "dbforpostgresql:Server";

describe("rules for clusters and databases in the twin", () => {
  const suite = new RuleSuite();
  const events = (event: string) => suite.bench.journal.filter((entry) => entry.event === event);

  describe("a cluster", () => {
    const cluster = (change: Properties) => () => ({
      ...suite.good.cluster,
      resourceName: "other",
      ...change,
    });
    const pool = (change: Properties) => () => {
      const [system] = suite.good.cluster["agentPoolProfiles"] as Properties[];
      return cluster({ agentPoolProfiles: [{ ...system, ...change }] })();
    };
    suite.refuses([
      ["a cluster without a system pool", CLUSTER, pool({ mode: "User" }), /mode System/],
      ["a pool name with capitals", CLUSTER, pool({ name: "System" }), /agent pool name 'System'/],
      [
        "a pool with limits but no autoscaling",
        CLUSTER,
        pool({ maxCount: 3 }),
        /minCount and maxCount/,
      ],
      [
        "a Kubernetes version that is out of support",
        CLUSTER,
        cluster({ kubernetesVersion: "1.30" }),
        /K8sVersionNotSupported/,
      ],
      [
        "workload identity without an issuer",
        CLUSTER,
        cluster({ oidcIssuerProfile: { enabled: false } }),
        /needs oidcIssuerProfile/,
      ],
      [
        "a cluster that nobody could log in to",
        CLUSTER,
        cluster({ disableLocalAccounts: true }),
        /needs aadProfile\.managed/,
      ],
      [
        "an overlay without the azure plugin",
        CLUSTER,
        cluster({ networkProfile: { networkPluginMode: "overlay", networkPlugin: "none" } }),
        /needs networkPlugin azure/,
      ],
      [
        "cilium policies without its data plane",
        CLUSTER,
        cluster({ networkProfile: { networkPolicy: "cilium" } }),
        /needs networkDataplane cilium/,
      ],
      [
        "service addresses within a subnet",
        CLUSTER,
        cluster({ networkProfile: { serviceCidr: "10.0.0.0/24", dnsServiceIP: "10.0.0.10" } }),
        /ServiceCidrOverlapExistingSubnetsCidr/,
      ],
      [
        "an add-on that the twin does not have",
        CLUSTER,
        cluster({ addonProfiles: { httpApplicationRouting: { enabled: true } } }),
        /no add-on httpApplicationRouting/,
      ],
      [
        "a setting that is no text",
        CLUSTER,
        cluster({
          addonProfiles: {
            azureKeyvaultSecretsProvider: {
              enabled: true,
              config: { enableSecretRotation: "yes" },
            },
          },
        }),
        /cannot have enableSecretRotation = "yes"/,
      ],
      [
        "an ingress add-on whose gateway does not exist",
        CLUSTER,
        cluster({
          addonProfiles: {
            ingressApplicationGateway: {
              enabled: true,
              config: { applicationGatewayId: "/subscriptions/none" },
            },
          },
        }),
        /InvalidResourceReference/,
      ],
    ]);

    it("refuses an identity that may not join the subnet yet", async () => {
      const identity = await suite.bench.identity("id-late");
      const inputs = cluster({
        dnsPrefix: "late",
        resourceName: "late",
        identity: { type: "UserAssigned", userAssignedIdentities: [identity.id] },
      })();
      await assert.rejects(
        suite.bench.create(CLUSTER, inputs),
        /LinkedAuthorizationFailed.*subnets\/join\/action/,
      );
      await suite.bench.grant(
        identity.outputs["principalId"] as string,
        ROLE.networkContributor,
        suite.platform.nodes.id,
      );
      await suite.bench.create(CLUSTER, inputs);
    });

    it("has an issuer with a slash at the end, which it gives to what runs it", () => {
      const { issuerURL } = suite.platform.cluster.outputs["oidcIssuerProfile"] as Properties;
      const { tenantId } = suite.bench.cloud;
      assert.match(
        textOf(issuerURL),
        new RegExp(
          `^https://westeurope\\.oic\\.prod-aks\\.azure\\.com/${tenantId}/[0-9a-f-]{36}/$`,
        ),
      );
      assert.equal(suite.bench.neighbours.clusters[0]?.issuer, issuerURL);
    });

    it("keeps its add-ons' identities in a group of its own", () => {
      const { ingressApplicationGateway } = suite.platform.cluster.outputs[
        "addonProfiles"
      ] as Record<string, Properties>;
      const { resourceId, objectId } = ingressApplicationGateway!["identity"] as Properties;
      assert.match(
        textOf(resourceId),
        /resourceGroups\/MC_rg_aks_westeurope\/.*\/ingressapplicationgateway-aks$/,
      );
      assert.ok(suite.bench.cloud.directory.find(textOf(objectId)));
    });

    it("gives its kubeconfig away in base64", async () => {
      const token = "azure-native:containerservice:listManagedClusterUserCredentials";
      const args = { resourceGroupName: GROUP, resourceName: "aks" };
      const { kubeconfigs } = await suite.bench.provider.invoke(token, args);
      const [{ value }] = kubeconfigs as [Properties];
      assert.equal(Buffer.from(textOf(value), "base64").toString(), "kubeconfig of aks");
      await assert.rejects(
        async () => suite.bench.provider.invoke(token, { ...args, resourceName: "x" }),
        /ResourceNotFound/,
      );
    });

    it("lets its ingress controller work once it has all its roles, and says what it lacks", async () => {
      const profiles = suite.platform.cluster.outputs["addonProfiles"] as Record<
        string,
        Properties
      >;
      const { objectId } = profiles["ingressApplicationGateway"]!["identity"] as {
        objectId: string;
      };
      const group = suite.good.id("").replace(/\/providers\/$/, "");
      assert.match(
        String(events("not permitted")[0]?.detail["lacking"]),
        /applicationGateways\/write.*resourceGroups\/read.*subnets\/join/,
      );
      await suite.bench.grant(objectId, ROLE.contributor, suite.platform.gateway.id);
      await suite.bench.grant(objectId, ROLE.reader, group);
      assert.deepEqual(events("attached"), []);
      await suite.bench.grant(objectId, ROLE.networkContributor, suite.platform.subnet.id);
      assert.equal(events("attached").length, 1);
      assert.ok(suite.bench.neighbours.calls.includes("attach to gateway agw"));
    });

    it("takes its own group along when it goes", async () => {
      const identity = await suite.bench.identity("id-brief");
      await suite.bench.grant(
        identity.outputs["principalId"] as string,
        ROLE.networkContributor,
        suite.platform.nodes.id,
      );
      const brief = await suite.bench.create(
        CLUSTER,
        cluster({
          resourceName: "brief",
          identity: { type: "UserAssigned", userAssignedIdentities: [identity.id] },
        })(),
      );
      await suite.bench.delete(CLUSTER, brief);
      const group = `/subscriptions/${suite.bench.cloud.subscriptionId}/resourceGroups/MC_rg_brief_westeurope`;
      assert.equal(suite.bench.cloud.resources.find(group), undefined);
      assert.ok(suite.bench.neighbours.calls.includes("stop cluster brief"));
    });
  });

  describe("a database server", () => {
    const server = (change: Properties) => () => ({ ...suite.good.server, ...change });
    suite.refuses([
      [
        "a size of another tier",
        SERVER,
        server({ sku: { name: "Standard_B1ms", tier: "GeneralPurpose" } }),
        /sku of server psql/,
      ],
      [
        "a retired version",
        SERVER,
        server({ version: "13" }),
        /'Version' should be in: \[14,15,16,17,18\]/,
      ],
      [
        "a reserved login",
        SERVER,
        server({ administratorLogin: "azure_superuser" }),
        /missing or reserved/,
      ],
      [
        "a simple password",
        SERVER,
        server({ administratorLoginPassword: "onlyletters" }),
        /PasswordNotComplex/,
      ],
      [
        "a password with the login in it",
        SERVER,
        server({ administratorLoginPassword: "Xpgadmin1-x" }),
        /PasswordNotComplex/,
      ],
      [
        "a standby for a burstable size",
        SERVER,
        server({
          sku: { name: "Standard_B2s", tier: "Burstable" },
          highAvailability: { mode: "ZoneRedundant" },
        }),
        /HANotSupportedForBurstableTier/,
      ],
      [
        "an odd amount of storage",
        SERVER,
        server({ storage: { storageSizeGB: 33 } }),
        /storageSizeGB/,
      ],
      [
        "a subnet that is not delegated",
        SERVER,
        () => server({ network: { delegatedSubnetResourceId: suite.platform.nodes.id } })(),
        /needs both a delegated subnet and a private DNS zone/,
      ],
    ]);

    it("never says the password again, and has as many connections as its size", async () => {
      const { outputs } = await suite.bench.create(SERVER, server({ serverName: "psql-quiet" })());
      assert.equal(JSON.stringify(outputs).includes("Correct-horse"), false);
      assert.equal(outputs["fullyQualifiedDomainName"], "127.0.0.1");
      assert.equal(suite.bench.neighbours.servers.at(-1)?.maxConnections, 859);
    });

    it("takes a new password in place, and no smaller disk", async () => {
      const made = await suite.bench.create(
        SERVER,
        server({ serverName: "psql-changes", storage: { storageSizeGB: 64 } })(),
      );
      const password = { ...made.inputs, administratorLoginPassword: "Another-horse-2" };
      await suite.bench.update(SERVER, made, password);
      assert.ok(suite.bench.neighbours.calls.includes("set the administrator's password"));
      const smaller = { ...made.inputs, storage: { storageSizeGB: 32 } };
      await assert.rejects(suite.bench.update(SERVER, made, smaller), /StorageSizeCannotShrink/);
    });

    it("makes databases and parameters one at a time, and sets parameters back", async () => {
      const on = { resourceGroupName: GROUP, serverName: "psql-quiet" };
      const database = { ...on, databaseName: "app" };
      const parameter = {
        ...on,
        configurationName: "work_mem",
        value: "8192",
        source: "user-override",
      };
      const results = await Promise.allSettled([
        suite.bench.create("dbforpostgresql:Database", database),
        suite.bench.create("dbforpostgresql:Configuration", parameter),
      ]);
      assert.match(String((results[1] as PromiseRejectedResult).reason), /ServerIsBusy/);
      const set = await suite.bench.create("dbforpostgresql:Configuration", parameter);
      await suite.bench.delete("dbforpostgresql:Configuration", set);
      assert.deepEqual(suite.bench.neighbours.calls.slice(-3), [
        "create database app",
        "set work_mem to 8192",
        "set work_mem to 4096",
      ]);
    });

    it("refuses a database with a name that Azure keeps, and a rule that ends before it starts", async () => {
      const on = { resourceGroupName: GROUP, serverName: "psql-quiet" };
      await assert.rejects(
        suite.bench.create("dbforpostgresql:Database", { ...on, databaseName: "azure_sys" }),
        /database name azure_sys is reserved/,
      );
      const rule = {
        ...on,
        firewallRuleName: "r",
        startIpAddress: "10.0.0.9",
        endIpAddress: "10.0.0.1",
      };
      await assert.rejects(suite.bench.create("dbforpostgresql:FirewallRule", rule), /not above/);
    });
  });
});
