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

/**
 * Values that the published schemas refuse although the service takes them, by type and path: the
 * criteria of a metric alert, whose schema contradicts itself, and streams that it does not list.
 * As an expression they are both valid and deployable.
 */
const EXPRESSIONS: Readonly<Record<string, readonly string[]>> = {
  "azure-native:monitor:DataCollectionRule": [
    "dataFlows.*.streams",
    "dataSources.extensions.*.streams",
  ],
  "azure-native:monitor:MetricAlert": ["criteria"],
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
    replace(properties, path.split("."), (item) => split(item as Values));
  }
  for (const path of EXPRESSIONS[type] ?? []) {
    replace(properties, path.split("."), expression);
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

/** Replaces what is at a path, in place; `*` stands for every element. */
function replace(
  holder: Record<string, unknown>,
  [key = "", ...rest]: readonly string[],
  make: (value: unknown) => unknown,
): void {
  const value = holder[key];
  const [next, ...further] = rest;
  if (value === undefined) {
    return;
  }
  if (next === undefined) {
    holder[key] = make(value);
  } else if (next === "*") {
    const items = [...(value as unknown[])] as Record<string, unknown>[];
    items.forEach((item, index) => {
      if (further.length === 0) {
        items[index] = make(item) as Record<string, unknown>;
      } else {
        replace(item, further, make);
      }
    });
    holder[key] = items;
  } else {
    replace(value as Record<string, unknown>, rest, make);
  }
}

/** A value as the text of a template expression, in which an apostrophe is doubled. */
function expression(value: unknown): string {
  return `[json('${JSON.stringify(value).replaceAll("'", "''")}')]`;
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
