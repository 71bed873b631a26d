import { readGatewayCertificates } from "./gatewayCertificates";
import { objectAt, objectsAt, textAt, textsAt, valuesAt, type PlainObject } from "../arm/plain";
import type { Put } from "../arm/resourceType";
import { NETWORK_NAME, demand, resourceType } from "../arm/common";
import { identityAnswer, IDENTITY } from "../identity/identities";
import { FIREWALL_POLICY, firewallRules } from "./firewallPolicies";
import {
  API_VERSION,
  APPLICATION_GATEWAY,
  PROVIDER,
  PUBLIC_ADDRESS,
  SUBNET,
  requireFreeAddress,
  requireSameZones,
  zonesOf,
} from "../network/networkCommon";
import { requireOpenSubnet } from "../network/securityGroups";

/** Names of Azure's own TLS policies (Learn, "Application Gateway TLS policy overview"). */
const TLS_POLICIES = [
  "AppGwSslPolicy20150501",
  "AppGwSslPolicy20170401",
  "AppGwSslPolicy20170401S",
  "AppGwSslPolicy20220101",
  "AppGwSslPolicy20220101S",
];

/** Collections that no gateway can do without. */
const NEEDED = [
  "gatewayIPConfigurations",
  "frontendIPConfigurations",
  "frontendPorts",
  "backendAddressPools",
  "backendHttpSettingsCollection",
  "httpListeners",
  "requestRoutingRules",
];

/** References from one part of the gateway to another: holder, property, collection. */
const INNER_REFERENCES: readonly [holder: string, property: string, collection: string][] = [
  ["httpListeners", "frontendIPConfiguration", "frontendIPConfigurations"],
  ["httpListeners", "frontendPort", "frontendPorts"],
  ["httpListeners", "sslCertificate", "sslCertificates"],
  ["requestRoutingRules", "httpListener", "httpListeners"],
  ["requestRoutingRules", "backendAddressPool", "backendAddressPools"],
  ["requestRoutingRules", "backendHttpSettings", "backendHttpSettingsCollection"],
  ["requestRoutingRules", "redirectConfiguration", "redirectConfigurations"],
  ["requestRoutingRules", "urlPathMap", "urlPathMaps"],
  ["redirectConfigurations", "targetListener", "httpListeners"],
  ["backendHttpSettingsCollection", "probe", "probes"],
];

const applicationGateway = resourceType({
  token: "azure-native:network:ApplicationGateway",
  armType: APPLICATION_GATEWAY,
  apiVersion: API_VERSION,
  path: `${PROVIDER}/applicationGateways/{applicationGatewayName}`,
  names: { applicationGatewayName: NETWORK_NAME },
  references: [
    { path: "gatewayIPConfigurations[].subnet.id", type: SUBNET },
    { path: "frontendIPConfigurations[].publicIPAddress.id", type: PUBLIC_ADDRESS },
    { path: "firewallPolicy.id", type: FIREWALL_POLICY },
    { path: "identity.userAssignedIdentities[]", type: IDENTITY },
  ],
  async put(put) {
    requireSku(put);
    requireSameZones(put);
    requireParts(put);
    requireTls(put);
    requireIdentity(put);
    requireOwnSubnet(put);
    const address = frontendAddress(put);
    const certificates = readGatewayCertificates(put);
    const running = put.cloud.gateways.get(put.id.toLowerCase());
    if (running) {
      // A PUT replaces the whole object, and with it what the ingress controller had written.
      await running.reset(certificates);
    } else {
      const gateway = await put.cloud.factories.startGateway({
        name: put.name,
        address,
        certificates,
        firewallRules: () => {
          const gateway = put.cloud.resources.find(put.id);
          const policy = textAt(gateway?.inputs, "firewallPolicy.id");
          return firewallRules(put.cloud.resources.find(policy)?.inputs);
        },
      });
      put.cloud.gateways.set(put.id.toLowerCase(), gateway);
    }
    return {
      ...put.echo,
      ...identityAnswer(put.cloud, put.inputs),
      defaultPredefinedSslPolicy: "AppGwSslPolicy20220101",
      operationalState: "Running",
    };
  },
  async remove(cloud, { id }) {
    await cloud.gateways.get(id.toLowerCase())?.stop();
    cloud.gateways.delete(id.toLowerCase());
  },
});

function requireSku({ id, inputs, name }: Put): void {
  const sku = textAt(inputs, "sku.name");
  demand(
    ["Standard_v2", "WAF_v2", "Basic"].includes(sku) && textAt(inputs, "sku.tier") === sku,
    "ApplicationGatewayInvalidSku",
    `Application gateway ${name} needs the same sku.name and sku.tier, one of Standard_v2, WAF_v2 ` +
      "and Basic: V1 was retired on 28 April 2026.",
  );
  const capacity = valuesAt(inputs, "sku.capacity")[0] !== undefined;
  const autoscale = objectAt(inputs, "autoscaleConfiguration") !== undefined;
  demand(
    capacity !== autoscale,
    "ApplicationGatewayCapacityOrAutoscale",
    `Application gateway ${name} needs either sku.capacity or autoscaleConfiguration.`,
  );
  demand(
    sku !== "WAF_v2" ||
      textAt(inputs, "firewallPolicy.id") !== "" ||
      objectAt(inputs, "webApplicationFirewallConfiguration") !== undefined,
    "ApplicationGatewayFirewallNotConfiguredForSelectedSku",
    `Application Gateway ${id} with the selected SKU tier WAF_v2 must have a valid WAF policy or ` +
      "configuration",
  );
  demand(
    sku === "WAF_v2" || textAt(inputs, "firewallPolicy.id") === "",
    "ApplicationGatewayFirewallPolicyNeedsWafSku",
    `Application gateway ${name} with the SKU ${sku} cannot have a firewall policy: it needs WAF_v2.`,
  );
}

function requireParts({ id, name, inputs }: Put): void {
  for (const collection of NEEDED) {
    demand(
      objectsAt(inputs, collection).length > 0,
      "ApplicationGatewayPartMissing",
      `Application gateway ${name} needs at least one entry in ${collection}.`,
    );
  }
  for (const [holder, property, collection] of INNER_REFERENCES) {
    const known = new Set(
      objectsAt(inputs, collection).map((part) =>
        `${id}/${collection}/${textAt(part, "name")}`.toLowerCase(),
      ),
    );
    for (const part of objectsAt(inputs, holder)) {
      const target = textAt(part, `${property}.id`);
      demand(
        target === "" || known.has(target.toLowerCase()),
        "InvalidResourceReference",
        `Resource ${target} referenced by resource ${id}/${holder}/${textAt(part, "name")} was not ` +
          "found. Please make sure that the referenced resource exists, and that both resources " +
          "are in the same region.",
      );
    }
  }
  const rules = objectsAt(inputs, "requestRoutingRules");
  demand(
    rules.every((rule) => typeof rule["priority"] === "number"),
    "ApplicationGatewayRequestRoutingRulePriorityCannotBeEmpty",
    "Priority for the request routing rule cannot be empty. All the request routing rules in " +
      `gateway ${name} should have a priority from 1 to 20000.`,
  );
}

function requireTls({ id, inputs }: Put): void {
  for (const listener of objectsAt(inputs, "httpListeners")) {
    demand(
      textAt(listener, "protocol") !== "Https" || textAt(listener, "sslCertificate.id") !== "",
      "ApplicationGatewayHttpsListenerMustReferenceSslCert",
      `Http Listener ${id}/httpListeners/${textAt(listener, "name")} uses protocol Https. Ssl ` +
        "Certificate must be specified.",
    );
  }
  for (const certificate of objectsAt(inputs, "sslCertificates")) {
    demand(
      textAt(certificate, "data") === "",
      "ApplicationGatewayUploadedCertificateNotInTwin",
      `The twin takes certificates from a vault only: ${textAt(certificate, "name")} of ${id} has data.`,
    );
  }
  const policy = textAt(inputs, "sslPolicy.policyName");
  demand(
    policy === "" ? textAt(inputs, "sslPolicy.policyType") !== "Predefined" : isKnownPolicy(policy),
    "InvalidRequestFormat",
    "Cannot parse the request. Could not convert the value of 'properties.sslPolicy.policyName' " +
      `'${policy}': it must be one of ${TLS_POLICIES.join(", ")}.`,
  );
}

function isKnownPolicy(name: string): boolean {
  return TLS_POLICIES.includes(name);
}

function requireIdentity({ id, inputs }: Put): void {
  const type = textAt(inputs, "identity.type");
  const identities = textsAt(inputs, "identity.userAssignedIdentities[]");
  demand(
    type !== "UserAssigned" || identities.length > 0,
    "MissingIdentityIds",
    "The identity ids must not be null or empty for 'UserAssigned' identity type.",
  );
  demand(
    ["", "None", "UserAssigned"].includes(type) && identities.length <= 1,
    "ApplicationGatewayIdentityNotSupported",
    `Application gateway ${id} can have one user-assigned identity and no other: it has ` +
      `${identities.length} and the type ${type}.`,
  );
}

function requireOwnSubnet({ cloud, id, inputs }: Put): void {
  const subnets = subnetsOf(inputs);
  for (const subnetId of subnets) {
    requireOpenSubnet(cloud, subnetId, cloud.resources.find(subnetId)?.inputs, id);
  }
  for (const type of [
    "Microsoft.ContainerService/managedClusters",
    "Microsoft.Network/privateEndpoints",
  ]) {
    const guest = cloud.resources
      .all(type)
      .find((resource) =>
        resource.type.references.some(({ path }) =>
          textsAt(resource.inputs, path).some((target) => subnets.includes(target.toLowerCase())),
        ),
      );
    demand(
      guest === undefined,
      "ApplicationGatewaySubnetCannotBeUsedByOtherResources",
      `The subnet of application gateway ${id} can hold application gateways only; ${guest?.id} is ` +
        "in it.",
    );
  }
}

function subnetsOf(inputs: PlainObject): string[] {
  return textsAt(inputs, "gatewayIPConfigurations[].subnet.id").map((id) => id.toLowerCase());
}

function frontendAddress(put: Put): string {
  const { cloud, id, inputs, name } = put;
  const [publicId = ""] = textsAt(inputs, "frontendIPConfigurations[].publicIPAddress.id");
  const resource = cloud.resources.find(publicId);
  const address = textAt(resource?.outputs, "ipAddress");
  demand(
    address !== "",
    "ApplicationGatewayFrontendIpMissing",
    `Application gateway ${name} needs a public frontend: the twin has no other.`,
  );
  requireFreeAddress(put, publicId);
  demand(
    zonesOf(resource?.inputs) === zonesOf(inputs),
    "ApplicationGatewayPublicIPAddressZonesMismatch",
    `Application gateway ${id} has the availability zones ${zonesOf(inputs)} and its public IP ` +
      `address ${publicId} ${zonesOf(resource?.inputs)}: they must be the same.`,
  );
  return address;
}

export const gatewayTypes = [applicationGateway];
