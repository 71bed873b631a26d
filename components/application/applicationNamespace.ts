import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { ChartShape, PodSecurity } from "../chart";
import { ownStack, STACK_ANNOTATION } from "../facts/ownStack";
import { namespaceOf } from "../plan";
import { HOLDS } from "../rotation/heldSecret";
import { ASKS, POD_OF } from "../rotation/proofJob";
import { podSelectors, type Selector } from "./podSelectors";
import type { Egress } from "./egress";

/** Ranges that an application's pods have to do with, CIDR, one or several of each. */
export interface ApplicationRanges {
  /** Subnet of the gateway. */
  readonly gateway: string | readonly string[];
  /**
   * Where the database is, and the vault if both have private endpoints.
   * @default anywhere
   */
  readonly endpoints?: string | readonly string[] | undefined;
}

export interface ApplicationNamespaceArgs {
  /** Short name of the application, e.g. `shop`. */
  readonly application: string;
  /**
   * A namespace that is there, where others have pods, too. A change replaces everything in it that is
   * the application's.
   * @default one of its own, named after the application
   */
  readonly shared?: string | undefined;
  /** Where traffic to the pods comes from, and where database and vault are, CIDR. */
  readonly ranges: ApplicationRanges;
  /** Further destinations of its pods. */
  readonly egress: readonly Egress[];
  /** The pods that serve, and their port. */
  readonly serving: Pick<ChartShape, "podLabels" | "port" | "probe" | "slots">;
  /** Ports on which pods of the application reach each other, those of the other slot included. */
  readonly peers: readonly number[];
  readonly podSecurity: PodSecurity;
  /** Port that the gateway probes, where it is not that of readiness. */
  readonly probePort?: number | undefined;
  /** What the proofs connect to, an IPv4 address or a host name. */
  readonly proofAddress: pulumi.Input<string>;
  /**
   * Whether pods of the program's own hold the slots' Secrets.
   * @default none does
   */
  readonly isHeld?: boolean | undefined;
}

/** Pods that policies select, by what a policy's name ends with. */
type Selected = Readonly<Record<string, Selector>>;

/** Every pod of the namespace. */
const ALL: Selected = { "": {} };
/** No pods but those that hold a Secret, which reach nobody. */
const NO_HOLDERS: Selector = { matchExpressions: [{ key: HOLDS, operator: "DoesNotExist" }] };
const HTTPS = [{ port: 443, protocol: "TCP" }];
const IPV4 = /^\d{1,3}(\.\d{1,3}){3}$/;

/**
 * The namespace of the application: confined pods only, and of their traffic only what is named
 * here. Nodes are not asked: probes come from them, and they mount the secrets.
 *
 * One that others share is taken as it is. The same goes for the pods of both slots and of the proofs,
 * which are selected by their own labels, and for no others: a policy closes whatever it selects.
 */
export function applicationNamespace(
  name: string,
  {
    application,
    shared,
    ranges,
    egress,
    isHeld,
    peers,
    podSecurity,
    probePort,
    proofAddress,
    serving,
  }: ApplicationNamespaceArgs,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const namespace =
    shared === undefined
      ? new kubernetes.core.v1.Namespace(
          `${name}-namespace`,
          {
            metadata: {
              name: namespaceOf({ application }),
              labels: { "pod-security.kubernetes.io/enforce": podSecurity },
            },
          },
          opts,
        ).metadata.name
      : pulumi.output(shared);
  const policy = (
    part: string,
    selected: Selected,
    rules: Omit<kubernetes.types.input.networking.v1.NetworkPolicySpec, "podSelector">,
  ) => {
    for (const [ending, podSelector] of Object.entries(selected)) {
      new kubernetes.networking.v1.NetworkPolicy(
        `${name}-${part}${ending}`,
        {
          metadata: {
            // Others may have policies of these names.
            name: shared === undefined ? part : `${application}-${part}${ending}`,
            namespace,
            ...(shared !== undefined && { annotations: { [STACK_ANNOTATION]: ownStack() } }),
          },
          spec: { podSelector, ...rules },
        },
        opts,
      );
    }
  };
  const own = { [POD_OF]: application };
  const pods: Selected =
    shared === undefined ? { "": { matchLabels: serving.podLabels } } : podSelectors(serving.slots);
  const besides = isHeld ? NO_HOLDERS : {};
  const [all, reaching]: readonly [Selected, Selected] =
    shared === undefined
      ? [ALL, { "": besides }]
      : [
          { ...pods, "-proofs": { matchLabels: own } },
          { ...pods, "-proofs": { matchLabels: own, ...besides } },
        ];
  const proofsThatAsk = (whom: keyof typeof ASKS): Selected => ({
    "": { matchLabels: { [ASKS[whom]]: "true", ...(shared !== undefined && own) } },
  });

  policy("deny-all", all, { policyTypes: ["Ingress", "Egress"] });
  const probed = probePort ?? serving.probe?.port ?? serving.port;
  policy("gateway-to-application", pods, {
    policyTypes: ["Ingress"],
    ingress: [
      {
        from: blocksOf(ranges.gateway),
        ports: [...new Set([serving.port, probed])].map((port) => ({ port, protocol: "TCP" })),
      },
    ],
  });
  if (peers.length > 0) {
    const ports = peers.map((port) => ({ port, protocol: "TCP" }));
    const others = Object.values(pods).map((podSelector) => ({ podSelector }));
    policy("between-pods", pods, {
      policyTypes: ["Ingress", "Egress"],
      ingress: [{ from: others, ports }],
      egress: [{ to: others, ports }],
    });
  }
  policy("to-names-and-database", reaching, {
    policyTypes: ["Egress"],
    egress: [
      // Wherever it answers: pods of CoreDNS, or AKS's LocalDNS, which is on from Kubernetes 1.37
      // and listens on the node itself. Neither a selector nor a range matches that: to Cilium it is
      // the host, and after a restart of its agent the world (cilium#18644, #33144).
      {
        ports: [
          { port: 53, protocol: "UDP" },
          { port: 53, protocol: "TCP" },
        ],
      },
      {
        ...(ranges.endpoints !== undefined && { to: blocksOf(ranges.endpoints) }),
        ports: [{ port: 5432, protocol: "TCP" }],
      },
    ],
  });
  if (egress.length > 0) {
    policy("to-further-destinations", reaching, {
      policyTypes: ["Egress"],
      egress: egress.map(({ range, port }) => ({
        to: [{ ipBlock: { cidr: range } }],
        ports: [{ port, protocol: "TCP" }],
      })),
    });
  }
  policy("proofs-to-gateway", proofsThatAsk("gateway"), {
    policyTypes: ["Egress"],
    egress: [
      {
        to: [
          pulumi
            .output(proofAddress)
            .apply((address) => ({ ipBlock: destination(address, ranges.endpoints) })),
        ],
        ports: HTTPS,
      },
    ],
  });
  // Which address the API server has AKS decides, and Cilium would not match a range with nodes in
  // it ("Azure CNI Powered by Cilium": limitations).
  policy("proofs-to-cluster", proofsThatAsk("cluster"), {
    policyTypes: ["Egress"],
    egress: [{ ports: HTTPS }],
  });
  return namespace;
}

function blocksOf(ranges: string | readonly string[]) {
  return [ranges].flat().map((cidr) => ({ ipBlock: { cidr } }));
}

/** One address; of a name no policy knows to which ones it leads, but not to vault or database. */
function destination(address: string, endpoints: ApplicationRanges["endpoints"]) {
  return IPV4.test(address)
    ? { cidr: `${address}/32` }
    : { cidr: "0.0.0.0/0", ...(endpoints !== undefined && { except: [endpoints].flat() }) };
}
