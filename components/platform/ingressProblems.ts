import { AGIC, AGIC_CLASS, ingressOf } from "../plan";
import type { FoundIngress, FoundPod, HostKey, PlaceAnswers, PlaceNeeds } from "./place";
import type { Problem } from "./readings";

/** AGIC's class as an annotation, which came first. */
const CLASS_ANNOTATION = ["kubernetes.io/ingress.class", "azure/application-gateway"] as const;

/** Everything about the Ingresses of a cluster that keeps one with three hosts from serving them. */
export function ingressProblems(needs: PlaceNeeds, { ingresses, pods }: PlaceAnswers): Problem[] {
  if (ingresses === undefined) {
    return [];
  }
  const { ingress: name, namespace } = needs;
  const isOurs = ({ metadata }: FoundIngress) =>
    metadata.namespace === namespace && metadata.name === ingressOf(needs);
  const found = ingresses.find(isOurs);
  const claims = claimProblems(
    needs,
    ingresses.filter((each) => !isOurs(each) && isAgic(each)),
  );
  if (name === undefined) {
    return claims;
  }
  if (found === undefined) {
    const text =
      `is ${name}, and namespace ${namespace} has no such Ingress: ` +
      `\`kubectl --namespace ${namespace} get ingress\`.`;
    return [["ingress", text], ...claims];
  }
  const texts = [
    classProblem(needs, found),
    rulesProblem(needs, found),
    hostProblem(needs, found),
    ...certificateProblems(needs, found),
    releaseProblem(needs, found),
    ...annotationProblems(needs, found),
    probeProblem(needs, found, pods),
  ];
  return [
    ...texts.flatMap((text) => (text === undefined ? [] : [["ingress", text] as const])),
    ...claims,
  ];
}

/** Another object with one of the hosts: AGIC merges both, and which one wins is its secret. */
function claimProblems({ hosts }: PlaceNeeds, others: readonly FoundIngress[]): Problem[] {
  return (Object.entries(hosts) as [HostKey, string][]).flatMap(([key, host]) =>
    others
      .filter(({ spec }) => spec?.rules?.some((rule) => rule.host === host))
      .map(({ metadata: { name, namespace } }) => [
        key,
        `is ${host}, and the Ingress ${name} of namespace ${namespace} claims it, too: take the host out of ` +
          `it, \`kubectl --namespace ${namespace} edit ingress ${name}\`.`,
      ]),
  );
}

function isAgic({ metadata, spec }: FoundIngress): boolean {
  const [annotation, value] = CLASS_ANNOTATION;
  return spec?.ingressClassName === AGIC_CLASS || metadata.annotations?.[annotation] === value;
}

function classProblem({ ingress }: PlaceNeeds, found: FoundIngress): string | undefined {
  const [annotation] = CLASS_ANNOTATION;
  const named = found.spec?.ingressClassName ?? found.metadata.annotations?.[annotation] ?? "none";
  return isAgic(found)
    ? undefined
    : `is ${ingress}, whose class is ${named}: only an Ingress of ${AGIC_CLASS} is served by the gateway.`;
}

function rulesProblem({ hosts, ingress }: PlaceNeeds, { spec }: FoundIngress): string | undefined {
  const own = Object.values(hosts);
  const lost = (spec?.rules ?? []).flatMap(({ host = "any host", http }) =>
    (http?.paths ?? [])
      .map(({ path = "/" }) => path)
      .filter((path) => path !== "/" || !own.includes(host))
      .map((path) => `${host} ${path}`),
  );
  return lost.length === 0
    ? undefined
    : `is ${ingress}, whose rules for ${lost.join(", ")} would be lost, because the list of rules has one ` +
        "owner: move them to an Ingress of their own first.";
}

function hostProblem(
  { hosts: { productionHost }, ingress }: PlaceNeeds,
  { spec }: FoundIngress,
): string | undefined {
  const hosts = (spec?.rules ?? []).map(({ host = "any host" }) => host);
  return productionHost === undefined || hosts.includes(productionHost)
    ? undefined
    : `is ${ingress}, which does not serve ${productionHost} (rotation:productionHost) but ` +
        `${hosts.join(", ") || "nothing"}: name the Ingress that does.`;
}

function certificateProblems(
  { annotations, ingress, namespace }: PlaceNeeds,
  { metadata, spec }: FoundIngress,
): (string | undefined)[] {
  const key = `${AGIC}/appgw-ssl-certificate`;
  const needed = annotations[key] ?? "";
  const has = metadata.annotations?.[key];
  const kubectl = `kubectl --namespace ${namespace}`;
  const tls = (spec?.tls ?? []).map(({ secretName = "unnamed" }) => secretName);
  return [
    has === needed
      ? undefined
      : `is ${ingress}, whose certificate of the gateway is ${has ?? "none"} (${key}), and ` +
        `rotation:certificateName is ${needed}: \`${kubectl} annotate ingress ${ingress} ` +
        `${key}=${needed} --overwrite\`, and see that today's clients take it.`,
    tls.length === 0
      ? undefined
      : `is ${ingress}, which names a certificate of the cluster (secret ${tls.join(", ")}), and AGIC prefers that to ` +
        `the gateway's own: with ${key} set, \`${kubectl} patch ingress ${ingress} --type json --patch ` +
        `'[{"op":"remove","path":"/spec/tls"}]'\`.`,
  ];
}

const RELEASE = "meta.helm.sh/release-name";
const KEEP = "helm.sh/resource-policy";

function releaseProblem(
  { ingress, namespace }: PlaceNeeds,
  { metadata: { annotations = {} } }: FoundIngress,
): string | undefined {
  const release = annotations[RELEASE];
  return release === undefined || annotations[KEEP] === "keep"
    ? undefined
    : `is ${ingress}, a part of the Helm release ${release}: the next \`helm upgrade\` would take the traffic ` +
        `back. Run \`kubectl --namespace ${namespace} annotate ingress ${ingress} ${KEEP}=keep\`, take it out ` +
        "of that chart, and upgrade the release once.";
}

/** What else AGIC may be told that would hold for the new pods, and differs by what they need. */
const OF_PODS = [
  "backend-hostname",
  "backend-path-prefix",
  "backend-protocol",
  "cookie-based-affinity",
  "health-probe-port",
  "health-probe-status-codes",
  "hostname-extension",
  "override-frontend-port",
];
const HARMLESS: Readonly<Record<string, string>> = {
  "backend-protocol": "http",
  "cookie-based-affinity": "false",
};

function annotationProblems(
  { annotations, ingress, namespace }: PlaceNeeds,
  { metadata }: FoundIngress,
): string[] {
  const now = metadata.annotations ?? {};
  return OF_PODS.flatMap((name) => {
    const key = `${AGIC}/${name}`;
    const [has, needed] = [now[key], annotations[key] ?? HARMLESS[name]];
    return has === undefined || has.toLowerCase() === needed
      ? []
      : [
          `is ${ingress}, whose annotation ${key} (${has}) would hold for the new pods, too, which need ` +
            `${annotations[key] ?? "none"}: \`kubectl --namespace ${namespace} annotate ingress ${ingress} ${key}-\`.`,
        ];
  });
}

/** One path for all hosts: pods of before that do not answer it would lose the traffic at once. */
function probeProblem(
  { annotations, ingress }: PlaceNeeds,
  { metadata }: FoundIngress,
  pods: readonly FoundPod[] | undefined,
): string | undefined {
  const key = `${AGIC}/health-probe-path`;
  const [probed] = (pods ?? []).flatMap(({ spec }) =>
    (spec?.containers ?? []).flatMap(
      ({ livenessProbe, readinessProbe }) =>
        readinessProbe?.httpGet ?? livenessProbe?.httpGet ?? [],
    ),
  );
  const needed = annotations[key];
  const asked = metadata.annotations?.[key] ?? probed?.path ?? "/";
  return pods === undefined || pods.length === 0 || asked === needed
    ? undefined
    : `is ${ingress}, through which the gateway asks today's pods for ${asked}, and would ask them and the new ones ` +
        `for ${needed}: let both answer one of them, and set rotation:probePath to it.`;
}
