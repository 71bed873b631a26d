type Values = Readonly<Record<string, unknown>>;

/** Arguments that stand beside `properties` in ARM, for nearly all types. */
const BESIDE_PROPERTIES = new Set([
  "extendedLocation",
  "identity",
  "kind",
  "location",
  "properties",
  "sku",
  "tags",
  "zones",
]);

/** Arguments of that kind which are under `properties` after all. */
const UNDER_PROPERTIES: Readonly<Record<string, readonly string[]>> = {
  "azure-native:containerservice:AgentPool": ["tags"],
  "azure-native:network:ApplicationGateway": ["sku"],
  "azure-native:operationalinsights:Workspace": ["sku"],
};

/**
 * Objects inside a resource that ARM writes as `{name, properties: {…}}` and the SDK flattens, by
 * type and path; `*` stands for every element.
 */
const NESTED: Readonly<Record<string, readonly string[]>> = {
  "azure-native:eventgrid:SystemTopicEventSubscription": ["destination"],
  "azure-native:network:ApplicationGateway": [
    "backendAddressPools.*",
    "backendHttpSettingsCollection.*",
    "frontendIPConfigurations.*",
    "frontendPorts.*",
    "gatewayIPConfigurations.*",
    "httpListeners.*",
    "probes.*",
    "redirectConfigurations.*",
    "requestRoutingRules.*",
    "sslCertificates.*",
  ],
  "azure-native:network:NetworkSecurityGroup": ["securityRules.*"],
  "azure-native:network:PrivateDnsZoneGroup": ["privateDnsZoneConfigs.*"],
  "azure-native:network:PrivateEndpoint": ["privateLinkServiceConnections.*", "subnet"],
  "azure-native:network:Subnet": ["delegations.*"],
};

/** Keys of a nested object that stay outside of its `properties`. */
const OUTSIDE = new Set(["endpointType", "id", "name", "zones"]);

/** Names that the SDK could not, or did not, take over. */
const RENAMED: Readonly<Record<string, string>> = {
  expires: "exp",
  notBefore: "nbf",
  odataType: "odata.type",
};

/** Types whose PUT has no `properties` at all. */
const WITHOUT_PROPERTIES = new Set(["azure-native:managedidentity:UserAssignedIdentity"]);

/**
 * What a PUT of the resource has as its body: the arguments in their places.
 *
 * @param type e.g. `azure-native:keyvault:Vault`
 * @param pathInputs arguments that are in the id and therefore not in the body
 */
export function armBody(type: string, inputs: Values, pathInputs: readonly string[]): Values {
  const top: Record<string, unknown> = {};
  const properties: Record<string, unknown> = {};
  for (const [name, given] of Object.entries(inputs)) {
    if (pathInputs.includes(name)) {
      continue;
    }
    const value = name === "identity" ? identity(given as Values) : given;
    const beside = BESIDE_PROPERTIES.has(name) && !(UNDER_PROPERTIES[type] ?? []).includes(name);
    (beside ? top : properties)[name] = renamed(value);
  }
  for (const path of NESTED[type] ?? []) {
    nest(properties, path.split("."));
  }
  const inner = { ...properties, ...(top["properties"] as Values | undefined) };
  delete top["properties"];
  return WITHOUT_PROPERTIES.has(type) ? top : { ...top, properties: inner };
}

/** The SDK takes a list of ids where ARM has a map with empty values. */
function identity(value: Values): Values {
  const ids = value["userAssignedIdentities"];
  return Array.isArray(ids)
    ? {
        ...value,
        userAssignedIdentities: Object.fromEntries((ids as string[]).map((id) => [id, {}])),
      }
    : value;
}

function nest(holder: Record<string, unknown>, [key = "", ...rest]: readonly string[]): void {
  const value = holder[key];
  if (value === undefined) {
    return;
  }
  if (rest[0] === "*" && Array.isArray(value)) {
    holder[key] = value.map((item) => split(item as Values));
  } else if (rest.length === 0) {
    holder[key] = split(value as Values);
  }
}

function split(item: Values): Values {
  const entries = Object.entries(item);
  return {
    ...Object.fromEntries(entries.filter(([key]) => OUTSIDE.has(key))),
    properties: Object.fromEntries(entries.filter(([key]) => !OUTSIDE.has(key))),
  };
}

function renamed(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(renamed);
  }
  return typeof value === "object" && value !== null
    ? Object.fromEntries(
        Object.entries(value).map(([key, item]) => [RENAMED[key] ?? key, renamed(item)]),
      )
    : value;
}
