import type { V1Container, V1PodSpec } from "@kubernetes/client-node";
import type { PodRequests, WorkloadRoom } from "../plan";
import { at, lasts, podSpec, type Rendered, title, type Workload, workloadsOf } from "./rendered";
import { SITUATIONS } from "./situations";
import type { Subject } from "./subject";
import { servingDeployment } from "./wayIn";

/** What Kubernetes takes where a Deployment says nothing. */
const SURGE = "25%";

const MIB = 1024 ** 2;

const UNITS: Readonly<Record<string, number>> = {
  ...{ n: 1e-9, u: 1e-6, m: 1e-3, "": 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60 },
};

/** Pods that a slot keeps up, and what they ask of the nodes; the workload that serves first. */
export function roomOf(subject: Subject): WorkloadRoom[] {
  const serving = servingDeployment(subject, "blue");
  const isServing = ({ object }: Workload) =>
    serving !== undefined && title(object) === title(serving.object);
  const lasting = workloadsOf(subject.renders.blue).filter(lasts);
  return [...lasting.filter(isServing), ...lasting.filter((workload) => !isServing(workload))].map(
    ({ object, template }) => ({
      ...podsOf(object, subject),
      surge: surgeOf(object),
      ...requestsOf(podSpec(template)),
    }),
  );
}

/** Nothing where they are as many as each situation says. */
function podsOf(object: Rendered, { renders }: Subject): Pick<WorkloadRoom, "pods"> {
  const count = ({ spec }: Rendered) => Number(at(spec, "replicas") ?? 1);
  const atZero = renders.atZero.find((each) => title(each) === title(object));
  const follows =
    count(object) === SITUATIONS.blue.replicas &&
    atZero !== undefined &&
    count(atZero) === SITUATIONS.atZero.replicas;
  return follows ? {} : { pods: count(object) };
}

function surgeOf({ kind, spec }: Rendered): number | string {
  return kind === "Deployment" && at(spec, "strategy", "type") !== "Recreate"
    ? ((at(spec, "strategy", "rollingUpdate", "maxSurge") as number | string | undefined) ?? SURGE)
    : 0;
}

/**
 * What the scheduler counts of a pod: all containers and sidecars together, or the largest of what comes
 * before them.
 */
function requestsOf({ containers, initContainers = [], overhead = {} }: V1PodSpec): PodRequests {
  const of = (resource: "cpu" | "memory") => {
    let sidecars = 0;
    let before = 0;
    for (const container of initContainers) {
      const asked = requestOf(container, resource);
      if (container.restartPolicy === "Always") {
        sidecars += asked;
        before = Math.max(before, sidecars);
      } else {
        before = Math.max(before, sidecars + asked);
      }
    }
    const running = containers.reduce((sum, each) => sum + requestOf(each, resource), sidecars);
    return Math.max(running, before) + quantity(overhead[resource]);
  };
  // Sums of decimals end in digits that nobody wrote.
  const whole = (value: number) => Math.ceil(Number(value.toFixed(6)));
  return { cpu: whole(of("cpu") * 1000), memory: whole(of("memory") / MIB) };
}

/** A limit without a request is one. */
function requestOf({ resources }: V1Container, resource: "cpu" | "memory"): number {
  return quantity(resources?.requests?.[resource] ?? resources?.limits?.[resource]);
}

/** A quantity of Kubernetes, such as `100m`, `0.5`, `96Mi` or `1e9`. */
function quantity(text: unknown = 0): number {
  const [, number = "0", unit = ""] =
    /^([\d.]+(?:[eE][+-]?\d+)?)([A-Za-z]*)$/.exec(String(text)) ?? [];
  return Number(number) * (UNITS[unit] ?? 0);
}
