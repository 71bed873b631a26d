import type { V1Container } from "@kubernetes/client-node";
import type { SlotName } from "../plan";
import { at, lasts, podSpec, type Rendered, selects, type Workload, workloadsOf } from "./rendered";
import { APP_IMAGE } from "./situations";
import type { Subject } from "./subject";

/** Where a slot's requests come in. */
export interface WayIn {
  readonly service: Rendered;
  /** Port of the Service. */
  readonly port: number;
  /** Number or name of the pods' port that it leads to. */
  readonly target: number | string;
}

interface ServicePort {
  readonly port?: number;
  readonly targetPort?: number | string;
}

/** The Service and port that the gateway sends a slot's requests to, as declared. */
export function wayIn(
  { declared: { service }, renders }: Subject,
  slot: SlotName,
): WayIn | undefined {
  const found = servicesOf(renders[slot]).find(
    ({ metadata }) => metadata.name === service.name[slot],
  );
  const port = found && portsOf(found).find((each) => each.port === service.port);
  return (
    found && port && { service: found, port: service.port, target: port.targetPort ?? service.port }
  );
}

export function servicesOf(objects: readonly Rendered[]): Rendered[] {
  return objects.filter(({ kind }) => kind === "Service");
}

export function portsOf(service: Rendered): ServicePort[] {
  return (at(service.spec, "ports") ?? []) as ServicePort[];
}

/** The workloads whose pods a slot's Service sends requests to. */
export function servingWorkloads(subject: Subject, slot: SlotName): Workload[] {
  const found = wayIn(subject, slot);
  return workloadsOf(subject.renders[slot]).filter(
    (each) => lasts(each) && found !== undefined && selects(found.service, each),
  );
}

/** The Deployment behind a slot's Service, when nothing else is. */
export function servingDeployment(subject: Subject, slot: SlotName): Workload | undefined {
  const [only, ...others] = servingWorkloads(subject, slot);
  return only?.object.kind === "Deployment" && others.length === 0 ? only : undefined;
}

/** The containers of the pods that serve whose port the Service leads to. */
export function servingContainers(
  subject: Subject,
  slot: SlotName,
): { readonly object: Rendered; readonly container: V1Container }[] {
  const { target = 0 } = wayIn(subject, slot) ?? {};
  return servingWorkloads(subject, slot).flatMap(({ object, template }) =>
    podSpec(template)
      .containers.filter((container) => portOf(container, target) !== undefined)
      .map((container) => ({ object, container })),
  );
}

/** Number of the pods' port that a slot's Service leads to; undefined where no container declares it. */
export function servingPort(subject: Subject, slot: SlotName): number | undefined {
  const { target = 0 } = wayIn(subject, slot) ?? {};
  const [found] = servingContainers(subject, slot);
  return found && portOf(found.container, target);
}

/** A container's port by its number or name; undefined where it declares none. */
export function portOf({ ports = [] }: V1Container, port: number | string): number | undefined {
  return ports.find(({ name, containerPort }) => name === port || containerPort === port)
    ?.containerPort;
}

/** The container of a workload that runs the application. */
export function appContainer({ template }: Workload): V1Container | undefined {
  return podSpec(template).containers.find(({ image }) => image === APP_IMAGE);
}
