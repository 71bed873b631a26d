import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { RotationEnvironment } from "./environment";
import type { ChartShape, SlotShape } from "../chart";
import { namesOf, type Serving, SLOTS } from "../plan";

/**
 * How long the gateway waits for an answer or for the next event of a stream, and how long a leaving
 * pool member may finish its requests. With AGIC's default of 30 s, slower answers end with 504.
 */
export const REQUEST_SECONDS = 60;

export interface TrafficSwitchArgs {
  readonly environment: RotationEnvironment;
  /** Who receives production traffic. */
  readonly live: Serving;
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
 */
export const agicTrafficSwitch: TrafficSwitch = (name, { environment, live }, opts) => {
  const { adopted, application, gateway, hosts, namespace, probe = {}, release } = environment;
  const names = namesOf(application);
  const backend = (to: Serving) =>
    backendOf(to === "legacy" ? adopted!.legacyService : release.shape.slots[to].service);
  const rule = (host: string, to: Serving) => ({
    host,
    http: {
      paths: [
        {
          path: "/",
          pathType: "Prefix",
          backend: { service: backend(to) },
        },
      ],
    },
  });
  return new kubernetes.networking.v1.Ingress(
    name,
    {
      metadata: {
        name: names.ingress,
        namespace,
        annotations: {
          // A certificate that the gateway itself has from the vault. AGIC ignores the whole
          // Ingress when there is none of this name (its source, pruneNoSslCertificate).
          "appgw.ingress.kubernetes.io/appgw-ssl-certificate": gateway.certificateName,
          // Port 80 of each host answers 301 to the same address over TLS, and nothing else.
          "appgw.ingress.kubernetes.io/ssl-redirect": "true",
          // Members that leave a pool finish their requests. The defaults are off and 30 s.
          "appgw.ingress.kubernetes.io/connection-draining": "true",
          "appgw.ingress.kubernetes.io/connection-draining-timeout": `${REQUEST_SECONDS}`,
          "appgw.ingress.kubernetes.io/request-timeout": `${REQUEST_SECONDS}`,
          // The gateway's own probe is what keeps a pod that is not ready from traffic: AGIC puts
          // such pods into the pool too.
          "appgw.ingress.kubernetes.io/health-probe-path":
            probe.path ?? release.shape.probe?.path ?? "/",
          ...annotationsOf(probe, release.shape),
          // Two rules share the live slot's probe; without a name AGIC takes either's host.
          "appgw.ingress.kubernetes.io/health-probe-hostname": hosts.production,
          "appgw.ingress.kubernetes.io/health-probe-interval": "4",
          "appgw.ingress.kubernetes.io/health-probe-timeout": "4",
          "appgw.ingress.kubernetes.io/health-probe-unhealthy-threshold": "2",
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
        ingressClassName: "azure-application-gateway",
        rules: [rule(hosts.production, live), ...SLOTS.map((slot) => rule(hosts[slot], slot))],
      },
    },
    opts,
  );
};

function backendOf({ name, port }: SlotShape["service"]) {
  return { name, port: { number: port } };
}

/** What the gateway's probe and its requests need besides, where it is not what AGIC takes. */
function annotationsOf(
  { statuses, backendHost, ...own }: NonNullable<RotationEnvironment["probe"]>,
  { port: traffic, probe }: ChartShape,
): Record<string, string> {
  const prefix = "appgw.ingress.kubernetes.io";
  const port = own.port ?? (own.path === undefined ? probe?.port : undefined) ?? traffic;
  return {
    // AGIC takes it from a pod; of a slot without pods it would be another one.
    ...(port !== traffic && { [`${prefix}/health-probe-port`]: `${port}` }),
    ...(statuses !== undefined && { [`${prefix}/health-probe-status-codes`]: statuses.join(",") }),
    ...(backendHost !== undefined && { [`${prefix}/backend-hostname`]: backendHost }),
  };
}
