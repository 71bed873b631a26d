import type { Rule } from "./rule";
import { between, listOf, oneOf, SET, settings, unsetOr } from "./setting";
import { at, list, ofType, text } from "./values";

export const GATEWAY = "azure-native:network:ApplicationGateway";
const FIREWALL = "azure-native:network:WebApplicationFirewallPolicy";

const ZONES = ["1", "2", "3"] as const;

/** Rules about the gateway and its web application firewall. */
export const GATEWAY_RULES: readonly Rule[] = [
  ...settings(
    GATEWAY,
    {
      id: "AZR-000060",
      also: ["APRL-c9c00f2a"],
      title: "The gateway spans all zones.",
      path: "zones",
      must: listOf(...ZONES),
    },
    {
      id: "AZR-000061",
      title: "The gateway has at least two instances.",
      path: "autoscaleConfiguration.minCapacity",
      must: between(2, 125),
    },
    {
      id: "APRL-823b0cff",
      title: "The gateway scales with load.",
      path: "autoscaleConfiguration.maxCapacity",
      must: between(2, 125),
    },
    {
      id: "AZR-000062",
      also: ["AZR-000376", "APRL-7893f0b3"],
      title: "The gateway uses a v2 SKU.",
      path: "sku.name",
      must: oneOf("WAF_v2"),
    },
    {
      id: "AZR-000063",
      title: "A firewall inspects requests from the internet.",
      path: "sku.tier",
      must: oneOf("WAF_v2"),
    },
    {
      id: "AZR-000066",
      also: ["CKV_AZURE_120"],
      title: "The firewall has a policy.",
      path: "firewallPolicy.id",
      must: SET,
    },
    {
      id: "AZR-000423",
      title: "The firewall is not configured in the gateway itself, as in v1.",
      path: "webApplicationFirewallConfiguration",
      must: { met: (value) => value === undefined, wanted: "left out" },
    },
    {
      id: "AZR-000064",
      also: ["CKV_AZURE_218"],
      title: "The gateway requires TLS 1.2 or newer.",
      path: "sslPolicy.policyName",
      must: oneOf("AppGwSslPolicy20170401S", "AppGwSslPolicy20220101", "AppGwSslPolicy20220101S"),
    },
    {
      id: "ROT-AGW-2",
      title: "Azure keeps the TLS policy up to date.",
      reference: "Application Gateway TLS policy overview",
      path: "sslPolicy.policyType",
      must: oneOf("Predefined"),
    },
    {
      id: "AZR-000348",
      title: "The gateway's name is valid in Azure.",
      path: "applicationGatewayName",
      must: {
        met: (value) => /^[A-Za-z0-9][\w.-]{0,78}\w$/.test(text(value)),
        wanted: "1 to 80 letters, digits and hyphens",
      },
    },
  ),
  {
    id: "AZR-000059",
    also: ["CKV_AZURE_217"],
    title: "Plain HTTP only redirects to HTTPS.",
    appliesTo: [GATEWAY],
    check: (props) => {
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
  },
  {
    id: "ROT-AGW-7",
    title: "Certificates come from a vault without a version, so that renewals are picked up.",
    reference: "TLS termination with Key Vault certificates",
    appliesTo: [GATEWAY],
    check: (props) => {
      const certificates = list(props["sslCertificates"]);
      const wrong = certificates.filter(
        ({ keyVaultSecretId }) =>
          !/^https:\/\/[^/]+\.vault\.azure\.net\/secrets\/[^/]+$/.test(text(keyVaultSecretId)),
      );
      return certificates.length > 0 && wrong.length === 0
        ? undefined
        : "sslCertificates must have keyVaultSecretId https://<vault>/secrets/<name>.";
    },
  },
  ...settings(
    FIREWALL,
    {
      id: "AZR-000309",
      title: "The firewall is enabled.",
      path: "policySettings.state",
      must: oneOf("Enabled"),
    },
    {
      id: "AZR-000302",
      also: ["CKV_AZURE_122"],
      title: "The firewall blocks bad requests.",
      path: "policySettings.mode",
      must: oneOf("Prevention"),
    },
    {
      id: "AZR-000303",
      title: "Nothing is excluded from the firewall's rules.",
      path: "managedRules.exclusions",
      must: { met: (value) => list(value).length === 0, wanted: "empty" },
    },
    {
      id: "ROT-WAF-1",
      title: "The firewall inspects request bodies.",
      reference: "Web Application Firewall request size limits",
      path: "policySettings.requestBodyCheck",
      must: oneOf(true),
    },
    {
      id: "ROT-WAF-2",
      title: "The firewall refuses bodies that are too large to inspect.",
      reference: "Web Application Firewall request size limits",
      path: "policySettings.requestBodyEnforcement",
      must: unsetOr(true),
    },
    {
      id: "ROT-WAF-3",
      title: "The firewall refuses files that are too large.",
      reference: "Web Application Firewall request size limits",
      path: "policySettings.fileUploadEnforcement",
      must: unsetOr(true),
    },
  ),
  {
    id: "AZR-000304",
    title: "The firewall has Microsoft's default and bot rule sets.",
    appliesTo: [FIREWALL],
    check: (props) => {
      const sets = list(at(props, "managedRules.managedRuleSets"));
      const has = (type: string, least: number) =>
        sets.some((set) => set["ruleSetType"] === type && Number(set["ruleSetVersion"]) >= least);
      return has("Microsoft_DefaultRuleSet", 2.1) && has("Microsoft_BotManagerRuleSet", 1)
        ? undefined
        : "managedRules.managedRuleSets must have Microsoft_DefaultRuleSet 2.1 and Microsoft_BotManagerRuleSet 1.0 or newer.";
    },
  },
  {
    id: "CKV_AZURE_135",
    title: "The firewall's Log4Shell rule is not disabled.",
    appliesTo: [FIREWALL],
    check: (props) => {
      const off = list(at(props, "managedRules.managedRuleSets"))
        .flatMap(({ ruleGroupOverrides }) => list(ruleGroupOverrides))
        .flatMap(({ rules }) => list(rules))
        .filter(
          ({ ruleId, state }) => /^(?:944240|99001017)$/.test(text(ruleId)) && state !== "Enabled",
        );
      return off.length === 0 ? undefined : "managedRules disable 944240.";
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
  },
];

/** Whether the id of a part ends with its name. */
function pointsAt(id: unknown, name: unknown): boolean {
  return text(id).endsWith(`/${text(name)}`);
}
