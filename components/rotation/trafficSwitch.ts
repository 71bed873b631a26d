import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { RotationEnvironment } from "./environment";
import type { ChartShape, SlotShape } from "../chart";
import { AGIC, AGIC_CLASS, ingressOf, type Serving, type SlotName, SLOTS } from "../plan";

/**
 * How long the gateway waits for an answer or for the next event of a stream, and how long a leaving
 * pool member may finish its requests. With AGIC's default of 30 s, slower answers end with 504.
 */
export const REQUEST_SECONDS = 60;

export interface TrafficSwitchArgs {
  readonly environment: RotationEnvironment;
  /** Who receives production traffic. */
  readonly live: Serving;
  /**
   * Service that a stage host leads to instead of its slot's.
   * @default none: each leads to its slot
   */
  readonly stage?: Readonly<Partial<Record<SlotName, SlotShape["service"]>>> | undefined;
}

/** Creates the resource whose readiness means that production is routed to `live`. */
export type TrafficSwitch = (
  name: string,
  args: TrafficSwitchArgs,
  opts: pulumi.CustomResourceOptions,
) => pulumi.Resource;

/**
 * The traffic switch of the Application Gateway Ingress Controller (AGIC): one Ingress with three
 * hosts, of which only production's backend ever changes. Both pools are therefore always
 * configured and probed, and because AGIC names pools, probes and settings after the Ingress, the
 * service and the port, they keep their names.
 *
 * An Ingress of another team that serves production's host is taken over: the same fields, said by a
 * patch of that object. Everything else on it stays, and so does the object when the stack is gone,
 * because these fields say where requests go.
 */
export const agicTrafficSwitch: TrafficSwitch = (name, { environment, live, stage = {} }, opts) => {
  const { adopted, gateway, hosts, ingress, namespace, release } = environment;
  const backend = (to: Serving) =>
    backendOf(to === "legacy" ? adopted!.legacyService : release.shape.slots[to].service);
  const rule = (host: string | undefined, service: ReturnType<typeof backend>) =>
    host === undefined
      ? []
      : [
          {
            host,
            http: {
              paths: [
                {
                  path: "/",
                  pathType: "Prefix",
                  backend: { service },
                },
              ],
            },
          },
        ];
  const args = {
    metadata: {
      name: ingressOf(environment),
      namespace,
      annotations: {
        ...agicAnnotations({
          ...environment,
          certificateName: gateway.certificateName,
          shape: environment.release.shape,
        }),
        // What Pulumi could wait for, an address in the status, says nothing about the gateway's
        // pools: the proof after promotion does. And the first `up` creates the Ingress before
        // the standby slot's service.
        "pulumi.com/skipAwait": "true",
        // A field patched with kubectl belongs to kubectl from then on, and the next switch would
        // fail with a conflict. The guard has checked the rules before a move.
        "pulumi.com/patchForce": "true",
      },
    },
    spec: {
      ingressClassName: AGIC_CLASS,
      rules: [
        ...rule(hosts.production, backend(live)),
        ...SLOTS.flatMap((slot) =>
          rule(hosts[slot], stage[slot] ? backendOf(stage[slot]) : backend(slot)),
        ),
      ],
    },
  };
  return ingress === undefined
    ? new kubernetes.networking.v1.Ingress(name, args, opts)
    : new kubernetes.networking.v1.IngressPatch(
        name,
        args,
        // Given up, the fields would be nobody's, and an Ingress without rules is refused.
        { ...opts, retainOnDelete: true },
      );
};

/** What AGIC is told of all three hosts. */
export function agicAnnotations({
  certificateName,
  hosts,
  probe = {},
  shape,
}: Pick<RotationEnvironment, "hosts" | "probe"> & {
  readonly certificateName: string;
  readonly shape: ChartShape;
}): Record<string, string> {
  return {
    // A certificate that the gateway itself has from the vault. AGIC ignores the whole
    // Ingress when there is none of this name (its source, pruneNoSslCertificate).
    [`${AGIC}/appgw-ssl-certificate`]: certificateName,
    // Port 80 of each host answers 301 to the same address over TLS, and nothing else.
    [`${AGIC}/ssl-redirect`]: "true",
    // Members that leave a pool finish their requests. The defaults are off and 30 s.
    [`${AGIC}/connection-draining`]: "true",
    [`${AGIC}/connection-draining-timeout`]: `${REQUEST_SECONDS}`,
    [`${AGIC}/request-timeout`]: `${REQUEST_SECONDS}`,
    // The gateway's own probe is what keeps a pod that is not ready from traffic: AGIC puts
    // such pods into the pool too.
    [`${AGIC}/health-probe-path`]: probe.path ?? shape.probe?.path ?? "/",
    ...annotationsOf(probe, shape),
    // Two rules share the live slot's probe; without a name AGIC takes either's host.
    [`${AGIC}/health-probe-hostname`]: hosts.production!,
    [`${AGIC}/health-probe-interval`]: "4",
    [`${AGIC}/health-probe-timeout`]: "4",
    [`${AGIC}/health-probe-unhealthy-threshold`]: "2",
  };
}

function backendOf({ name, port }: SlotShape["service"]) {
  return { name, port: { number: port } };
}

/** What the gateway's probe and its requests need besides, where it is not what AGIC takes. */
function annotationsOf(
  { statuses, backendHost, ...own }: NonNullable<RotationEnvironment["probe"]>,
  { port: traffic, probe }: ChartShape,
): Record<string, string> {
  const port = own.port ?? (own.path === undefined ? probe?.port : undefined) ?? traffic;
  return {
    // AGIC takes it from a pod; of a slot without pods it would be another one.
    ...(port !== traffic && { [`${AGIC}/health-probe-port`]: `${port}` }),
    ...(statuses !== undefined && { [`${AGIC}/health-probe-status-codes`]: statuses.join(",") }),
    ...(backendHost !== undefined && { [`${AGIC}/backend-hostname`]: backendHost }),
  };
}
