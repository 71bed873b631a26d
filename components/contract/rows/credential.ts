import { SLOTS, type SlotName } from "../../plan";
import { type User, usersOf } from "../credential";
import {
  differences,
  environmentReferences,
  hooksOf,
  mountedClasses,
  podSpec,
  type Rendered,
  title,
  type Workload,
  workloadsOf,
} from "../rendered";
import { type Row, setting, type Shortfall, withStrategy } from "../row";
import type { Subject } from "../subject";

/** A variable whose value would be a password, not where one is. */
const PASSWORD_VARIABLE = /PASS(WORD|WD)?$/i;

/** Keys of a Secret that also say who logs in. */
export const WITH_ROLE = JSON.stringify({ password: "${password}", username: "${role}" });

export const credential: readonly Row[] = [
  {
    id: "C1",
    holds: "each slot logs in as its own role",
    level: { blueGreen: "fails", rolling: "fails" },
    judge: (subject) =>
      eachSlot(subject, (slot, users) =>
        users.some(({ toldRole }) => toldRole.length > 0)
          ? []
          : [
              {
                why: `Nothing in the chart says ${subject.names[slot].role}: both slots would log in as the same role.`,
                repair:
                  "Set the chart's user name to ${role}" +
                  (subject.declared.delivery === "secret" &&
                  subject.declared.secretFrom === "program"
                    ? `, or let it read a key of \${secret} that holds it: ${setting(subject, "secretKeys", WITH_ROLE)}.`
                    : "."),
              },
            ],
      ),
  },
  {
    id: "C2",
    holds: "whatever logs in reads the credential of this generation",
    level: { blueGreen: "fails", rolling: "fails" },
    judge: (subject) =>
      eachSlot(subject, (_, users) =>
        users.flatMap(({ workload, toldRole, reading, secretReferences }) => {
          const { delivery, secretKeys } = subject.declared;
          const without = toldRole.filter(
            ({ name }) => !reading.some((each) => each.name === name),
          );
          const unknown = secretReferences.filter(
            ({ key }) => key !== undefined && !Object.hasOwn(secretKeys, key),
          );
          return [
            ...without.map(({ name }) => ({
              why: `${title(workload.object)} (${name}) reads no credential of this generation.`,
              repair:
                delivery === "secret"
                  ? "Let it read ${secret}, by secretKeyRef, envFrom or a volume."
                  : "Let it mount the SecretProviderClass ${class} and read the file ${file}.",
            })),
            ...(delivery === "secret" ? unknown : []).map(({ by, key = "" }) => ({
              why: `${title(workload.object)} would wait for the key ${key} of its Secret (${by}), which has ${Object.keys(secretKeys).join(", ")}.`,
              repair: `Set ${setting(subject, "secretKeys", JSON.stringify({ ...secretKeys, [key]: "${password}" }))}.`,
            })),
          ];
        }),
      ),
  },
  {
    id: "C3",
    holds: "no pod starts without the credential",
    level: { blueGreen: "fails", rolling: "fails" },
    judge: (subject) =>
      ofBlue(subject, ({ workload, secretReferences }) =>
        secretReferences
          .filter(({ isOptional }) => isOptional)
          .map(({ by }) => ({
            why: `${title(workload.object)} starts without a password when the Secret is late: ${by} is optional.`,
            repair:
              "Set the variable yourself, in the chart's extra environment and without `optional`, or let " +
              "the application read a file.",
          })),
      ),
  },
  {
    id: "C4",
    holds: "no password is a value of the chart",
    level: { blueGreen: "fails", rolling: "fails" },
    judge: (subject) =>
      ofBlue(subject, ({ workload }) =>
        workload.containers.flatMap(({ env = [], name }) =>
          env
            .filter(({ name: variable, value }) => PASSWORD_VARIABLE.test(variable) && value)
            .map(({ name: variable }) => ({
              why: `${title(workload.object)} (${name}) has ${variable} by value: the password would be a Helm value.`,
              repair: "Take it from ${secret} by secretKeyRef.",
            })),
        ),
      ),
  },
  {
    id: "C5",
    holds: "another password makes new pods",
    level: { blueGreen: "fails", rolling: "fails" },
    judge: (subject) => {
      const next = new Map(
        workloadsOf(subject.renders.otherVersion).map((each) => [title(each.object), each]),
      );
      return ofBlue(subject, ({ workload, reading }) => {
        const name = title(workload.object);
        const isSame = differences(workload.template, next.get(name)?.template ?? {}).length === 0;
        return reading.length > 0 && hooksOf(workload.object).length === 0 && isSame
          ? [
              {
                why: `A new password would not restart ${name}.`,
                repair: "Put `rotation/secret-version: ${version}` into its pod annotations.",
              },
            ]
          : [];
      });
    },
  },
  {
    id: "C6",
    holds: "mounted classes have their version in their name",
    level: { blueGreen: "fails", rolling: "fails" },
    judge: ({ declared, names, renders }) => [
      ...workloadsOf(renders.blue).flatMap(({ object, template }) =>
        mountedClasses(podSpec(template))
          .filter(({ name }) => declared.delivery === "secret" && name === names.blue.class)
          .map(() => ({
            why: `${title(object)} mounts \${class}, which is not for its pods with delivery secret.`,
            repair: "Let it read ${secret}, by secretKeyRef, envFrom or a volume.",
          })),
      ),
      ...workloadsOf(renders.blue).flatMap(({ object, template }) =>
        mountedClasses(podSpec(template))
          .filter(({ name }) => ["", names.blue.account, names.blue.release].includes(name))
          .map(({ name }) => ({
            why:
              `${title(object)} mounts ${name === "" ? "a SecretProviderClass without a name" : name}, whose name does not ` +
              "hold the version: old pods would get the new password, or new ones the old.",
            repair: "Mount ${class}.",
          })),
      ),
      ...renders.blue
        .filter(({ kind }) => kind === "SecretProviderClass")
        .map((object) => ({
          why: writes(object, names.blue.secret)
            ? `${title(object)} writes \${secret}: old pods would write the old password into the new Secret.`
            : `${title(object)} is the chart's own: it changes under pods that run.`,
          repair:
            declared.delivery === "secret"
              ? "Turn it off and read ${secret}, which is there before any pod."
              : "Turn it off and mount ${class}, which the program makes.",
        })),
    ],
  },
  {
    id: "C7",
    holds: "no hook needs the credential before it exists",
    level: { blueGreen: "warns", rolling: "warns" },
    judge: (subject) =>
      ofBlue(subject, ({ workload: { object } }) => {
        const early = hooksOf(object).filter((hook) => hook.startsWith("pre-"));
        const why = `${title(object)} logs in before any pod of the release runs (${early.join(", ")})`;
        const serving = withStrategy(subject, {
          blueGreen: "the other slot serves",
          rolling: "pods with the credential before it serve",
        });
        return early.length === 0
          ? []
          : [
              {
                why: `${why}, in every rotation, while ${serving}.`,
                repair: `Make sure that it can run while ${serving}.`,
              },
            ];
      }),
  },
  {
    id: "C8",
    holds: "variables are declared before they are used",
    level: { blueGreen: "fails", rolling: "fails" },
    judge: ({ renders }) =>
      workloadsOf(renders.blue).flatMap((workload) =>
        workload.containers.flatMap((container) => undeclared(workload, container)),
      ),
  },
];

function eachSlot(
  subject: Subject,
  judge: (slot: SlotName, users: readonly User[]) => Shortfall[],
): Shortfall[] {
  return SLOTS.flatMap((slot) =>
    judge(slot, usersOf(subject, subject.renders[slot], subject.names[slot])),
  );
}

/** Where both slots would say the same, one is enough. */
function ofBlue(subject: Subject, judge: (user: User) => Shortfall[]): Shortfall[] {
  return usersOf(subject, subject.renders.blue, subject.names.blue).flatMap(judge);
}

/** Whether a SecretProviderClass has the driver write a Secret. */
function writes({ spec = {} }: Rendered, secret: string): boolean {
  const objects = (spec["secretObjects"] ?? []) as readonly { readonly secretName?: string }[];
  return objects.some(({ secretName }) => secretName === secret);
}

type Container = Workload["containers"][number];

function undeclared({ object }: { object: Rendered }, container: Container): Shortfall[] {
  const known = new Set<string>();
  return (container.env ?? []).flatMap(({ name, value = "" }) => {
    const used = [...value.replaceAll("$$", "").matchAll(/\$\(([A-Za-z_][\w.-]*)\)/g)];
    const missing = used.map(([, variable = ""]) => variable).filter((each) => !known.has(each));
    known.add(name);
    // What envFrom brings is known as well, but not from here.
    return missing.length === 0 ||
      environmentReferences(container).some(({ by }) => by === "envFrom")
      ? []
      : [
          {
            why: `${title(object)} (${container.name}): ${name} holds $(${missing.join("), $(")}) as text, because it is not declared before.`,
            repair: `Declare ${missing.join(", ")} above ${name}.`,
          },
        ];
  });
}
