/** What one pod asks of its node, which is all that a scheduler goes by. */
export interface PodRequests {
  /** Thousandths of a core. */
  readonly cpu: number;
  /** MiB. */
  readonly memory: number;
}

/** Pods of one workload of a slot. */
export interface WorkloadRoom extends PodRequests {
  /** How many there are; undefined for as many as `${replicas}` says. */
  readonly pods?: number | undefined;
  /** Pods that a rolling update adds, as Kubernetes has it: `25%` or a number. */
  readonly surge: number | string;
}

/** What an application asks of the nodes. */
export interface NodeDemand {
  /** The workloads of one slot, that which serves first. */
  readonly room: readonly WorkloadRoom[];
  /** Pods of a slot. */
  readonly replicas: number;
  /** The autoscaler's maximum; undefined without an autoscaler. */
  readonly maxReplicas?: number | undefined;
}

/** Nodes of one size. */
export interface Nodes extends PodRequests {
  /** VM size, e.g. `Standard_D4ds_v5`. */
  readonly size: string;
  /** The most that there may be. */
  readonly count: number;
  /** Pods that one of them may have. */
  readonly pods: number;
}

/** What pods there are at the peak, and how many of them fit. */
export interface NodeRoom extends PodRequests {
  readonly pods: number;
  readonly placed: number;
}

const USUAL_REPLICAS = 3;

/** Pods of a slot by `rotation:replicas` and `rotation:maxReplicas`, of which 0 says nothing. */
export function replicasOf(replicas: number, maxReplicas: number): number {
  return replicas || maxReplicas || USUAL_REPLICAS;
}

/** What a proof asks. */
export const PROOF_REQUESTS: PodRequests = { cpu: 50, memory: 64 };

const MIB_PER_GIB = 1024;

/**
 * Whether nodes can hold both slots at full size, the pods that a rolling update of one of them adds, and
 * one pod more: the trial with its proof. Others' pods, those of AKS's own add-ons among them, are not
 * counted, so what does not fit here does not fit at all.
 */
export function nodeRoom(demand: NodeDemand, nodes: readonly Nodes[]): NodeRoom {
  const asked = podsAtPeak(demand).sort(
    (one, other) => other.cpu - one.cpu || other.memory - one.memory,
  );
  const free = nodes.flatMap(({ count, cpu, memory, pods }) =>
    Array.from({ length: count }, () => ({ cpu, memory, pods })),
  );
  const placed = asked.filter((pod) => {
    const node = free.find(
      ({ cpu, memory, pods }) => pods > 0 && cpu >= pod.cpu && memory >= pod.memory,
    );
    if (node !== undefined) {
      node.cpu -= pod.cpu;
      node.memory -= pod.memory;
      node.pods -= 1;
    }
    return node !== undefined;
  });
  return { ...sumOf(asked), pods: asked.length, placed: placed.length };
}

function podsAtPeak({ room, replicas, maxReplicas }: NodeDemand): PodRequests[] {
  const counted = room.map((workload, index) => {
    // The autoscaler scales what serves, and nothing else.
    const scaled = index === 0 ? (maxReplicas ?? replicas) : replicas;
    return { workload, count: workload.pods ?? scaled };
  });
  const [serving] = room;
  return [
    ...counted.flatMap(({ workload, count }) =>
      Array.from({ length: 2 * count + surgeOf(workload, count) }, () => workload),
    ),
    ...(serving ? [sumOf([serving, PROOF_REQUESTS])] : []),
  ];
}

function surgeOf({ surge }: WorkloadRoom, count: number): number {
  const text = String(surge);
  return text.endsWith("%") ? Math.ceil((count * parseInt(text)) / 100) : Number(text);
}

function sumOf(all: readonly PodRequests[]): PodRequests {
  return all.reduce<PodRequests>(
    (sum, { cpu, memory }) => ({ cpu: sum.cpu + cpu, memory: sum.memory + memory }),
    { cpu: 0, memory: 0 },
  );
}

/** What there is to hold, in words. */
export function demandInWords({ cpu, memory, pods }: NodeRoom): string {
  return (
    `both slots at full size, a rolling update and a trial are ${pods} pods that ask for ` +
    requestsInWords({ cpu, memory })
  );
}

/** Nodes in words. */
export function nodesInWords(nodes: readonly Nodes[]): string {
  return nodes
    .map(
      ({ count, size, ...each }) =>
        `${count} x ${size} with ${requestsInWords(each)} each after what AKS keeps`,
    )
    .join(", ");
}

function requestsInWords({ cpu, memory }: PodRequests): string {
  const round = (value: number) => Math.round(value * 10) / 10;
  return `${round(cpu / 1000)} cores and ${round(memory / MIB_PER_GIB)} GiB`;
}
