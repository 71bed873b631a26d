import { usersOf } from "../credential";
import { lasts } from "../rendered";
import { type Row, setting } from "../row";
import type { Subject } from "../subject";

export const declared: readonly Row[] = [
  {
    id: "D1",
    holds: "connections, and as whom the application acts, are set",
    level: { blueGreen: "fails", rolling: "fails" },
    judge: (subject) => [
      ...(subject.declared.connections === undefined && !isPooled(subject)
        ? [
            {
              why: "Nothing says how many connections a slot opens; pods times ${poolSize} would be wrong.",
              repair: `Set ${setting(subject, "connections", "<number>")}, the most that all pods of a slot open together.`,
            },
          ]
        : []),
      ...(subject.declared.actAs === undefined
        ? [
            {
              why: "Nothing says as whom the application acts.",
              repair: `Set ${setting(subject, "actAs", "owner")} when it creates or alters its tables itself, else readwrite.`,
            },
          ]
        : []),
    ],
  },
];

/** Whether a slot's connections are its pods times `rotation:poolSize`: one workload, which is given it. */
function isPooled(subject: Subject): boolean {
  const users = usersOf(subject, subject.renders.blue, subject.names.blue);
  return (
    subject.values.includes("${poolSize}") &&
    users.length === 1 &&
    users.every(({ workload }) => lasts(workload))
  );
}
