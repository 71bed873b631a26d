import type { PodSecurity } from "../chart";
import { ingressProblems } from "./ingressProblems";
import type { FoundNamespace, FoundPod, FoundService, PlaceAnswers, PlaceNeeds } from "./place";
import type { Problem } from "./readings";
import { takenProblems } from "./takenNames";

/** Everything about a namespace of others that an application cannot live with, as far as it is known. */
export function placeProblems(needs: PlaceNeeds, answers: PlaceAnswers): Problem[] {
  return [
    ...namespaceProblems(needs, answers.namespace),
    ...(needs.isFirst ? ingressProblems(needs, answers) : []),
    ...serviceProblems(needs, answers),
    ...(needs.isFirst ? takenProblems(needs, answers) : []),
  ];
}

const ENFORCE = "pod-security.kubernetes.io/enforce";

/** From the one that lets everything in. */
const LEVELS = ["privileged", "baseline", "restricted"];

function namespaceProblems(
  { namespace, podSecurity }: PlaceNeeds,
  found: FoundNamespace | null | undefined,
): Problem[] {
  if (found === undefined) {
    return [];
  }
  if (found === null) {
    return [
      [
        "namespace",
        `is ${namespace}, and the cluster has no such namespace: compare \`kubectl get namespaces\`, or let ` +
          "the program make one with `pulumi config rm rotation:namespace`.",
      ],
    ];
  }
  const enforced = found.metadata.labels?.[ENFORCE] ?? "privileged";
  const isTooMuch = LEVELS.indexOf(enforced) > LEVELS.indexOf(podSecurity satisfies PodSecurity);
  return [
    ...(found.metadata.deletionTimestamp !== undefined || found.status?.phase === "Terminating"
      ? [
          [
            "namespace",
            `is ${namespace}, which is being deleted with everything in it: wait until somebody has made it again.`,
          ] as const,
        ]
      : []),
    ...(isTooMuch
      ? [
          [
            "namespace",
            `is ${namespace}, which enforces Pod Security ${enforced} (${ENFORCE}), and the chart's pods fit ` +
              `${podSecurity} only: change the chart and \`pulumi config set rotation:podSecurity ${enforced}\`.`,
          ] as const,
        ]
      : []),
  ];
}

function serviceProblems(
  { legacyServes, legacyService: named, namespace }: PlaceNeeds,
  { pods, service }: PlaceAnswers,
): Problem[] {
  if (named === undefined || service === undefined) {
    return [];
  }
  const where = `is ${named.name}:${named.port}, and `;
  const text = serviceProblem({ service, pods, port: named.port, legacyServes });
  return text === undefined
    ? []
    : [
        [
          "legacyService",
          `${where}${text}: \`kubectl --namespace ${namespace} ` +
            `${service === null ? "get services" : `describe service ${named.name}`}\`.`,
        ],
      ];
}

function serviceProblem({
  legacyServes,
  pods,
  port,
  service,
}: {
  readonly service: FoundService | null;
  readonly pods: readonly FoundPod[] | undefined;
  readonly port: number;
  readonly legacyServes: boolean;
}): string | undefined {
  if (service === null) {
    return "its namespace has no such Service";
  }
  const { ports = [], selector } = service.spec ?? {};
  if (!ports.some((each) => each.port === port)) {
    const others = ports.map((each) => each.port).join(", ");
    return `that Service has no such port but ${others || "none"}`;
  }
  if (selector === undefined) {
    return "that Service selects no pods, whose readiness nobody can look at then";
  }
  return legacyServes && pods !== undefined && !pods.some(isReady)
    ? "none of its pods is ready, to which production leads"
    : undefined;
}

function isReady({ metadata, status }: FoundPod): boolean {
  const isSaid = status?.conditions?.some(
    (condition) => condition.type === "Ready" && condition.status === "True",
  );
  return isSaid === true && metadata.deletionTimestamp === undefined;
}
