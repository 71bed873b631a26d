import type { Rule, Values } from "./rule";
import { between, listOf, oneOf, SET, settings, unsetOr } from "./setting";
import { at, list, ofType, text } from "./values";

export const GATEWAY = "azure-native:network:ApplicationGateway";
const FIREWALL = "azure-native:network:WebApplicationFirewallPolicy";

const ID = "/subscriptions/x/resourceGroups/y/providers/Microsoft.Network";
const ZONES = ["1", "2", "3"] as const;

/** A gateway of the examples that has all it needs. */
const COMPLETE: Values = {
  httpListeners: [
    {
      name: "tls",
      protocol: "Https",
      frontendIPConfiguration: { id: `${ID}/frontendIPConfigurations/public` },
      sslCertificate: { id: `${ID}/sslCertificates/production` },
    },
  ],
  backendAddressPools: [{ name: "app" }],
  backendHttpSettingsCollection: [{ name: "app", port: 8080 }],
  requestRoutingRules: [
    {
      name: "app",
      priority: 100,
      ruleType: "Basic",
      httpListener: { id: `${ID}/httpListeners/tls` },
      backendAddressPool: { id: `${ID}/backendAddressPools/app` },
      backendHttpSettings: { id: `${ID}/backendHttpSettingsCollection/app` },
    },
  ],
};

/** Rules about the gateway and its web application firewall. */
export const GATEWAY_RULES: readonly Rule[] = [
  ...settings(
    GATEWAY,
    {
      id: "AZR-000060",
      also: ["APRL-c9c00f2a"],
      title: "The gateway is in all zones.",
      path: "zones",
      must: listOf(...ZONES),
      good: ZONES,
      bad: ["1"],
    },
    {
      id: "AZR-000061",
      title: "Two instances of the gateway are always there.",
      path: "autoscaleConfiguration.minCapacity",
      must: between(2, 125),
      good: 2,
      bad: 0,
    },
    {
      id: "APRL-823b0cff",
      title: "The gateway grows with its load.",
      path: "autoscaleConfiguration.maxCapacity",
      must: between(2, 125),
      good: 10,
      bad: 0,
    },
    {
      id: "AZR-000062",
      also: ["AZR-000376", "APRL-7893f0b3"],
      title: "The gateway is of the second version.",
      path: "sku.name",
      must: oneOf("WAF_v2"),
      good: "WAF_v2",
      bad: "Standard_Small",
    },
    {
      id: "AZR-000063",
      title: "A firewall looks at requests from the internet.",
      path: "sku.tier",
      must: oneOf("WAF_v2"),
      good: "WAF_v2",
      bad: "Standard_v2",
    },
    {
      id: "AZR-000066",
      also: ["CKV_AZURE_120"],
      title: "The firewall has a policy.",
      path: "firewallPolicy.id",
      must: SET,
      good: `${ID}/ApplicationGatewayWebApplicationFirewallPolicies/z`,
      bad: undefined,
    },
    {
      id: "ROT-AGW-1",
      title: "A policy of a listener or path does not take the gateway's place.",
      reference: "Web Application Firewall policy overview: per-site policies",
      path: "forceFirewallPolicyAssociation",
      must: unsetOr(true),
      good: true,
      bad: false,
    },
    {
      id: "AZR-000423",
      title: "The firewall is not configured in the gateway, as it was in the first version.",
      path: "webApplicationFirewallConfiguration",
      must: { met: (value) => value === undefined, wanted: "left out" },
      good: undefined,
      bad: { enabled: true },
    },
    {
      id: "AZR-000064",
      also: ["CKV_AZURE_218"],
      title: "TLS 1.2 is the oldest that the gateway speaks.",
      path: "sslPolicy.policyName",
      must: oneOf("AppGwSslPolicy20170401S", "AppGwSslPolicy20220101", "AppGwSslPolicy20220101S"),
      good: "AppGwSslPolicy20220101S",
      bad: "AppGwSslPolicy20150501",
    },
    {
      id: "ROT-AGW-2",
      title: "Azure keeps the TLS policy up to date.",
      reference: "Application Gateway TLS policy overview",
      path: "sslPolicy.policyType",
      must: oneOf("Predefined"),
      good: "Predefined",
      bad: "Custom",
    },
    {
      id: "AZR-000348",
      title: "The name of the gateway is one that Azure takes.",
      path: "applicationGatewayName",
      must: {
        met: (value) => /^[A-Za-z0-9][\w.-]{0,78}\w$/.test(text(value)),
        wanted: "1 to 80 letters, digits and hyphens",
      },
      good: "agw-app-prod",
      bad: "-agw",
    },
    {
      id: "ROT-AGW-3",
      title: "The gateway reads its certificate with an identity of its own.",
      reference: "TLS termination with Key Vault certificates",
      path: "identity.type",
      must: oneOf("UserAssigned"),
      good: "UserAssigned",
      bad: "None",
    },
    {
      id: "ROT-AGW-4",
      title: "The gateway's identity is given.",
      reference: "TLS termination with Key Vault certificates",
      path: "identity.userAssignedIdentities",
      must: SET,
      good: [`${ID}/identity`],
      bad: [],
    },
  ),
  gatewayRule({
    id: "ROT-AGW-5",
    title: "The gateway is in one subnet and has one public address.",
    reference: "Application Gateway infrastructure configuration",
    problem: (props) => {
      const subnets = list(props["gatewayIPConfigurations"]).filter((each) =>
        at(each, "subnet.id"),
      );
      const fronts = list(props["frontendIPConfigurations"]).filter((each) =>
        at(each, "publicIPAddress.id"),
      );
      return subnets.length === 1 && fronts.length === 1
        ? undefined
        : `it has ${subnets.length} subnets and ${fronts.length} public addresses.`;
    },
    good: {
      gatewayIPConfigurations: [{ name: "subnet", subnet: { id: `${ID}/subnets/gateway` } }],
      frontendIPConfigurations: [
        { name: "public", publicIPAddress: { id: `${ID}/publicIPAddresses/z` } },
      ],
    },
    bad: { gatewayIPConfigurations: [], frontendIPConfigurations: [] },
  }),
  gatewayRule({
    id: "AZR-000059",
    also: ["CKV_AZURE_217"],
    title: "Plain HTTP is nothing but a way to HTTPS.",
    problem: (props) => {
      const plain = list(props["httpListeners"]).filter(({ protocol }) => protocol !== "Https");
      const serving = list(props["requestRoutingRules"]).filter(
        (rule) =>
          at(rule, "redirectConfiguration.id") === undefined &&
          plain.some(({ name }) => pointsAt(at(rule, "httpListener.id"), name)),
      );
      return serving.length === 0
        ? undefined
        : `rules ${serving.map(({ name }) => text(name)).join(", ")} serve plain HTTP.`;
    },
    good: {
      httpListeners: [{ name: "plain", protocol: "Http" }],
      requestRoutingRules: [
        {
          name: "up",
          httpListener: { id: `${ID}/httpListeners/plain` },
          redirectConfiguration: { id: `${ID}/redirectConfigurations/up` },
        },
      ],
    },
    bad: {
      httpListeners: [{ name: "plain", protocol: "Http" }],
      requestRoutingRules: [{ name: "serve", httpListener: { id: `${ID}/httpListeners/plain` } }],
    },
  }),
  gatewayRule({
    id: "ROT-AGW-9",
    title: "Every listener has an address, a certificate where it has TLS, and a rule.",
    reference: "Application Gateway listener and request routing rule configuration",
    problem: (props) => {
      const listeners = list(props["httpListeners"]);
      const rules = list(props["requestRoutingRules"]);
      const wrong = listeners.filter(
        (listener) =>
          at(listener, "frontendIPConfiguration.id") === undefined ||
          (listener["protocol"] === "Https" && at(listener, "sslCertificate.id") === undefined) ||
          !rules.some((rule) => pointsAt(at(rule, "httpListener.id"), listener["name"])),
      );
      return listeners.length > 0 && rules.length > 0 && wrong.length === 0
        ? undefined
        : `httpListeners ${wrong.map(({ name }) => text(name)).join(", ")} are not complete.`;
    },
    good: COMPLETE,
    bad: { ...COMPLETE, requestRoutingRules: [] },
  }),
  gatewayRule({
    id: "ROT-AGW-10",
    title: "Every rule has a priority, and leads somewhere that exists.",
    reference: "Application Gateway request routing rules: priority",
    problem: (props) => {
      const exists = (id: unknown, collection: string) =>
        list(props[collection]).some(({ name }) => pointsAt(id, name));
      const wrong = list(props["requestRoutingRules"]).filter(
        (rule) =>
          !between(1, 20000).met(rule["priority"]) ||
          rule["ruleType"] !== "Basic" ||
          !exists(at(rule, "httpListener.id"), "httpListeners") ||
          !(
            exists(at(rule, "redirectConfiguration.id"), "redirectConfigurations") ||
            (exists(at(rule, "backendAddressPool.id"), "backendAddressPools") &&
              exists(at(rule, "backendHttpSettings.id"), "backendHttpSettingsCollection"))
          ),
      );
      return wrong.length === 0
        ? undefined
        : `requestRoutingRules ${wrong.map(({ name }) => text(name)).join(", ")} are not complete.`;
    },
    good: COMPLETE,
    bad: { ...COMPLETE, backendAddressPools: [] },
  }),
  ...settings(GATEWAY, {
    id: "ROT-AGW-11",
    title: "Clients may use HTTP/2.",
    reference: "Application Gateway features: websocket and HTTP/2 traffic",
    path: "enableHttp2",
    must: oneOf(true),
    good: true,
    bad: false,
  }),
  gatewayRule({
    id: "ROT-AGW-6",
    title: "A redirect goes to HTTPS for good, and nothing of the address gets lost.",
    reference: "Application Gateway redirect overview",
    problem: (props) => {
      const wrong = list(props["redirectConfigurations"]).filter(
        ({ redirectType, includePath, includeQueryString, targetListener }) =>
          redirectType !== "Permanent" ||
          includePath !== true ||
          includeQueryString !== true ||
          at(targetListener, "id") === undefined,
      );
      return wrong.length === 0
        ? undefined
        : `redirectConfigurations ${wrong.map(({ name }) => text(name)).join(", ")} must be Permanent, with path and query, to a listener.`;
    },
    good: {
      redirectConfigurations: [
        {
          name: "up",
          redirectType: "Permanent",
          includePath: true,
          includeQueryString: true,
          targetListener: { id: `${ID}/httpListeners/tls` },
        },
      ],
    },
    bad: { redirectConfigurations: [{ name: "up", redirectType: "Found" }] },
  }),
  gatewayRule({
    id: "ROT-AGW-7",
    title: "Certificates come from a vault, without a version, so that renewed ones are taken.",
    reference: "TLS termination with Key Vault certificates",
    problem: (props) => {
      const certificates = list(props["sslCertificates"]);
      const wrong = certificates.filter(
        ({ keyVaultSecretId }) =>
          !/^https:\/\/[^/]+\.vault\.azure\.net\/secrets\/[^/]+$/.test(text(keyVaultSecretId)),
      );
      return certificates.length > 0 && wrong.length === 0
        ? undefined
        : "sslCertificates must have keyVaultSecretId https://<vault>/secrets/<name>.";
    },
    good: {
      sslCertificates: [
        { name: "production", keyVaultSecretId: "https://kv.vault.azure.net/secrets/app" },
      ],
    },
    bad: { sslCertificates: [{ name: "production", data: "MII" }] },
  }),
  gatewayRule({
    id: "ROT-AGW-8",
    title: "Listeners are on the ports that their protocols have.",
    reference: "Application Gateway listener configuration",
    problem: (props) => {
      const wrong = list(props["httpListeners"]).filter(({ protocol, frontendPort }) => {
        const port = list(props["frontendPorts"]).find(({ name }) =>
          pointsAt(at(frontendPort, "id"), name),
        );
        return port?.["port"] !== (protocol === "Https" ? 443 : 80);
      });
      const unused = list(props["frontendPorts"]).length - list(props["httpListeners"]).length;
      return wrong.length === 0 && unused === 0
        ? undefined
        : `httpListeners must be Http on 80 or Https on 443, one for each of frontendPorts.`;
    },
    good: {
      frontendPorts: [{ name: "tls", port: 443 }],
      httpListeners: [
        { name: "tls", protocol: "Https", frontendPort: { id: `${ID}/frontendPorts/tls` } },
      ],
    },
    bad: {
      frontendPorts: [{ name: "tls", port: 8443 }],
      httpListeners: [
        { name: "tls", protocol: "Https", frontendPort: { id: `${ID}/frontendPorts/tls` } },
      ],
    },
  }),
  ...settings(
    FIREWALL,
    {
      id: "AZR-000309",
      title: "The firewall is on.",
      path: "policySettings.state",
      must: oneOf("Enabled"),
      good: "Enabled",
      bad: "Disabled",
    },
    {
      id: "AZR-000302",
      also: ["CKV_AZURE_122"],
      title: "The firewall holds bad requests back.",
      path: "policySettings.mode",
      must: oneOf("Prevention"),
      good: "Prevention",
      bad: "Detection",
    },
    {
      id: "AZR-000303",
      title: "Nothing is excluded from the firewall's rules.",
      path: "managedRules.exclusions",
      must: { met: (value) => list(value).length === 0, wanted: "empty" },
      good: [],
      bad: [{ matchVariable: "RequestHeaderNames" }],
    },
    {
      id: "ROT-WAF-1",
      title: "The firewall looks into bodies.",
      reference: "Web Application Firewall request size limits",
      path: "policySettings.requestBodyCheck",
      must: oneOf(true),
      good: true,
      bad: false,
    },
    {
      id: "ROT-WAF-4",
      title: "Bodies are as large as the firewall can look through.",
      reference: "Web Application Firewall request size limits",
      path: "policySettings.maxRequestBodySizeInKb",
      must: {
        met: (value) => value === undefined || between(8, 2000).met(value),
        wanted: "8 to 2000, or left out",
      },
      good: 128,
      bad: 0,
    },
    {
      id: "ROT-WAF-5",
      title: "Files are as large as the firewall can take.",
      reference: "Web Application Firewall request size limits",
      path: "policySettings.fileUploadLimitInMb",
      must: {
        met: (value) => value === undefined || between(1, 750).met(value),
        wanted: "1 to 750, or left out",
      },
      good: 100,
      bad: 0,
    },
    {
      id: "ROT-WAF-2",
      title: "The firewall refuses bodies that are too large to look through.",
      reference: "Web Application Firewall request size limits",
      path: "policySettings.requestBodyEnforcement",
      must: unsetOr(true),
      good: true,
      bad: false,
    },
    {
      id: "ROT-WAF-3",
      title: "The firewall refuses files that are too large.",
      reference: "Web Application Firewall request size limits",
      path: "policySettings.fileUploadEnforcement",
      must: unsetOr(true),
      good: true,
      bad: false,
    },
  ),
  {
    id: "AZR-000304",
    title: "The firewall has Microsoft's rules and those against bots.",
    appliesTo: [FIREWALL],
    check: (props) => {
      const sets = list(at(props, "managedRules.managedRuleSets"));
      const has = (type: string, least: number) =>
        sets.some((set) => set["ruleSetType"] === type && Number(set["ruleSetVersion"]) >= least);
      return has("Microsoft_DefaultRuleSet", 2.1) && has("Microsoft_BotManagerRuleSet", 1)
        ? undefined
        : "managedRules.managedRuleSets must have Microsoft_DefaultRuleSet 2.1 and Microsoft_BotManagerRuleSet 1.0 or newer.";
    },
    good: {
      props: {
        managedRules: {
          managedRuleSets: [
            { ruleSetType: "Microsoft_DefaultRuleSet", ruleSetVersion: "2.1" },
            { ruleSetType: "Microsoft_BotManagerRuleSet", ruleSetVersion: "1.1" },
          ],
        },
      },
    },
    bad: {
      props: {
        managedRules: { managedRuleSets: [{ ruleSetType: "OWASP", ruleSetVersion: "3.0" }] },
      },
    },
  },
  {
    id: "CKV_AZURE_135",
    title: "The firewall's rule against Log4Shell is not switched off.",
    appliesTo: [FIREWALL],
    check: (props) => {
      const off = list(at(props, "managedRules.managedRuleSets"))
        .flatMap(({ ruleGroupOverrides }) => list(ruleGroupOverrides))
        .flatMap(({ rules }) => list(rules))
        .filter(
          ({ ruleId, state }) => /^(?:944240|99001017)$/.test(text(ruleId)) && state !== "Enabled",
        );
      return off.length === 0 ? undefined : "managedRules switch 944240 off.";
    },
    good: { props: { managedRules: { managedRuleSets: [] } } },
    bad: {
      props: {
        managedRules: {
          managedRuleSets: [
            { ruleGroupOverrides: [{ rules: [{ ruleId: "944240", state: "Disabled" }] }] },
          ],
        },
      },
    },
  },
  {
    id: "APRL-8364fd0a",
    title: "The gateway's subnet is large enough for all its instances.",
    appliesTo: [GATEWAY],
    needsStack: true,
    check: (props, { all }) => {
      const small = ofType(all, "azure-native:network:Subnet").filter(
        ({ props: subnet }) =>
          list(props["gatewayIPConfigurations"]).some((each) =>
            pointsAt(at(each, "subnet.id"), subnet["subnetName"]),
          ) && Number(text(subnet["addressPrefix"]).split("/")[1]) > 24,
      );
      return small.length === 0
        ? undefined
        : `its subnet ${text(small[0]?.props["addressPrefix"])} must be a /24 or larger.`;
    },
    good: sized("10.0.4.0/24"),
    bad: sized("10.0.4.0/27"),
  },
];

interface GatewayRule extends Pick<Rule, "id" | "also" | "title" | "reference"> {
  readonly problem: (props: Values) => string | undefined;
  readonly good: Values;
  readonly bad: Values;
}

function gatewayRule({ problem, good, bad, ...rest }: GatewayRule): Rule {
  return {
    ...rest,
    appliesTo: [GATEWAY],
    check: (props) => problem(props),
    good: { props: good },
    bad: { props: bad },
  };
}

function sized(addressPrefix: string): Rule["good"] {
  return {
    props: { gatewayIPConfigurations: [{ subnet: { id: `${ID}/subnets/gateway` } }] },
    others: [
      {
        type: "azure-native:network:Subnet",
        name: "gateway",
        props: { subnetName: "gateway", addressPrefix },
      },
    ],
  };
}

/** Whether the id of a part ends with its name. */
function pointsAt(id: unknown, name: unknown): boolean {
  return text(id).endsWith(`/${text(name)}`);
}
