import { CLUSTER } from "./cluster";
import type { Example, Rule, Values } from "./rule";
import { between, type Demand, listOf, oneOf, problem, unsetOr } from "./setting";
import { having, list, ofType, text } from "./values";

export const POOL = "azure-native:containerservice:AgentPool";

const ZONES = ["1", "2", "3"] as const;

interface PoolSetting extends Pick<Rule, "id" | "also" | "title" | "reference"> {
  readonly path: string;
  readonly must: Demand;
  readonly good: unknown;
  readonly bad: unknown;
  /** Only pools of this mode. */
  readonly mode?: "System" | "User";
}

/** Rules about every pool of nodes, whether it is written in the cluster or beside it. */
export const NODE_POOL_RULES: readonly Rule[] = [
  ...poolSettings(
    {
      id: "AZR-000018",
      also: ["CKV_AZURE_168"],
      title: "A node takes 50 pods and more.",
      path: "maxPods",
      must: between(50, 250),
      good: 60,
      bad: 30,
    },
    {
      id: "AZR-000019",
      also: ["APRL-902c82ff"],
      title: "The number of nodes follows the load.",
      path: "enableAutoScaling",
      must: oneOf(true),
      good: true,
      bad: false,
    },
    {
      id: "ROT-POOL-1",
      title: "The autoscaler can go on after its smallest size.",
      reference: "Use the cluster autoscaler in AKS",
      path: "maxCount",
      must: between(2, 100),
      good: 5,
      bad: 1,
    },
    {
      id: "AZR-000017",
      also: ["CKV_AZURE_169"],
      title: "Nodes are a scale set.",
      path: "type",
      must: unsetOr("VirtualMachineScaleSets"),
      good: "VirtualMachineScaleSets",
      bad: "AvailabilitySet",
    },
    {
      id: "AZR-000021",
      also: ["APRL-4f63619f"],
      title: "Nodes are in all zones.",
      path: "availabilityZones",
      must: listOf(...ZONES),
      good: ZONES,
      bad: ["1"],
    },
    {
      id: "AZR-000287",
      also: ["CKV_AZURE_226"],
      title: "Nodes boot from their own disk.",
      path: "osDiskType",
      must: oneOf("Ephemeral"),
      good: "Ephemeral",
      bad: "Managed",
    },
    {
      id: "CKV_AZURE_227",
      title: "Temporary disks and caches are encrypted.",
      path: "enableEncryptionAtHost",
      must: oneOf(true),
      good: true,
      bad: false,
    },
    {
      id: "CKV_AZURE_143",
      title: "No node has a public address.",
      path: "enableNodePublicIP",
      must: unsetOr(false),
      good: false,
      bad: true,
    },
    {
      id: "ROT-POOL-2",
      title: "Nodes run an operating system that Azure maintains.",
      reference: "AKS support policies: node OS versions",
      path: "osSKU",
      must: oneOf("AzureLinux", "AzureLinux3", "Ubuntu", "Ubuntu2404"),
      good: "AzureLinux",
      bad: "CBLMariner",
    },
    {
      id: "ROT-POOL-3",
      title: "Nodes run Linux.",
      reference: "Azure CNI Powered by Cilium: limitations",
      path: "osType",
      must: unsetOr("Linux"),
      good: "Linux",
      bad: "Windows",
    },
    {
      id: "ROT-POOL-4",
      title: "An upgrade adds nodes before it takes some away.",
      reference: "Upgrade options for AKS clusters: customize node surge upgrade",
      path: "upgradeSettings.maxSurge",
      must: {
        met: (value) => /^(?:[1-9]|[1-9]\d|[1-9]\d?%)$/.test(String(value)),
        wanted: "a number or a share of nodes",
      },
      good: "33%",
      bad: "0",
    },
    {
      id: "ROT-POOL-7",
      title: "The disk of a node has room for its images.",
      reference: "Node OS disk sizing in AKS",
      path: "osDiskSizeGB",
      must: between(30, 2048),
      good: 64,
      bad: 0,
    },
    {
      id: "ROT-POOL-8",
      title: "An upgrade waits for pods to end, as long as they may take.",
      reference: "Upgrade options for AKS clusters: node drain timeout",
      path: "upgradeSettings.drainTimeoutInMinutes",
      must: between(5, 1440),
      good: 30,
      bad: 0,
    },
    {
      id: "ROT-POOL-9",
      title: "Nodes are of a size that Azure sells.",
      reference: "Sizes for virtual machines in Azure",
      path: "vmSize",
      must: { met: (value) => /^Standard_[A-Z]+\d+\w*$/.test(text(value)), wanted: "Standard_*" },
      good: "Standard_D4ds_v5",
      bad: "D4",
    },
    {
      id: "ROT-POOL-5",
      title: "Nodes are in the subnet that is made for them.",
      reference: "Azure CNI Overlay in AKS",
      path: "vnetSubnetID",
      must: { met: (value) => /\/subnets\/[^/]+$/.test(text(value)), wanted: "a subnet" },
      good: "/subscriptions/x/virtualNetworks/y/subnets/nodes",
      bad: undefined,
    },
    {
      id: "ROT-POOL-6",
      title: "A pool says whether it is for the system or for users.",
      reference: "Manage system node pools in AKS",
      path: "mode",
      must: oneOf("System", "User"),
      good: "User",
      bad: "Gateway",
    },
    {
      id: "CKV_AZURE_232",
      title: "Nothing but the system runs on system nodes.",
      mode: "System",
      path: "nodeTaints",
      must: listOf("CriticalAddonsOnly=true:NoSchedule"),
      good: ["CriticalAddonsOnly=true:NoSchedule"],
      bad: [],
    },
    {
      id: "AZR-000412",
      title: "A pool of users has three nodes at least.",
      mode: "User",
      path: "minCount",
      must: between(3),
      good: 3,
      bad: 1,
    },
    {
      id: "APRL-005ccbbd",
      title: "A pool of users starts with two nodes at least.",
      mode: "User",
      path: "count",
      must: between(2),
      good: 3,
      bad: 1,
    },
    {
      id: "APRL-7f7ae535",
      title: "A pool of the system has two nodes at least.",
      mode: "System",
      path: "minCount",
      must: between(2),
      good: 3,
      bad: 1,
    },
  ),
  {
    id: "AZR-000024",
    title: "The pools of the system have three nodes together.",
    appliesTo: [CLUSTER],
    needsStack: true,
    check: (props, { all }) => {
      const pools = [...pooled(CLUSTER, props), ...ofType(all, POOL).map((pool) => pool.props)];
      const nodes = pools
        .filter(({ mode }) => mode === "System")
        .map(({ count, minCount }) =>
          Math.min(Number(count ?? minCount), Number(minCount ?? count)),
        )
        .reduce((sum, least) => sum + least, 0);
      return nodes >= 3 ? undefined : `the pools of mode System have ${nodes} nodes, not 3.`;
    },
    good: { props: { agentPoolProfiles: [{ mode: "System", count: 3, minCount: 3 }] } },
    bad: { props: { agentPoolProfiles: [{ mode: "System", count: 3, minCount: 1 }] } },
  },
  {
    id: "APRL-5ee083cd",
    title: "System and users have pools of their own.",
    appliesTo: [CLUSTER],
    needsStack: true,
    check: (props, { all }) => {
      const pools = [...pooled(CLUSTER, props), ...ofType(all, POOL).map((pool) => pool.props)];
      const missing = ["System", "User"].filter(
        (mode) => !pools.some((pool) => pool["mode"] === mode),
      );
      return missing.length === 0 ? undefined : `no pool has mode ${missing.join(" or ")}.`;
    },
    good: {
      props: { agentPoolProfiles: [{ mode: "System" }] },
      others: [{ type: POOL, name: "user", props: { mode: "User" } }],
    },
    bad: { props: { agentPoolProfiles: [{ mode: "System" }] } },
  },
  {
    id: "AZR-000016",
    title: "No pool is left behind at a version of its own.",
    appliesTo: [CLUSTER, POOL],
    check: (props, { type }) => {
      const pinned = pooled(type, props).filter(({ orchestratorVersion }) => orchestratorVersion);
      return pinned.length === 0
        ? undefined
        : `orchestratorVersion is set: the upgrade channel of the cluster decides.`;
    },
    good: example({ mode: "User" }),
    bad: example({ mode: "User", orchestratorVersion: "1.30.1" }),
  },
];

function poolSettings(...all: readonly PoolSetting[]): Rule[] {
  return all.map(({ path, must, good, bad, mode, ...rest }) => ({
    ...rest,
    appliesTo: [CLUSTER, POOL],
    check: (props, { type }) => {
      for (const pool of pooled(type, props)) {
        const found =
          mode === undefined || pool["mode"] === mode ? problem(pool, path, must) : undefined;
        if (found !== undefined) {
          return type === CLUSTER ? `pool ${text(pool["name"])}: ${found}` : found;
        }
      }
      return undefined;
    },
    good: example({ ...(mode && { mode }), ...having(path, good) }),
    bad: example({ ...(mode && { mode }), ...having(path, bad) }),
  }));
}

/** The pools that are written in a cluster, or the one that a pool is. */
function pooled(type: string, props: Values): Values[] {
  return type === CLUSTER ? list(props["agentPoolProfiles"]) : [props];
}

/** A pool in both places where one may be written. */
function example(pool: Values): Example {
  return { props: { ...pool, agentPoolProfiles: [pool] } };
}
