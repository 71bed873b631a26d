import assert from "node:assert";
import * as pulumi from "@pulumi/pulumi";
import { AZURE_ROLES } from "../../../components/platform/access";
import { Cluster, type ClusterArgs } from "../../../components/platform/cluster";
import type { Gateway } from "../../../components/platform/gateway";
import { Logs } from "../../../components/platform/logs";
import type { Network } from "../../../components/platform/network";
import { type ProfileName, PROFILES } from "../../../components/platform/profiles";
import { guid } from "../../../mocks/fixedValues";
import { MockProgram, type Registration, valueOf } from "../../../mocks/mocks";
import { GROUP_ID, platformScope } from "../../support/platformScope";

const TYPE = {
  assignment: "azure-native:authorization:RoleAssignment",
  association: "azure-native:monitor:DataCollectionRuleAssociation",
  cluster: "azure-native:containerservice:ManagedCluster",
  kubernetes: "pulumi:providers:kubernetes",
  maintenance: "azure-native:containerservice:MaintenanceConfiguration",
  pool: "azure-native:containerservice:AgentPool",
  rule: "azure-native:monitor:DataCollectionRule",
  workspace: "azure-native:operationalinsights:Workspace",
} as const;

const ID = {
  nodes: `${GROUP_ID}/providers/Microsoft.Network/virtualNetworks/vnet-app-test/subnets/nodes`,
  gatewaySubnet: `${GROUP_ID}/providers/Microsoft.Network/virtualNetworks/vnet-app-test/subnets/gateway`,
  gateway: `${GROUP_ID}/providers/Microsoft.Network/applicationGateways/agw-app-test`,
  identity: `${GROUP_ID}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-app-test-gateway`,
  policy: `${GROUP_ID}/providers/Microsoft.Network/ApplicationGatewayWebApplicationFirewallPolicies/wafapptest`,
} as const;

type Values = Record<string, unknown>;

interface Pool extends Values {
  readonly vmSize: string;
  readonly minCount: number;
  readonly maxCount: number;
}

const NETWORK = {
  nodesSubnetId: pulumi.output(ID.nodes),
  gatewaySubnetId: pulumi.output(ID.gatewaySubnet),
  outboundAddress: pulumi.output("198.51.100.7"),
} as Network;

const GATEWAY = {
  id: pulumi.output(ID.gateway),
  identityId: pulumi.output(ID.identity),
  firewallPolicyId: pulumi.output(ID.policy),
} as Gateway;

async function clusterOf(profile: ProfileName, changes: Partial<ClusterArgs> = {}) {
  const program = await MockProgram.start();
  const scope = platformScope(profile);
  const cluster = new Cluster("aks", {
    scope,
    network: NETWORK,
    gateway: GATEWAY,
    logs: new Logs("logs", { scope }),
    ranges: { pods: "10.244.0.0/16", services: "10.245.0.0/16" },
    nodeSize: undefined,
    kubeLogin: "workloadidentity",
    ...changes,
  });
  await program.drained();
  const made = program.find(TYPE.cluster, "aks");
  const user = program.find(TYPE.pool, "aks-user");
  return { program, cluster, made, user, inputs: made.inputs as Record<string, Values> };
}

describe("Cluster", () => {
  let prod: Awaited<ReturnType<typeof clusterOf>>;
  let dev: Awaited<ReturnType<typeof clusterOf>>;

  before(async () => {
    prod = await clusterOf("prod");
    dev = await clusterOf("dev");
  });

  function assignment(key: string): Registration {
    return prod.program.find(TYPE.assignment, key);
  }

  function pools(): Pool[] {
    return [dev, prod].flatMap(({ made, user }) => [
      ...(made.inputs["agentPoolProfiles"] as Pool[]),
      user.inputs as Pool,
    ]);
  }

  it("has its right to join nodes to their subnet before it is made", () => {
    const { program, made } = prod;
    const right = assignment("control-plane-nodes");
    assert.ok(program.comesAfter(made, right));
    assert.deepStrictEqual(
      [right.inputs["principalId"], right.inputs["scope"]],
      [guid("id-app-test-control-plane", "principal"), ID.nodes],
    );
    assert.strictEqual((made.inputs["identity"] as Values)["type"], "UserAssigned");
  });

  it("gives the ingress controller its five rights on a gateway that AKS did not make", () => {
    const principal = guid("aks-app-test", "ingressApplicationGateway", "object");
    const granted = prod.program
      .ofType(TYPE.assignment)
      .filter(({ inputs }) => inputs["principalId"] === principal)
      .map(({ name, inputs }) => [name, inputs["scope"]] as const);
    assert.deepStrictEqual(Object.fromEntries(granted), {
      "ingress-gateway": ID.gateway,
      "ingress-group": GROUP_ID,
      "ingress-subnet": ID.gatewaySubnet,
      "ingress-identity": ID.identity,
      "ingress-firewall": ID.policy,
    });
  });

  it("lets nothing into the cluster before nodes, rights and the collection of logs are there", () => {
    const { program } = prod;
    const provider = program.find(TYPE.kubernetes, "aks-kubernetes");
    const earlier = [
      program.find(TYPE.pool, "aks-user"),
      program.find(TYPE.association, "aks-collection"),
      ...program.ofType(TYPE.assignment),
    ];
    const missing = earlier.filter((resource) => !program.comesAfter(provider, resource));
    assert.deepStrictEqual(
      missing.map(({ name }) => name),
      [],
    );
    assert.ok(earlier.length >= 9);
    assert.ok(provider.secretInputs.includes("kubeconfig"));
  });

  it("is not updated with a version that Azure has upgraded past", () => {
    assert.deepStrictEqual(prod.made.options.hooks, {
      beforeCreate: ["aks-joins-nodes"],
      beforeUpdate: ["aks-version"],
    });
    assert.strictEqual(prod.program.hook("aks-version").opts?.onDryRun, true);
  });

  it("lets whoever runs `pulumi up` administer it, and the administrators' group", () => {
    const right = assignment("deployer-cluster").inputs;
    assert.strictEqual(right["principalId"], guid("deployer", "object"));
    assert.strictEqual(right["scope"], prod.made.id);
    assert.match(String(right["roleDefinitionId"]), new RegExp(AZURE_ROLES.aksClusterAdmin));
    assert.deepStrictEqual(prod.inputs["aadProfile"], {
      managed: true,
      enableAzureRBAC: true,
      adminGroupObjectIDs: [guid("administrators")],
    });
    assert.strictEqual(prod.made.inputs["disableLocalAccounts"], true);
    assert.strictEqual(prod.made.inputs["enableRBAC"], true);
  });

  it("keeps the application off the nodes of the system pool", () => {
    const [system, ...more] = prod.made.inputs["agentPoolProfiles"] as Values[];
    assert.deepStrictEqual(more, []);
    assert.deepStrictEqual(
      [system?.["mode"], system?.["nodeTaints"]],
      ["System", ["CriticalAddonsOnly=true:NoSchedule"]],
    );
    assert.deepStrictEqual(
      [prod.user.inputs["mode"], prod.user.inputs["nodeTaints"]],
      ["User", undefined],
    );
  });

  it("spreads every pool over three zones and lets the autoscaler size it", () => {
    for (const pool of pools()) {
      assert.deepStrictEqual(pool["availabilityZones"], ["1", "2", "3"]);
      assert.strictEqual(pool["enableAutoScaling"], true);
      assert.strictEqual(pool["count"], pool.minCount);
      assert.strictEqual(pool["maxPods"], 110);
      assert.strictEqual((pool["upgradeSettings"] as Values)["maxSurge"], "33%");
      assert.strictEqual(pool["vnetSubnetID"], ID.nodes);
      assert.strictEqual(pool["type"], "VirtualMachineScaleSets");
      assert.strictEqual(pool["enableNodePublicIP"], false);
    }
    const { system, user } = PROFILES.prod.cluster;
    assert.deepStrictEqual(
      pools()
        .slice(2)
        .map(({ vmSize, minCount, maxCount }) => [vmSize, minCount, maxCount]),
      [system, user].map(({ nodeSize, least, most }) => [nodeSize, least, most]),
    );
  });

  it("encrypts disks on the host, and has disks of nodes that fit them", () => {
    for (const pool of pools()) {
      assert.strictEqual(pool["enableEncryptionAtHost"], true);
      assert.strictEqual(pool["osSKU"], "AzureLinux");
      // The local disk of the smallest size that somebody may choose, Standard_D2ds_v5, has 75 GiB.
      assert.ok((pool["osDiskSizeGB"] as number) <= 75);
    }
    assert.deepStrictEqual(
      pools().map((pool) => pool["osDiskType"]),
      ["Managed", "Managed", "Ephemeral", "Ephemeral"],
    );
  });

  it("makes another pool for another node size, before the old one goes", async () => {
    const other = await clusterOf("prod", { nodeSize: "Standard_D8ds_v5" });
    assert.strictEqual(other.user.inputs["vmSize"], "Standard_D8ds_v5");
    assert.notStrictEqual(other.user.inputs["agentPoolName"], prod.user.inputs["agentPoolName"]);
    assert.strictEqual(other.user.options.deleteBeforeReplace, false);
    for (const { user } of [dev, prod, other]) {
      assert.match(String(user.inputs["agentPoolName"]), /^[a-z][a-z0-9]{0,11}$/);
    }
    const system = (made: Registration) => made.inputs["agentPoolProfiles"];
    assert.deepStrictEqual(system(other.made), system(prod.made));
  });

  it("shows no difference after the autoscaler or an upgrade wrote to it", () => {
    assert.deepStrictEqual(prod.made.options.ignoreChanges, [
      "agentPoolProfiles",
      "kubernetesVersion",
    ]);
    assert.deepStrictEqual(prod.user.options.ignoreChanges, ["count", "orchestratorVersion"]);
  });

  it("gives pods overlay addresses under Cilium and sends them out through the NAT gateway", () => {
    assert.deepStrictEqual(prod.inputs["networkProfile"], {
      networkPlugin: "azure",
      networkPluginMode: "overlay",
      networkDataplane: "cilium",
      networkPolicy: "cilium",
      podCidr: "10.244.0.0/16",
      serviceCidr: "10.245.0.0/16",
      dnsServiceIP: "10.245.0.10",
      outboundType: "userAssignedNATGateway",
      loadBalancerSku: "standard",
    });
  });

  it("has a private API server in production, under a name that any network resolves", () => {
    assert.deepStrictEqual(prod.inputs["apiServerAccessProfile"], {
      disableRunCommand: true,
      enablePrivateCluster: true,
      privateDNSZone: "none",
      enablePrivateClusterPublicFQDN: true,
    });
  });

  it("is administered under that name, for which the runners' network needs no zone", () => {
    const names = [dev, prod].map(({ program }) => {
      const [credentials, ...more] = program.calls;
      assert.deepStrictEqual(more, []);
      return credentials?.inputs["serverFqdn"];
    });
    assert.deepStrictEqual(names, [undefined, "public"]);
  });

  it("answers only the deployer and its own nodes where the API server is public", () => {
    assert.deepStrictEqual(dev.inputs["apiServerAccessProfile"], {
      disableRunCommand: true,
      authorizedIPRanges: ["203.0.113.64/28", "198.51.100.7/32"],
    });
  });

  it("trusts service accounts through its issuer", async () => {
    assert.deepStrictEqual(prod.inputs["oidcIssuerProfile"], { enabled: true });
    assert.deepStrictEqual(prod.inputs["securityProfile"]?.["workloadIdentity"], { enabled: true });
    assert.match(await valueOf(prod.cluster.issuer), /^https:\/\/.+\/$/);
  });

  it("has Microsoft Defender in production only, and cleans images of both", () => {
    const workspace = prod.program.find(TYPE.workspace, "logs").id;
    assert.deepStrictEqual(prod.inputs["securityProfile"]?.["defender"], {
      logAnalyticsWorkspaceResourceId: workspace,
      securityMonitoring: { enabled: true },
    });
    assert.strictEqual(dev.inputs["securityProfile"]?.["defender"], undefined);
    for (const { inputs } of [dev, prod]) {
      assert.deepStrictEqual(inputs["securityProfile"]?.["imageCleaner"], {
        enabled: true,
        intervalHours: 168,
      });
    }
  });

  it("has exactly the add-ons for vault secrets, ingress, logs and policy", () => {
    assert.deepStrictEqual(prod.inputs["addonProfiles"], {
      azureKeyvaultSecretsProvider: {
        enabled: true,
        config: { enableSecretRotation: "true", rotationPollInterval: "2m" },
      },
      ingressApplicationGateway: { enabled: true, config: { applicationGatewayId: ID.gateway } },
      omsagent: {
        enabled: true,
        config: {
          logAnalyticsWorkspaceResourceID: prod.program.find(TYPE.workspace, "logs").id,
          useAADAuth: "true",
        },
      },
      azurepolicy: { enabled: true, config: { version: "v2" } },
    });
  });

  it("is upgraded by Azure, four hours at night, cluster and nodes in nights of their own", () => {
    assert.deepStrictEqual(prod.inputs["autoUpgradeProfile"], {
      upgradeChannel: "stable",
      nodeOSUpgradeChannel: "NodeImage",
    });
    const windows = prod.program.ofType(TYPE.maintenance).map(({ inputs }) => {
      const { schedule, ...times } = inputs["maintenanceWindow"] as Values;
      assert.deepStrictEqual(times, { durationHours: 4, startTime: "01:00", utcOffset: "+00:00" });
      const { weekly } = schedule as { weekly: { dayOfWeek: string; intervalWeeks: number } };
      assert.strictEqual(weekly.intervalWeeks, 1);
      return [inputs["configName"], weekly.dayOfWeek] as const;
    });
    assert.deepStrictEqual(windows.map(([name]) => name).sort(), [
      "aksManagedAutoUpgradeSchedule",
      "aksManagedNodeOSUpgradeSchedule",
    ]);
    assert.strictEqual(new Set(windows.map(([, day]) => day)).size, 2);
  });

  it("has the tier of the profile, and a resource group of nodes with a name of its own", () => {
    assert.deepStrictEqual(prod.inputs["sku"], { name: "Base", tier: "Standard" });
    assert.deepStrictEqual(dev.inputs["sku"], { name: "Base", tier: "Free" });
    assert.match(String(prod.made.inputs["nodeResourceGroup"]), /app-test$/);
    assert.notStrictEqual(prod.made.inputs["nodeResourceGroup"], "rg-app-test");
    assert.strictEqual(prod.made.inputs["supportPlan"], "KubernetesOfficial");
  });

  it("sends what containers print to the workspace, as ContainerLogV2", () => {
    const { program } = prod;
    const rule = program.find(TYPE.rule, "logs-containers");
    const association = program.find(TYPE.association, "aks-collection").inputs;
    assert.deepStrictEqual(association, {
      resourceUri: prod.made.id,
      associationName: "ContainerInsightsExtension",
      dataCollectionRuleId: rule.id,
    });
    const { dataFlows, dataSources, destinations } = rule.inputs as {
      dataFlows: { streams: string[]; destinations: string[] }[];
      dataSources: { extensions: Values[] };
      destinations: { logAnalytics: { name: string; workspaceResourceId: string }[] };
    };
    const [source] = dataSources.extensions;
    const [to] = destinations.logAnalytics;
    assert.strictEqual(source?.["extensionName"], "ContainerInsights");
    assert.deepStrictEqual(source["extensionSettings"], {
      dataCollectionSettings: {
        interval: "1m",
        namespaceFilteringMode: "Off",
        enableContainerLogV2: true,
      },
    });
    assert.strictEqual(to?.workspaceResourceId, program.find(TYPE.workspace, "logs").id);
    const streams = ["Microsoft-ContainerInsights-Group-Default"];
    assert.deepStrictEqual(source["streams"], streams);
    assert.deepStrictEqual(dataFlows, [{ streams, destinations: [to.name] }]);
    assert.strictEqual(rule.inputs["kind"], "Linux");
  });
});
