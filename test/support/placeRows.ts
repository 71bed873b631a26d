import { ownSlotShapes } from "../../components/chart";
import type { ClusterReads } from "../../components/facts/clusterLists";
import type { FoundIngress, PlaceNeeds } from "../../components/platform/place";
import { placeProblems } from "../../components/platform/placeProblems";
import { askPlace } from "../../components/platform/placeQuestions";
import { Readings } from "../../components/platform/readings";
import { ingressOfOthers, objectsOfOthers, PATHS } from "./clusterOfOthers";
import { REFERENCE as PLATFORM } from "./existingPlatform";

export const HOST = "shop.example";
const AGIC = "appgw.ingress.kubernetes.io";
export const STACK = "organization/rotation/prod";

/** What an application needs that takes over what is there. */
export const NEEDS: PlaceNeeds = {
  application: "app",
  namespace: "team-shop",
  podSecurity: "baseline",
  hosts: {
    productionHost: HOST,
    stageBlueHost: `blue.${HOST}`,
    stageGreenHost: `green.${HOST}`,
  },
  slots: ownSlotShapes("app"),
  ingress: "shop",
  annotations: {
    [`${AGIC}/appgw-ssl-certificate`]: "wildcard",
    [`${AGIC}/health-probe-path`]: "/readyz",
  },
  legacyService: { name: "shop", port: 8080 },
  legacyServes: true,
  isFirst: true,
  stack: STACK,
};

export const OBJECTS = objectsOfOthers(HOST, "wildcard");
const INGRESS: FoundIngress = ingressOfOthers(HOST, "wildcard");

/** A cluster that answers from memory, and notes down what it is asked. */
export function clusterWith(objects: Readonly<Record<string, unknown>>, asked: string[] = []) {
  const at = (path: string) => {
    asked.push(path);
    return objects[path.split("?")[0]!];
  };
  return {
    list: (path: string) => Promise.resolve((at(path) ?? []) as never),
    object: (path: string) => Promise.resolve((at(path) ?? undefined) as never),
  } satisfies ClusterReads;
}

/** What is wrong with it, a sentence each. */
export async function problemsWith(
  changes: Readonly<Record<string, unknown>>,
  needs: Partial<PlaceNeeds> = {},
): Promise<string[]> {
  const readings = new Readings(["namespace", "ingress", "productionHost", "legacyService"]);
  const cluster = clusterWith({ ...OBJECTS, ...changes });
  const asked = { ...NEEDS, ...needs };
  const answers = await askPlace(cluster, PLATFORM.clusterId, asked, readings);
  placeProblems(asked, answers).forEach(([key, text]) => readings.problem(key, text));
  return readings.problems;
}

export const named = (name: string, more: object = {}) => ({ metadata: { name, ...more } });
export const withIngress = (
  change: (draft: {
    metadata: { annotations: Record<string, string> };
    spec: Record<string, unknown>;
  }) => void,
) => {
  const draft = structuredClone(INGRESS) as never;
  change(draft);
  return { [PATHS.ingresses]: [draft] };
};
export const rule = (host: string, ...paths: string[]) => ({
  host,
  http: { paths: paths.map((path) => ({ path })) },
});

/** What can be wrong with a namespace of another team, and what is said then. */
export type PlaceRow = readonly [
  what: string,
  changes: Readonly<Record<string, unknown>>,
  texts: readonly RegExp[],
  needs?: Partial<PlaceNeeds>,
];
export const PLACE_ROWS: readonly PlaceRow[] = [
  [
    "is not there",
    { [PATHS.namespace]: undefined },
    [
      /^rotation:namespace is team-shop, and the cluster has no such namespace: .*`pulumi config rm rotation:namespace`/,
    ],
  ],
  [
    "is being deleted",
    { [PATHS.namespace]: { ...named("team-shop"), status: { phase: "Terminating" } } },
    [/^rotation:namespace is team-shop, which is being deleted/],
  ],
  [
    "enforces more than the chart's pods fit",
    {
      [PATHS.namespace]: named("team-shop", {
        labels: { "pod-security.kubernetes.io/enforce": "restricted" },
      }),
    },
    [
      /^rotation:namespace .* enforces Pod Security restricted .*fit baseline only: .*podSecurity restricted`/,
    ],
  ],
  [
    "has no such Ingress",
    { [PATHS.ingresses]: [] },
    [
      /^rotation:ingress is shop, and namespace team-shop has no such Ingress: `kubectl --namespace team-shop get ingress`/,
    ],
  ],
  [
    "has an Ingress of another class",
    withIngress(({ spec }) => (spec["ingressClassName"] = "nginx")),
    [
      /^rotation:ingress is shop, whose class is nginx: only an Ingress of azure-application-gateway/,
    ],
  ],
  [
    "has an Ingress with other hosts and paths",
    withIngress(
      ({ spec }) => (spec["rules"] = [rule(HOST, "/", "/api"), rule("other.example", "/")]),
    ),
    [/^rotation:ingress .*rules for shop\.example \/api, other\.example \/ would be lost/],
  ],
  [
    "has an Ingress that does not serve production",
    withIngress(({ spec }) => (spec["rules"] = [rule(`blue.${HOST}`, "/")])),
    [
      /^rotation:ingress .*does not serve shop\.example \(rotation:productionHost\) but blue\.shop\.example/,
    ],
  ],
  [
    "has an Ingress with another certificate",
    withIngress(({ metadata, spec }) => {
      metadata.annotations[`${AGIC}/appgw-ssl-certificate`] = "old";
      spec["tls"] = [{ secretName: "shop-tls" }];
    }),
    [
      /^rotation:ingress .*certificate of the gateway is old .*annotate ingress shop appgw\.ingress\.kubernetes\.io\/appgw-ssl-certificate=wildcard --overwrite`/,
      /^rotation:ingress .*names a certificate of the cluster \(secret shop-tls\).*"op":"remove","path":"\/spec\/tls"/,
    ],
  ],
  [
    "has an Ingress that a Helm release would take back",
    withIngress(({ metadata }) => delete metadata.annotations["helm.sh/resource-policy"]),
    [
      /^rotation:ingress .*Helm release shop: the next `helm upgrade` would take the traffic back\. .*annotate ingress shop helm\.sh\/resource-policy=keep`/,
    ],
  ],
  [
    "has an Ingress that says something else of the pods",
    withIngress(({ metadata }) => {
      metadata.annotations[`${AGIC}/backend-protocol`] = "https";
      metadata.annotations[`${AGIC}/cookie-based-affinity`] = "false";
    }),
    [
      /^rotation:ingress .*annotation appgw\.ingress\.kubernetes\.io\/backend-protocol \(https\) .*need none: .*backend-protocol-`/,
    ],
  ],
  [
    "has pods that the gateway would not find healthy any longer",
    {
      [PATHS.pods]: [
        {
          ...(OBJECTS[PATHS.pods] as object[])[0],
          spec: { containers: [{ livenessProbe: { httpGet: { path: "/health" } } }] },
        },
      ],
    },
    [
      /^rotation:ingress .*asks today's pods for \/health, and would ask them and the new ones for \/readyz: .*rotation:probePath/,
    ],
  ],
  [
    "shares its hosts with another Ingress",
    {
      [PATHS.ingresses]: [
        INGRESS,
        {
          ...named("web", { namespace: "other" }),
          spec: { ingressClassName: "azure-application-gateway", rules: [rule(HOST, "/")] },
        },
        {
          ...named("nginx", { namespace: "other" }),
          spec: { ingressClassName: "nginx", rules: [rule(HOST, "/")] },
        },
      ],
    },
    [
      /^rotation:productionHost is shop\.example, and the Ingress web of namespace other claims it, too/,
    ],
  ],
  [
    "has no such Service",
    { [PATHS.service]: undefined },
    [
      /^rotation:legacyService is shop:8080, and its namespace has no such Service: `kubectl --namespace team-shop get services`/,
    ],
  ],
  [
    "has a Service without that port",
    {
      [PATHS.service]: {
        ...named("shop"),
        spec: { selector: { a: "b" }, ports: [{ port: 80 }] },
      },
    },
    [
      /^rotation:legacyService .*has no such port but 80: `kubectl --namespace team-shop describe service shop`/,
    ],
  ],
  [
    "has a Service without pods that are ready",
    { [PATHS.pods]: [] },
    [/^rotation:legacyService .*none of its pods is ready/],
  ],
  [
    "has names that the application would take",
    {
      [PATHS.accounts]: [
        named("default"),
        named("app-blue"),
        named("app-vacator"),
        named("app-holder-blue"),
      ],
      [PATHS.classes]: [named("app-green-3-0123abcd"), named("app-other")],
      [PATHS.releases]: [named("sh.helm.release.v1.app-blue.v1", { labels: { name: "app-blue" } })],
    },
    [
      /^rotation:application is app, and namespace team-shop has Helm release app-blue, ServiceAccount app-blue, ServiceAccount app-vacator, ServiceAccount app-holder-blue, SecretProviderClass app-green-3-0123abcd already, which this stack did not make\./,
    ],
  ],
  [
    "has an Ingress of the name that one of its own would get",
    {
      [PATHS.ingresses]: [
        { ...INGRESS, metadata: { ...INGRESS.metadata, name: "app" }, spec: { rules: [] } },
      ],
    },
    [/^rotation:application .* has Ingress app already/],
    { ingress: undefined },
  ],
  [
    "has an application of another stack",
    {
      [PATHS.policies]: [
        named("x", { annotations: { "rotation/stack": "organization/rotation/dev" } }),
      ],
    },
    [
      /^rotation:namespace is team-shop, in which stack organization\/rotation\/dev has its application already/,
    ],
  ],
];
