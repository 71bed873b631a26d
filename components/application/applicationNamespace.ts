import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { ChartShape, PodSecurity } from "../chart";
import { namesOf } from "../plan";
import { HOLDS } from "../rotation/heldSecret";
import { ASKS } from "../rotation/proofJob";
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
  /** Name of the namespace, e.g. `shop`. A change replaces it with everything in it. */
  readonly application: string;
  /** Where traffic to the pods comes from, and where database and vault are, CIDR. */
  readonly ranges: ApplicationRanges;
  /** Further destinations of its pods. */
  readonly egress: readonly Egress[];
  /** The pods that serve, and their port. */
  readonly serving: Pick<ChartShape, "podLabels" | "port" | "probe">;
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

/** Every pod of the namespace. */
const ALL = {};
/** Every pod but those that hold a Secret, which reach nobody. */
const NO_HOLDERS = { matchExpressions: [{ key: HOLDS, operator: "DoesNotExist" }] };
/** The pods of proofs that call the gateway, and of those that call the API server. */
const ASKING = (whom: keyof typeof ASKS) => ({ matchLabels: { [ASKS[whom]]: "true" } });
const HTTPS = [{ port: 443, protocol: "TCP" }];
const IPV4 = /^\d{1,3}(\.\d{1,3}){3}$/;

/**
 * The namespace of the application: confined pods only, and of their traffic only what is named
 * here. Nodes are not asked: probes come from them, and they mount the secrets.
 */
export function applicationNamespace(
  name: string,
  {
    application,
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
  const namespace = new kubernetes.core.v1.Namespace(
    `${name}-namespace`,
    {
      metadata: {
        name: namesOf(application).namespace,
        labels: { "pod-security.kubernetes.io/enforce": podSecurity },
      },
    },
    opts,
  ).metadata.name;
  const policy = (
    part: string,
    podSelector: pulumi.Input<kubernetes.types.input.meta.v1.LabelSelector>,
    rules: Omit<kubernetes.types.input.networking.v1.NetworkPolicySpec, "podSelector">,
  ) =>
    new kubernetes.networking.v1.NetworkPolicy(
      `${name}-${part}`,
      { metadata: { name: part, namespace }, spec: { podSelector, ...rules } },
      opts,
    );

  const reaching = isHeld ? NO_HOLDERS : ALL;
  policy("deny-all", ALL, { policyTypes: ["Ingress", "Egress"] });
  const pods = { matchLabels: serving.podLabels };
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
    const others = [{ podSelector: pods }];
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
  policy("proofs-to-gateway", ASKING("gateway"), {
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
  policy("proofs-to-cluster", ASKING("cluster"), {
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
