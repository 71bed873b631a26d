import { NODE_SIZES, RESERVATIONS } from "../../azure";
import { type NodeDemand, nodeRoom, demandInWords, type Nodes, nodesInWords } from "../plan";
import { MOST_PODS } from "./nodePools";
import type { PoolSize } from "./profiles";

/** Nodes of a pool at its largest. */
export interface Pool {
  readonly size: string;
  /** The most nodes that there may be. */
  readonly count: number;
  /** Pods that one of them may have. */
  readonly mostPods: number;
}

/** What a size has. */
export interface Machine {
  readonly cores: number;
  readonly memoryGB: number;
}

/** MiB of one GiB: Azure's tables say GB, and mean it. */
const MIB = 1024;

/**
 * What AKS leaves of nodes for pods ("Node resource reservations in AKS", from 1.29 on). Between two
 * numbers of cores of that table the smaller reservation counts.
 *
 * @param machine what the size has
 */
export function allocatable({ size, count, mostPods }: Pool, machine: Machine): Nodes {
  const { cpu, evictionMi, mostPercent, nodeMB, podMB } = RESERVATIONS;
  const known = Object.keys(cpu).map(Number);
  const cores = Math.max(known[0]!, ...known.filter((each) => each <= machine.cores));
  const memory = machine.memoryGB * MIB;
  const kept = Math.min(podMB * mostPods + nodeMB, (memory * mostPercent) / 100);
  return {
    size,
    count,
    cpu: machine.cores * 1000 - cpu[String(cores)]!,
    memory: Math.floor(memory - kept) - evictionMi,
    pods: mostPods,
  };
}

/** Nodes of pools; undefined where one is of a size that is not in Microsoft's tables here. */
export function nodesOf(pools: readonly Pool[]): Nodes[] | undefined {
  const nodes = pools.flatMap((pool) => {
    const machine = NODE_SIZES[pool.size];
    return machine === undefined ? [] : [allocatable(pool, machine)];
  });
  return nodes.length === pools.length ? nodes : undefined;
}

/**
 * The problem with a platform that the stack makes whose nodes cannot hold its application, as a sentence;
 * undefined where they can, or where the size is not in the tables: the preflight asks the subscription.
 *
 * @param demand undefined where the contract's file does not say what pods ask for
 */
export function nodeRoomProblem(
  demand: NodeDemand | undefined,
  { most, nodeSize }: Pick<PoolSize, "most" | "nodeSize">,
): string | undefined {
  const nodes = nodesOf([{ size: nodeSize, count: most, mostPods: MOST_PODS }]);
  if (demand === undefined || nodes === undefined) {
    return undefined;
  }
  const room = nodeRoom(demand, nodes);
  return room.placed === room.pods
    ? undefined
    : `rotation:nodeSize ${nodeSize} has no room for the application: ${demandInWords(room)}, and the ` +
        `nodes hold ${room.placed} of them (${nodesInWords(nodes)}). ${lessRoom(demand)}, or set a larger ` +
        "rotation:nodeSize.";
}

/** How an application asks for less. */
export function lessRoom({ maxReplicas }: NodeDemand): string {
  const key = maxReplicas === undefined ? "rotation:replicas" : "rotation:maxReplicas";
  return `Lower ${key} or the requests in the values of the chart`;
}
