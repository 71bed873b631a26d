import { type User, usersOf } from "../credential";
import {
  at,
  differences,
  entriesOf,
  environmentReferences,
  hooksOf,
  identity,
  lasts,
  podSpec,
  type Rendered,
  sameIn,
  selects,
  title,
  volumeReferences,
  type Workload,
  workloadsOf,
} from "../rendered";
import { type Row, setting, type Shortfall } from "../row";
import { slotPods } from "../slotPods";
import type { Subject } from "../subject";
import { WITH_ROLE } from "./credential";

/** What Kubernetes lets nobody change, by kind. */
const FIXED: Readonly<Record<string, readonly string[]>> = {
  Deployment: ["selector"],
  ReplicaSet: ["selector"],
  DaemonSet: ["selector"],
  StatefulSet: ["selector", "serviceName", "volumeClaimTemplates"],
};

/** Kinds besides those of workloads that select pods, and what pods lose that they do not select. */
const SELECTING: Readonly<Record<string, string>> = {
  Service: "get no requests",
  PodDisruptionBudget: "do not count",
  NetworkPolicy: "are not covered",
};

/** Ways in which several nodes can mount a volume. */
const SHARED: readonly unknown[] = ["ReadWriteMany", "ReadOnlyMany"];

const WITHOUT = "${slot}, ${generation} and ${version}";

/** What holds where one release rolls from one credential to the other: pods of both run meanwhile. */
export const oneRelease: readonly Row[] = [
  {
    id: "U1",
    holds: "nothing in the release is named after a credential",
    level: { rolling: "fails" },
    judge: ({ renders: { blue, green, otherVersion } }) => {
      const only = (one: readonly Rendered[], ...others: (readonly Rendered[])[]) =>
        one.filter((object) => others.some((other) => sameIn(other, object) === undefined));
      const leaving = only(blue, green, otherVersion);
      return (leaving.length > 0 ? leaving : only(green, blue)).flatMap(named);
    },
  },
  {
    id: "U2",
    holds: "what cannot be changed is the same with each credential",
    level: { rolling: "fails" },
    judge: ({ renders: { blue, green, otherVersion } }) =>
      blue.flatMap((object) => {
        const others = [green, otherVersion].flatMap((each) => sameIn(each, object) ?? []);
        const differing = (FIXED[object.kind] ?? []).filter((field) =>
          others.some(
            (other) => differences(at(object.spec, field), at(other.spec, field)).length > 0,
          ),
        );
        return differing.map((field) => ({
          why: `${title(object)}: its ${field} differs with the credential, and cannot be changed.`,
          repair: `Take ${WITHOUT} out of it; labels of the pods may hold them besides.`,
        }));
      }),
  },
  {
    id: "U3",
    holds: "Services and budgets select pods with either credential",
    level: { rolling: "fails" },
    judge: ({ renders }) =>
      renders.blue.flatMap((object) => {
        const lost = SELECTING[object.kind];
        return lost !== undefined && selectsByCredential(object, renders)
          ? [
              {
                why: `${title(object)} selects pods by their credential: in a rollout, those with the other one ${lost}.`,
                repair: `Take ${WITHOUT} out of its selector; labels of the pods may hold them besides.`,
                ...(object.kind !== "Service" && { level: "warns" as const }),
              },
            ]
          : [];
      }),
  },
  {
    id: "U4",
    holds: "labels find the pods, whichever credential they hold",
    level: { rolling: "fails" },
    judge: (subject) =>
      slotPods(subject, "blue").unfound.map((workload) => ({
        why: `No label finds the pods of ${title(workload.object)} with either credential.`,
        repair: `Give them the label app.kubernetes.io/instance: ${subject.names.blue.release} (podLabels and the like).`,
        ...(!lasts(workload) && { level: "warns" as const }),
      })),
  },
  {
    id: "U5",
    holds: "nothing that pods read changes under them",
    level: { rolling: "fails" },
    judge: (subject) =>
      usersOf(subject, subject.renders.blue, subject.names.blue)
        .filter(({ workload: { object } }) => hooksOf(object).length === 0)
        .flatMap(({ workload }) => changing(subject, workload)),
  },
  {
    id: "U6",
    holds: "whatever logs in has a readiness probe, which has to log in anew",
    level: { rolling: "fails" },
    judge: (subject) =>
      usersOf(subject, subject.renders.blue, subject.names.blue)
        .filter((user) => lasts(user.workload) && !isAsked(user))
        .map(({ workload: { object } }) => ({
          why: `${title(object)} has no readiness probe where it logs in: pods that cannot log in would replace all that can.`,
          repair:
            "Give that container a readinessProbe that logs in anew, which no YAML shows; a pool's old " +
            "sessions prove nothing.",
        })),
  },
  {
    id: "U7",
    holds: "no pod waits for a volume that another one has",
    level: { rolling: "warns" },
    judge: ({ renders: { blue } }) =>
      workloadsOf(blue)
        .filter(({ object }) => object.kind === "Deployment")
        .flatMap(({ object, template }) =>
          (podSpec(template).volumes ?? []).flatMap(({ persistentVolumeClaim: claim }) =>
            blue
              .filter(
                (each) =>
                  each.kind === "PersistentVolumeClaim" &&
                  each.metadata.name === claim?.claimName &&
                  !modesOf(each).some((mode) => SHARED.includes(mode)),
              )
              .map((each) => ({
                why: `${title(each)} is on one node at a time: new pods of ${title(object)} on another one wait for the old ones, and the rollout for both.`,
                repair:
                  "Keep the data in an object store, or in a claim that several nodes may write (ReadWriteMany).",
              })),
          ),
        ),
  },
];

/** What becomes of an object that another credential's render does not have. */
function named(object: Rendered): Shortfall[] {
  const { annotations = {} } = object.metadata;
  const isHook = hooksOf(object).length > 0;
  const ends =
    isHook &&
    ((annotations["helm.sh/hook-delete-policy"] ?? "").includes("hook-succeeded") ||
      at(object.spec, "ttlSecondsAfterFinished") !== undefined);
  if (ends) {
    return [];
  }
  const repair = `Give it a name without ${WITHOUT}`;
  return isHook || annotations["helm.sh/resource-policy"] === "keep"
    ? [
        {
          why: `${title(object)} is named after a credential and Helm does not delete it: each rotation leaves one behind.`,
          repair: isHook
            ? `${repair}, or add hook-succeeded to its helm.sh/hook-delete-policy.`
            : `${repair}.`,
          level: "warns",
        },
      ]
    : [
        {
          why: `${title(object)} is named after a credential: Helm would delete it in a rollout, while old pods need it.`,
          repair:
            object.kind === "ServiceAccount"
              ? "Turn it off (serviceAccount.create: false and the like): the program makes ${account}."
              : `${repair}, or turn it off.`,
        },
      ];
}

/** Whether an object selects pods with one credential, and not the same workload's with another. */
function selectsByCredential(
  object: Rendered,
  { blue, green, otherVersion }: Subject["renders"],
): boolean {
  const others = workloadsOf([...green, ...otherVersion]);
  return workloadsOf(blue)
    .filter((workload) => lasts(workload) && selects(object, workload))
    .some((workload) =>
      others.some(
        (other) => identity(other.object) === identity(workload.object) && !selects(object, other),
      ),
    );
}

/** Objects of the release that a workload's pods read and that hold something else with another credential. */
function changing(subject: Subject, { object, template, containers }: Workload): Shortfall[] {
  const { blue, green, otherVersion } = subject.renders;
  const read = [
    ...containers.flatMap(environmentReferences),
    ...volumeReferences(podSpec(template)),
  ].map(({ kind, name }) => `${kind}/${name}`);
  return blue
    .filter((each) => read.includes(title(each)))
    .flatMap((each) => {
      const keys = [green, otherVersion].flatMap((render) => {
        const other = sameIn(render, each);
        return other ? differences(entriesOf(each), entriesOf(other)) : [];
      });
      return keys.length === 0
        ? []
        : [
            {
              why:
                `${title(each)} changes with the credential (${[...new Set(keys)].join(", ")}): an old pod of ` +
                `${title(object)} that starts again in a rollout would mix the two.`,
              repair:
                "Let the pods have that by value, such as ${role} in their environment" +
                (subject.declared.delivery === "secret" && subject.declared.secretFrom === "program"
                  ? `, or from a key of \${secret}: ${setting(subject, "secretKeys", WITH_ROLE)}.`
                  : "."),
            },
          ];
    });
}

/** Whether the containers that log in are asked if they can. */
function isAsked({ workload, toldRole, reading }: User): boolean {
  const names = [...toldRole, ...reading].map(({ name }) => name);
  return workload.containers.some(
    ({ name, readinessProbe }) => readinessProbe !== undefined && names.includes(name),
  );
}

function modesOf({ spec }: Rendered): readonly unknown[] {
  return (at(spec, "accessModes") ?? []) as readonly unknown[];
}
