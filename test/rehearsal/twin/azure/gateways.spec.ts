import * as assert from "node:assert/strict";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { makeGiven } from "../../../../rehearsal/twin/azure/given";
import type { Properties } from "../../../../rehearsal/twin/provider";
import { textOf } from "../../../support/azureCloud";
import { ROLE, RuleSuite } from "../../../support/azurePlatform";

describe("rules for gateways in the twin", () => {
  const suite = new RuleSuite(216);

  describe("for gateways", () => {
    const changed = (change: Properties) => () => ({
      ...suite.good.gateway,
      applicationGatewayName: "other",
      ...change,
    });
    suite.refuses([
      [
        "a SKU of the first version",
        "network:ApplicationGateway",
        changed({ sku: { name: "Standard_Small", tier: "Standard", capacity: 1 } }),
        /V1 was retired/,
      ],
      [
        "capacity together with autoscaling",
        "network:ApplicationGateway",
        changed({ autoscaleConfiguration: { minCapacity: 1 } }),
        /either sku\.capacity or autoscale/,
      ],
      [
        "a firewall SKU without a policy",
        "network:ApplicationGateway",
        changed({ sku: { name: "WAF_v2", tier: "WAF_v2", capacity: 1 } }),
        /must have a valid WAF policy/,
      ],
      [
        "a gateway without a listener",
        "network:ApplicationGateway",
        changed({ httpListeners: [] }),
        /at least one entry in httpListeners/,
      ],
      [
        "a public address that another gateway has",
        "network:ApplicationGateway",
        () => {
          const text = JSON.stringify(suite.good.gateway).replaceAll(
            "applicationGateways/agw",
            "applicationGateways/other",
          );
          return { ...(JSON.parse(text) as Properties), applicationGatewayName: "other" };
        },
        /PublicIPAddressInUse/,
      ],
      [
        "a part that refers to a part that is not there",
        "network:ApplicationGateway",
        changed({}),
        /InvalidResourceReference.*applicationGateways\/agw/,
      ],
    ]);

    it("refuses a routing rule without a priority", async () => {
      const text = JSON.stringify(suite.good.gateway).replace('"priority":1,', "");
      await assert.rejects(
        suite.bench.update(
          "network:ApplicationGateway",
          suite.platform.gateway,
          JSON.parse(text) as Properties,
        ),
        /RequestRoutingRulePriorityCannotBeEmpty/,
      );
    });

    it("wipes what the ingress controller wrote when somebody else PUTs the gateway", async () => {
      const inputs = { ...suite.good.gateway, tags: { touched: "1" } };
      await suite.bench.update("network:ApplicationGateway", suite.platform.gateway, inputs);
      assert.equal(
        suite.bench.neighbours.calls.filter((call) => call === "reset gateway agw").length,
        1,
      );
    });
  });

  describe("for security groups of a gateway's subnet", () => {
    const gatewaySubnet = (networkSecurityGroupName: string) => ({
      ...suite.good.subnet("gateway", "10.0.8.0/24"),
      networkSecurityGroup: {
        id: suite.good.id(`Microsoft.Network/networkSecurityGroups/${networkSecurityGroupName}`),
      },
    });
    const blocked =
      /ApplicationGatewaySubnetInboundTrafficBlockedByNetworkSecurityGroup.*65200 - 65535/;
    const DENY = { access: "Deny", sourceAddressPrefix: "*", destinationPortRange: "*" };
    const attach = async (name: string, ...rules: Properties[]) => {
      const group = await suite.bench.create(
        "network:NetworkSecurityGroup",
        suite.good.securityGroup(name, ...rules),
      );
      await suite.bench.update("network:Subnet", suite.platform.subnet, gatewaySubnet(name));
      return group;
    };

    for (const [what, ...rules] of [
      ["has no rule for Azure's manager"],
      ["denies everything first", DENY, {}],
      ["opens a part of the ports only", { destinationPortRange: "65200-65500" }],
      ["opens them to one address only", { destinationAddressPrefix: "10.0.8.0/24" }],
      ["opens them to others only", { sourceAddressPrefix: "AzureLoadBalancer" }],
    ] as [string, ...Properties[]][]) {
      it(`refuses one that ${what}`, async () => {
        await assert.rejects(attach(what.replaceAll(/\W/g, "-"), ...rules), blocked);
      });
    }

    it("takes one that opens the ports before it denies everything, and keeps it so", async () => {
      const group = await attach("open", {}, DENY);
      await assert.rejects(
        suite.bench.update(
          "network:NetworkSecurityGroup",
          group,
          suite.good.securityGroup("open", DENY, {}),
        ),
        blocked,
      );
    });
  });

  describe("for TLS and the firewall", () => {
    const SECRET = "https://shared-certificates.vault.azure.net/secrets/rehearsal";
    const GATEWAY = "network:ApplicationGateway";
    let gatewayPrincipal: string;
    let address: Properties;

    before(async () => {
      await makeGiven(suite.bench.cloud, ["app.example.test"]);
      const identity = await suite.bench.identity("id-gateway");
      gatewayPrincipal = textOf(identity.outputs["principalId"]);
      await suite.bench.create("network:WebApplicationFirewallPolicy", suite.good.firewallPolicy);
      address = {
        ...suite.good.address,
        publicIpAddressName: "pip-tls",
        zones: ["1", "2", "3"],
      };
      await suite.bench.create("network:PublicIPAddress", address);
    });

    const gateway = (change: Properties) => () => suite.good.secureGateway(SECRET, change);
    suite.refuses([
      [
        "a certificate that the gateway's identity may not read",
        GATEWAY,
        gateway({}),
        /ApplicationGatewayKeyVaultSecretException.*AccessDenied: Access denied for KeyVault Secret 'https:\/\/shared-certificates/,
      ],
      [
        "a certificate of the vault without an identity",
        GATEWAY,
        gateway({ identity: { type: "None" } }),
        /requires a 'UserAssigned' Identity/,
      ],
      [
        "an identity without its id",
        GATEWAY,
        gateway({ identity: { type: "UserAssigned" } }),
        /MissingIdentityIds/,
      ],
      [
        "an address that is no vault secret's",
        GATEWAY,
        gateway({
          sslCertificates: [
            { name: "production", keyVaultSecretId: SECRET.replace("secrets", "certificates") },
          ],
        }),
        /is invalid\. Reason: The specified Key Vault URI doesn't properly reference a secret/,
      ],
      [
        "an HTTPS listener without a certificate",
        GATEWAY,
        () => {
          const inputs = gateway({})();
          const [listener] = inputs["httpListeners"] as Properties[];
          return { ...inputs, httpListeners: [{ ...listener, sslCertificate: {} }] };
        },
        /ApplicationGatewayHttpsListenerMustReferenceSslCert.*uses protocol Https/,
      ],
      [
        "a TLS policy that Azure does not know",
        GATEWAY,
        gateway({ sslPolicy: { policyType: "Predefined", policyName: "AppGwSslPolicy2024" } }),
        /'AppGwSslPolicy2024': it must be one of .*AppGwSslPolicy20220101S/,
      ],
      [
        "other zones than those of its address",
        GATEWAY,
        gateway({ zones: ["1"] }),
        /availability zones 1 and its public IP address .*pip-tls 1, 2, 3: they must be the same/,
      ],
      [
        "a firewall policy with another SKU",
        GATEWAY,
        gateway({ sku: { name: "Standard_v2", tier: "Standard_v2", capacity: 1 } }),
        /cannot have a firewall policy/,
      ],
      [
        "a firewall policy with an unknown rule set",
        "network:WebApplicationFirewallPolicy",
        () => ({
          ...suite.good.firewallPolicy,
          policyName: "other",
          managedRules: { managedRuleSets: [{ ruleSetType: "OWASP", ruleSetVersion: "2.2.9" }] },
        }),
        /ApplicationGatewayFirewallUnknownRuleSet.*OWASP 2\.2\.9/,
      ],
      [
        "a firewall rule with a priority above 100",
        "network:WebApplicationFirewallPolicy",
        () => ({
          ...suite.good.firewallPolicy,
          policyName: "other",
          customRules: [
            {
              name: "mine",
              priority: 500,
              ruleType: "MatchRule",
              action: "Allow",
              matchConditions: [],
            },
          ],
        }),
        /Custom Rule 'mine' does not have valid priority in context 'properties\.customRules\[0\]'/,
      ],
    ]);

    it("hands the certificate that its identity may read to the gateway, and no other answer", async () => {
      const secret = `/subscriptions/${suite.good.subscriptionId}/resourceGroups/shared/providers/Microsoft.KeyVault/vaults/shared-certificates/secrets/rehearsal`;
      await suite.bench.grant(gatewayPrincipal, ROLE.secretsUser, secret);
      const made = await suite.bench.create(GATEWAY, gateway({})());
      const started = suite.bench.neighbours.gateways.at(-1)!;
      const { key, certificate } = started.certificates.get("production")!;
      assert.ok(new X509Certificate(certificate).checkHost("app.example.test"));
      assert.ok(new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key)));
      assert.doesNotMatch(JSON.stringify(made.outputs), /PRIVATE KEY/);
    });

    it("refuses a secret that holds no certificate", async () => {
      await suite.bench.create("keyvault:Secret", {
        resourceGroupName: "shared",
        vaultName: "shared-certificates",
        secretName: "other",
        properties: { value: "no certificate" },
      });
      const other = SECRET.replace("rehearsal", "other");
      const role = ROLE.secretsUser;
      const vaultId = suite.bench.cloud.vault("shared-certificates")!.id;
      await suite.bench.grant(gatewayPrincipal, role, `${vaultId}/secrets/other`);
      await assert.rejects(
        suite.bench.update(
          GATEWAY,
          { id: "", inputs: {}, outputs: {} },
          suite.good.secureGateway(other),
        ),
        /ApplicationGatewaySslCertificateInvalidData/,
      );
    });

    it("keeps the zones of gateways and addresses as they were made", async () => {
      const before = { id: "", inputs: {}, outputs: {} };
      const fixed =
        /ResourceAvailabilityZonesCannotBeModified.*existing availability zone constraint 1, 2, 3/;
      await assert.rejects(suite.bench.update(GATEWAY, before, gateway({ zones: ["1"] })()), fixed);
      await assert.rejects(
        suite.bench.update("network:PublicIPAddress", before, { ...address, zones: [] }),
        /constraint NoZone, which do not match/,
      );
    });
  });

  describe("for the ingress controller", () => {
    it("needs a grant on each thing that a write of the gateway touches, and says which", async () => {
      const { good, bench } = suite;
      await bench.grant(
        textOf((await bench.identity("id-second")).outputs["principalId"]),
        ROLE.networkContributor,
        suite.platform.nodes.id,
      );
      const gatewayId = good.id("Microsoft.Network/applicationGateways/agw-tls");
      const cluster = await bench.create("containerservice:ManagedCluster", {
        ...good.cluster,
        resourceName: "second",
        dnsPrefix: "second",
        identity: {
          type: "UserAssigned",
          userAssignedIdentities: [
            good.id("Microsoft.ManagedIdentity/userAssignedIdentities/id-second"),
          ],
        },
        addonProfiles: {
          ingressApplicationGateway: {
            enabled: true,
            config: { applicationGatewayId: gatewayId },
          },
        },
      });
      const profiles = cluster.outputs["addonProfiles"] as Record<string, Properties>;
      const { objectId } = profiles["ingressApplicationGateway"]!["identity"] as Properties;
      const grants: [role: string, on: string][] = [
        [ROLE.contributor, gatewayId],
        [ROLE.reader, good.id("").replace(/\/providers\/$/, "")],
        [ROLE.networkContributor, suite.platform.subnet.id],
        [
          ROLE.identityOperator,
          good.id("Microsoft.ManagedIdentity/userAssignedIdentities/id-gateway"),
        ],
        [
          ROLE.networkContributor,
          good.id("Microsoft.Network/ApplicationGatewayWebApplicationFirewallPolicies/waf"),
        ],
      ];
      for (const [role, on] of grants) {
        assert.ok(!bench.neighbours.calls.includes("attach to gateway agw-tls"));
        const lacking = bench.journal.findLast(({ event }) => event === "not permitted");
        assert.ok(String(lacking?.detail["lacking"]).includes(on));
        await bench.grant(textOf(objectId), role, on);
      }
      assert.ok(bench.neighbours.calls.includes("attach to gateway agw-tls"));
    });
  });
});
