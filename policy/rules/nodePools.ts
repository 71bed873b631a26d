import { CLUSTER } from "./cluster";
import type { Rule, Values } from "./rule";
import { between, type Demand, listOf, oneOf, problem, unsetOr } from "./setting";
import { list, ofType, text } from "./values";

export const POOL = "azure-native:containerservice:AgentPool";

const ZONES = ["1", "2", "3"] as const;

interface PoolSetting extends Pick<Rule, "id" | "also" | "title" | "reference"> {
  readonly path: string;
  readonly must: Demand;
  /** Only pools of this mode. */
  readonly mode?: "System" | "User";
}

/** Rules about every pool of nodes, whether it is written in the cluster or beside it. */
export const NODE_POOL_RULES: readonly Rule[] = [
  ...poolSettings(
    {
      id: "AZR-000018",
      also: ["CKV_AZURE_168"],
      title: "A node runs at least 50 pods.",
      path: "maxPods",
      must: between(50, 250),
    },
    {
      id: "AZR-000019",
      also: ["APRL-902c82ff"],
      title: "The number of nodes scales with load.",
      path: "enableAutoScaling",
      must: oneOf(true),
    },
    {
      id: "AZR-000017",
      also: ["CKV_AZURE_169"],
      title: "Nodes are a scale set.",
      path: "type",
      must: unsetOr("VirtualMachineScaleSets"),
    },
    {
      id: "AZR-000021",
      also: ["APRL-4f63619f"],
      title: "Nodes span all zones.",
      path: "availabilityZones",
      must: listOf(...ZONES),
    },
    {
      id: "AZR-000287",
      also: ["CKV_AZURE_226"],
      title: "Nodes use ephemeral OS disks.",
      path: "osDiskType",
      must: oneOf("Ephemeral"),
    },
    {
      id: "CKV_AZURE_227",
      title: "Temporary disks and caches are encrypted at host.",
      path: "enableEncryptionAtHost",
      must: oneOf(true),
    },
    {
      id: "CKV_AZURE_143",
      title: "No node has a public address.",
      path: "enableNodePublicIP",
      must: unsetOr(false),
    },
    {
      id: "CKV_AZURE_232",
      title: "System nodes run system pods only.",
      mode: "System",
      path: "nodeTaints",
      must: listOf("CriticalAddonsOnly=true:NoSchedule"),
    },
    {
      id: "AZR-000412",
      title: "A user pool has at least three nodes.",
      mode: "User",
      path: "minCount",
      must: between(3),
    },
    {
      id: "APRL-005ccbbd",
      title: "A user pool starts with at least two nodes.",
      mode: "User",
      path: "count",
      must: between(2),
    },
    {
      id: "APRL-7f7ae535",
      title: "A system pool has at least two nodes.",
      mode: "System",
      path: "minCount",
      must: between(2),
    },
  ),
  {
    id: "AZR-000024",
    title: "The system pools have at least three nodes in total.",
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
  },
  {
    id: "APRL-5ee083cd",
    title: "System and user pods have separate pools.",
    appliesTo: [CLUSTER],
    needsStack: true,
    check: (props, { all }) => {
      const pools = [...pooled(CLUSTER, props), ...ofType(all, POOL).map((pool) => pool.props)];
      const missing = ["System", "User"].filter(
        (mode) => !pools.some((pool) => pool["mode"] === mode),
      );
      return missing.length === 0 ? undefined : `no pool has mode ${missing.join(" or ")}.`;
    },
  },
  {
    id: "AZR-000016",
    title: "No pool pins its own version.",
    appliesTo: [CLUSTER, POOL],
    check: (props, { type }) => {
      const pinned = pooled(type, props).filter(({ orchestratorVersion }) => orchestratorVersion);
      return pinned.length === 0
        ? undefined
        : `orchestratorVersion is set: the upgrade channel of the cluster decides.`;
    },
  },
];

function poolSettings(...all: readonly PoolSetting[]): Rule[] {
  return all.map(({ path, must, mode, ...rest }) => ({
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
  }));
}

/** The pools that are written in a cluster, or the one that a pool is. */
function pooled(type: string, props: Values): Values[] {
  return type === CLUSTER ? list(props["agentPoolProfiles"]) : [props];
}
