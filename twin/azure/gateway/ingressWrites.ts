import type { GatewayConfiguration } from "../../world/gatewayConfiguration";
import { objectAt, objectsAt, textAt, type Plain, type PlainObject } from "../arm/plain";
import type { ArmResource, Cloud } from "../arm/resourceType";

/** AGIC counts down from here to the rules that it makes (`pkg/appgw/requestroutingrules.go`). */
const FIRST_PRIORITY = 19_500;
const PRIORITY_STEP = 5;

/**
 * What the ingress controller has made of a gateway by PUTs of its own: a Read answers with it, as
 * Azure would, whatever the program sent last.
 */
export function ingressWrites(cloud: Cloud, gateway: ArmResource): PlainObject {
  const configuration = cloud.gateways.get(gateway.id.toLowerCase())?.inForce;
  return configuration && configuration.listeners.length > 0
    ? { ...collections(gateway, configuration), tags: tags(cloud, gateway) }
    : {};
}

function collections(gateway: ArmResource, configuration: GatewayConfiguration): PlainObject {
  const reference = (collection: string, name: string): PlainObject => ({
    id: `${gateway.id}/${collection}/${name}`,
  });
  const parts = (collection: string, items: readonly (PlainObject & { name: string })[]): Plain =>
    items.map((item) => ({
      ...reference(collection, item.name),
      ...item,
      provisioningState: "Succeeded",
    }));
  const [frontend] = objectsAt(gateway.inputs, "frontendIPConfigurations");
  const ports = [...new Set(configuration.listeners.map(({ port }) => port))];
  return {
    frontendPorts: parts(
      "frontendPorts",
      ports.map((port) => ({ name: `fp-${port}`, port })),
    ),
    httpListeners: parts(
      "httpListeners",
      configuration.listeners.map(({ name, host, port, certificate }) => ({
        name,
        hostNames: host === "" ? [] : [host],
        protocol: port === 443 ? "Https" : "Http",
        frontendIPConfiguration: reference("frontendIPConfigurations", textAt(frontend, "name")),
        frontendPort: reference("frontendPorts", `fp-${port}`),
        ...(certificate !== undefined && {
          sslCertificate: reference("sslCertificates", certificate),
        }),
      })),
    ),
    backendAddressPools: parts(
      "backendAddressPools",
      configuration.pools.map(({ name, members }) => ({
        name,
        backendAddresses: members.map(({ address }) => ({ ipAddress: address })),
      })),
    ),
    backendHttpSettingsCollection: parts(
      "backendHttpSettingsCollection",
      configuration.settings.map((settings) => ({
        name: settings.name,
        port: portOf(configuration, settings.name),
        protocol: "Http",
        cookieBasedAffinity: "Disabled",
        requestTimeout: settings.requestTimeoutSeconds,
        connectionDraining: {
          enabled: settings.drainingSeconds !== undefined,
          drainTimeoutInSec: settings.drainingSeconds ?? 1,
        },
        probe: reference("probes", settings.probe),
      })),
    ),
    probes: parts(
      "probes",
      configuration.probes.map((probe) => ({
        name: probe.name,
        protocol: "Http",
        host: probe.host,
        path: probe.path,
        interval: probe.intervalSeconds,
        timeout: probe.timeoutSeconds,
        unhealthyThreshold: probe.unhealthyThreshold,
        match: { statusCodes: [...probe.statusCodes] },
      })),
    ),
    redirectConfigurations: parts(
      "redirectConfigurations",
      configuration.redirects.map(({ name, target }) => ({
        name,
        redirectType: "Permanent",
        includePath: true,
        includeQueryString: true,
        targetListener: reference("httpListeners", target),
      })),
    ),
    requestRoutingRules: parts(
      "requestRoutingRules",
      configuration.rules.map((rule, index) => ({
        name: rule.name,
        ruleType: "Basic",
        priority: FIRST_PRIORITY - index * PRIORITY_STEP,
        httpListener: reference("httpListeners", rule.listener),
        ...("redirect" in rule
          ? { redirectConfiguration: reference("redirectConfigurations", rule.redirect) }
          : {
              backendAddressPool: reference("backendAddressPools", rule.pool),
              backendHttpSettings: reference("backendHttpSettingsCollection", rule.settings),
            }),
      })),
    ),
  };
}

/** Azure has the port in the settings; the twin's gateway has it in the members. */
function portOf({ rules, pools }: GatewayConfiguration, settings: string): number {
  const rule = rules.find((one) => "settings" in one && one.settings === settings);
  const pool = rule && "pool" in rule && pools.find(({ name }) => name === rule.pool);
  return (pool && pool.members[0]?.port) || 80;
}

/** `pkg/tags/tags.go`; the program's own tags stay. */
function tags(cloud: Cloud, gateway: ArmResource): PlainObject {
  const cluster = cloud.resources
    .all("Microsoft.ContainerService/managedClusters")
    .find(({ inputs }) =>
      sameId(
        textAt(inputs, "addonProfiles.ingressApplicationGateway.config.applicationGatewayId"),
        gateway.id,
      ),
    );
  return {
    ...objectAt(gateway.outputs, "tags"),
    "managed-by-k8s-ingress": "1.9.8",
    ...(cluster && { "ingress-for-aks-cluster-id": cluster.id }),
  };
}

function sameId(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
