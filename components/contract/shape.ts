import type { ChartShape, SlotShape } from "../chart";
import type { SlotName } from "../plan";
import { usersOf } from "./credential";
import { labelsOf, podSpec, selectorOf, title, type Workload, workloadsOf } from "./rendered";
import { isLasting, type Labels, pick, shared, slotPods } from "./slotPods";
import type { Subject } from "./subject";
import {
  appContainer,
  portOf,
  servingContainers,
  servingDeployment,
  servingPort,
  servingWorkloads,
  wayIn,
} from "./wayIn";

/** The account of pods that name none. */
export const NO_ACCOUNT = "default";

/** What the program has to know of a chart; undefined where a row of the contract says why not. */
export function shapeOf(subject: Subject): ChartShape | undefined {
  const [blue, green] = [slotShape(subject, "blue"), slotShape(subject, "green")];
  const podLabels = commonLabels(subject);
  const port = servingPort(subject, "blue");
  return blue && green && podLabels && port !== undefined
    ? { slots: { blue, green }, podLabels, port, ...readinessOf(subject) }
    : undefined;
}

/** What the readiness of the container that serves asks, over HTTP. */
function readinessOf(subject: Subject): Pick<ChartShape, "probe"> {
  const [found] = servingContainers(subject, "blue");
  const asked = found?.container.readinessProbe?.httpGet;
  return found && asked
    ? {
        probe: {
          path: asked.path ?? "/",
          port: portOf(found.container, asked.port) ?? Number(asked.port),
        },
      }
    : {};
}

function slotShape(subject: Subject, slot: SlotName): SlotShape | undefined {
  const found = wayIn(subject, slot);
  const deployment = servingDeployment(subject, slot);
  const container = deployment && appContainer(deployment);
  return found && container
    ? {
        service: { name: found.service.metadata.name, port: found.port },
        deployment: deployment.object.metadata.name,
        ...workersOf(subject, slot, deployment),
        container: container.name,
        account: podSpec(deployment.template).serviceAccountName ?? NO_ACCOUNT,
        pods: slotPods(subject, slot).selectors.map((selector) =>
          Object.entries(sorted(selector))
            .map((pair) => pair.join("="))
            .join(","),
        ),
      }
    : undefined;
}

/** Deployments besides the one that serves whose pods log in. */
function workersOf(
  subject: Subject,
  slot: SlotName,
  serving: Workload,
): Pick<SlotShape, "workers"> {
  const workers = usersOf(subject, subject.renders[slot], subject.names[slot])
    .map(({ workload: { object } }) => object)
    .filter(({ kind, metadata }) => {
      return kind === "Deployment" && metadata.name !== serving.object.metadata.name;
    })
    .map(({ metadata }) => metadata.name);
  return workers.length === 0 ? {} : { workers };
}

/**
 * Labels that the pods behind the Service have in both slots: those by which their workloads select
 * them, which never change, or else others that no update changes. Undefined where there are none. Where
 * both slots have one release, labels that are not named after it come first: they are the same with
 * two releases, so that pods of either strategy are admitted while one is changed for the other.
 */
export function commonLabels(subject: Subject): Labels | undefined {
  const [blue] = servingWorkloads(subject, "blue");
  const [green] = servingWorkloads(subject, "green");
  if (blue === undefined || green === undefined) {
    return undefined;
  }
  const next = workloadsOf(subject.renders.otherVersion).find(isSame(blue));
  const { blue: ours, elsewhere } = subject.renders;
  const there = elsewhere && workloadsOf(elsewhere)[workloadsOf(ours).findIndex(isSame(blue))];
  const unnamed = (labels: Labels) => (there ? shared(labels, labelsOf(there)) : labels);
  const selected = shared(selectorOf(blue.object) ?? {}, selectorOf(green.object) ?? {});
  const others = shared(shared(labelsOf(blue), labelsOf(green)), next ? labelsOf(next) : {});
  const found = [unnamed(selected), pick(unnamed(others), isLasting), selected].find(
    (labels) => Object.keys(labels).length > 0,
  );
  return found && sorted(found);
}

function isSame({ object: one }: Workload): (other: Workload) => boolean {
  return ({ object }) => title(object) === title(one);
}

function sorted(labels: Labels): Labels {
  return Object.fromEntries(
    Object.entries(labels).sort(([one], [other]) => (one < other ? -1 : 1)),
  );
}
