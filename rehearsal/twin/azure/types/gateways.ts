import { readGatewayCertificates } from "../gatewayCertificates";
import { objectAt, objectsAt, textAt, textsAt, valuesAt, type PlainObject } from "../plain";
import { IN_GROUP, type Put } from "../resourceType";
import { NETWORK_NAME, demand, resourceType } from "./common";
import { identityAnswer, IDENTITY } from "./identities";
import { PUBLIC_ADDRESS, SUBNET } from "./network";

const API_VERSION = "2024-05-01";
const provider = `${IN_GROUP}/providers/Microsoft.Network`;
const WAF_POLICY = "Microsoft.Network/ApplicationGatewayWebApplicationFirewallPolicies";

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
  ["backendHttpSettingsCollection", "probe", "probes"],
];

const applicationGateway = resourceType({
  token: "azure-native:network:ApplicationGateway",
  armType: "Microsoft.Network/applicationGateways",
  apiVersion: API_VERSION,
  path: `${provider}/applicationGateways/{applicationGatewayName}`,
  names: { applicationGatewayName: NETWORK_NAME },
  references: [
    { path: "gatewayIPConfigurations[].subnet.id", type: SUBNET },
    { path: "frontendIPConfigurations[].publicIPAddress.id", type: PUBLIC_ADDRESS },
    { path: "firewallPolicy.id", type: WAF_POLICY },
    { path: "identity.userAssignedIdentities[]", type: IDENTITY },
  ],
  secrets: ["sslCertificates"],
  async put(put) {
    requireSku(put);
    requireParts(put);
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

function requireSku({ inputs, name }: Put): void {
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
    `Application gateway ${name} with WAF_v2 needs a firewall policy.`,
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

function requireOwnSubnet({ cloud, id, inputs }: Put): void {
  const subnets = subnetsOf(inputs);
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

function frontendAddress({ cloud, id, inputs, name }: Put): string {
  const [publicId = ""] = textsAt(inputs, "frontendIPConfigurations[].publicIPAddress.id");
  const other = cloud.resources
    .all(applicationGateway.armType)
    .find(
      (gateway) =>
        gateway.id.toLowerCase() !== id.toLowerCase() &&
        textsAt(gateway.inputs, "frontendIPConfigurations[].publicIPAddress.id").includes(publicId),
    );
  demand(
    other === undefined,
    "PublicIPAddressInUse",
    `Resource ${publicId} is in use by ${other?.id} already.`,
  );
  const address = textAt(cloud.resources.find(publicId)?.outputs, "ipAddress");
  demand(
    address !== "",
    "ApplicationGatewayFrontendIpMissing",
    `Application gateway ${name} needs a public frontend: the twin has no other.`,
  );
  return address;
}

const firewallPolicy = resourceType({
  token: "azure-native:network:WebApplicationFirewallPolicy",
  armType: WAF_POLICY,
  apiVersion: API_VERSION,
  path: `${provider}/ApplicationGatewayWebApplicationFirewallPolicies/{policyName}`,
  names: { policyName: { pattern: /^[a-zA-Z][a-zA-Z0-9]*$/, maxLength: 128 } },
  inUse: "ApplicationGatewayFirewallPolicyCannotBeDeleted",
  put({ inputs, echo, name }) {
    demand(
      objectsAt(inputs, "managedRules.managedRuleSets").length > 0,
      "ApplicationGatewayFirewallPolicyWithoutRuleSet",
      `Firewall policy ${name} needs at least one managed rule set.`,
    );
    return { ...echo, resourceState: "Enabled" };
  },
});

export const gatewayTypes = [applicationGateway, firewallPolicy];
