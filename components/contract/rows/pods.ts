import type { V1Container, V1PodSpec } from "@kubernetes/client-node";
import type { PodSecurity } from "../../chart";
import { usersOf } from "../credential";
import { lasts, podSpec, title, workloadsOf } from "../rendered";
import { type Row, setting } from "../row";
import { NO_ACCOUNT } from "../shape";
import { appContainer, servingWorkloads } from "../wayIn";

/** Kinds of volumes that Pod Security `restricted` lets a pod have. */
const RESTRICTED_VOLUMES: ReadonlySet<string> = new Set([
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "persistentVolumeClaim",
  "projected",
  "secret",
]);

/** Capabilities that `baseline` lets a container add. */
const BASELINE_CAPABILITIES: ReadonlySet<string> = new Set([
  "AUDIT_WRITE",
  "CHOWN",
  "DAC_OVERRIDE",
  "FOWNER",
  "FSETID",
  "KILL",
  "MKNOD",
  "NET_BIND_SERVICE",
  "SETFCAP",
  "SETGID",
  "SETPCAP",
  "SETUID",
  "SYS_CHROOT",
]);

export const pods: readonly Row[] = [
  {
    id: "P1",
    holds: "the namespace's Pod Security admits the pods",
    level: { blueGreen: "fails", rolling: "fails" },
    judge: (subject) => {
      const { podSecurity } = subject.declared;
      return workloadsOf(subject.renders.blue).flatMap(({ object, template, containers }) => {
        const spec = podSpec(template);
        const violations = [
          ...podViolations(spec, podSecurity),
          ...containers.flatMap((container) =>
            containerViolations(spec, container, podSecurity).map(
              (what) => `${container.name}: ${what}`,
            ),
          ),
        ];
        return violations.length === 0
          ? []
          : [
              {
                why: `Pod Security \`${podSecurity}\` would refuse pods of ${title(object)} (${violations.join("; ")}).`,
                repair:
                  podSecurity === "restricted"
                    ? `Set the chart's ${RESTRICTED}; else ${setting(subject, "podSecurity", "baseline")}.`
                    : "Turn these off in the chart; there is no weaker level.",
              },
            ];
      });
    },
  },
  {
    id: "P2",
    holds: "pods have a read-only root, somewhere to write, and requests",
    level: { blueGreen: "warns", rolling: "warns" },
    judge: ({ renders }) =>
      workloadsOf(renders.blue)
        .filter(lasts)
        .flatMap(({ object, template }) => {
          const spec = podSpec(template);
          const missing = spec.containers.flatMap((container) => {
            const { name, resources, securityContext } = container;
            return [
              ...(securityContext?.readOnlyRootFilesystem === true
                ? []
                : [`${name}: a root that can be written`]),
              ...(resources?.requests ? [] : [`${name}: no requests`]),
            ];
          });
          return missing.length === 0
            ? []
            : [
                {
                  why: `${title(object)} has ${missing.join("; ")}.`,
                  repair:
                    "Set readOnlyRootFilesystem with an emptyDir at /tmp, and resources.requests.",
                },
              ];
        }),
  },
  {
    id: "P3",
    holds: "pods that mount the credential run as the account that may read it",
    level: { blueGreen: "fails", rolling: "fails" },
    judge: (subject) =>
      subject.declared.delivery === "secret"
        ? []
        : usersOf(subject, subject.renders.blue, subject.names.blue).flatMap(
            ({ workload: { object, template }, reading }) => {
              const { account } = subject.names.blue;
              const { serviceAccountName = NO_ACCOUNT } = podSpec(template);
              return reading.length === 0 || serviceAccountName === account
                ? []
                : [
                    {
                      why: `Pods of ${title(object)} run as \`${serviceAccountName}\`: its identity cannot read the vault.`,
                      repair: "Set serviceAccount.name to ${account}.",
                    },
                  ];
            },
          ),
  },
  {
    id: "P4",
    holds: "the container that serves runs rotation:appImage",
    level: { blueGreen: "fails", rolling: "fails" },
    judge: (subject) => {
      const serving = servingWorkloads(subject, "blue");
      const images = serving.flatMap(({ template }) =>
        podSpec(template).containers.map(({ image = "" }) => image),
      );
      return serving.length === 0 || serving.some(appContainer)
        ? []
        : [
            {
              why: `Nothing behind the Service runs rotation:appImage, only ${images.join(", ")}.`,
              repair:
                "Set the chart's image to ${image}, or its repository to ${repository} and its tag to ${tag}.",
            },
          ];
    },
  },
];

/** Values that make pods `restricted`, in the names that most charts have. */
const RESTRICTED =
  "podSecurityContext to {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}} and its " +
  "securityContext to {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}";

/** What of a pod the standard refuses (kubernetes.io, "Pod Security Standards"). */
function podViolations(spec: V1PodSpec, level: PodSecurity): string[] {
  const volumes = (spec.volumes ?? []).flatMap((volume) =>
    Object.keys(volume).filter((kind) => kind !== "name"),
  );
  const refused =
    level === "restricted"
      ? volumes.filter((kind) => !RESTRICTED_VOLUMES.has(kind))
      : volumes.filter((kind) => kind === "hostPath");
  return [
    ...(spec.hostNetwork ? ["hostNetwork"] : []),
    ...(spec.hostPID ? ["hostPID"] : []),
    ...(spec.hostIPC ? ["hostIPC"] : []),
    ...refused.map((kind) => `a ${kind} volume`),
  ];
}

function containerViolations(
  pod: V1PodSpec,
  { ports = [], securityContext: own = {} }: V1Container,
  level: PodSecurity,
): string[] {
  const added = own.capabilities?.add ?? [];
  const seccomp = (own.seccompProfile ?? pod.securityContext?.seccompProfile)?.type;
  const user = own.runAsUser ?? pod.securityContext?.runAsUser;
  const nonRoot = own.runAsNonRoot ?? pod.securityContext?.runAsNonRoot;
  const baseline = [
    ...(own.privileged ? ["privileged"] : []),
    ...(ports.some(({ hostPort = 0 }) => hostPort > 0) ? ["a hostPort"] : []),
    ...(seccomp === "Unconfined" ? ["seccomp Unconfined"] : []),
    ...added.filter((each) => !BASELINE_CAPABILITIES.has(each)).map((each) => `capability ${each}`),
  ];
  if (level === "baseline") {
    return baseline;
  }
  return [
    ...baseline,
    ...(own.allowPrivilegeEscalation === false ? [] : ["allowPrivilegeEscalation is not false"]),
    ...(own.capabilities?.drop?.includes("ALL") ? [] : ["does not drop all capabilities"]),
    ...added
      .filter((each) => each !== "NET_BIND_SERVICE" && BASELINE_CAPABILITIES.has(each))
      .map((each) => `capability ${each}`),
    ...(nonRoot === true ? [] : ["runAsNonRoot is not true"]),
    ...(user === 0 ? ["runs as user 0"] : []),
    ...(seccomp === undefined ? ["no seccompProfile"] : []),
  ];
}
