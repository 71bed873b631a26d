import type { V1Container } from "@kubernetes/client-node";
import {
  entriesOf,
  environmentReferences,
  mountedClasses,
  podSpec,
  type Reference,
  type Rendered,
  volumeReferences,
  type Workload,
  workloadsOf,
} from "./rendered";
import type { Declared, SlotNames, Subject } from "./subject";

/** A workload, and what of the slot's credential it has. */
export interface User {
  readonly workload: Workload;
  /** Containers that are told the role, by value or by an object that they read. */
  readonly toldRole: readonly V1Container[];
  /** References to the slot's Secret. */
  readonly secretReferences: readonly Reference[];
  /** Containers that read the credential, in the way that the delivery wants. */
  readonly reading: readonly V1Container[];
}

/** The workloads of a slot that log in: those that are told the role or read the credential. */
export function usersOf(subject: Subject, objects: readonly Rendered[], of: SlotNames): User[] {
  return workloadsOf(objects)
    .map((workload) => user(subject, objects, of, workload))
    .filter(({ toldRole, reading, secretReferences }) =>
      [toldRole, reading, secretReferences].some((list) => list.length > 0),
    );
}

function user(
  { declared }: Subject,
  objects: readonly Rendered[],
  { role, secret, class: className }: SlotNames,
  workload: Workload,
): User {
  const { secretKeys } = declared;
  const spec = podSpec(workload.template);
  const volumes = volumeReferences(spec);
  const isOurs = ({ kind, name }: Reference) => kind === "Secret" && name === secret;
  const holders =
    declared.delivery === "secret"
      ? volumes.filter(isOurs)
      : mountedClasses(spec).filter(({ name }) => name === className);
  const readsSecret = (container: V1Container) =>
    declared.delivery === "secret" && environmentReferences(container).some(isOurs);
  const mounts = ({ volumeMounts = [] }: V1Container, volume: string) =>
    volumeMounts.some(({ name }) => name === volume);
  const isTold = (container: V1Container) => {
    const read = [
      ...environmentReferences(container),
      ...volumes.filter(({ volume }) => mounts(container, volume)),
    ];
    return (
      holdsWord(JSON.stringify(container), role) ||
      read.some((reference) => tells(objects, reference, { role, secret, secretKeys }))
    );
  };
  return {
    workload,
    toldRole: workload.containers.filter(isTold),
    reading: workload.containers.filter(
      (container) =>
        readsSecret(container) || holders.some(({ volume }) => mounts(container, volume)),
    ),
    secretReferences: [...workload.containers.flatMap(environmentReferences), ...volumes].filter(
      isOurs,
    ),
  };
}

/** Whether whoever follows a reference reads the role there. */
function tells(
  objects: readonly Rendered[],
  { kind, name, key }: Reference,
  { role, secret, secretKeys }: Pick<SlotNames, "role" | "secret"> & Pick<Declared, "secretKeys">,
): boolean {
  if (kind === "Secret" && name === secret) {
    return Object.entries(secretKeys).some(
      ([entry, text]) => (key === undefined || key === entry) && text.includes("${role}"),
    );
  }
  const found = objects.find((each) => each.kind === kind && each.metadata.name === name);
  const entries = Object.entries(found ? entriesOf(found) : {});
  return entries.some(
    ([entry, value]) => (key === undefined || key === entry) && holdsWord(value, role),
  );
}

/** Whether a text has a role's name, not as a part of a longer one. */
function holdsWord(text: string, role: string): boolean {
  return new RegExp(`(?<![\\w-])${role}(?![\\w-])`).test(text);
}
