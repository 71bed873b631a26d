import * as assert from "node:assert/strict";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { makeGiven } from "../../../../twin/azure/given";
import type { Properties } from "../../../../twin/plugin/provider";
import { textOf } from "../../../support/azureCloud";
import { ROLE, RuleSuite } from "../../../support/azurePlatform";

describe("rules for TLS and firewalls of gateways in the twin", () => {
  const suite = new RuleSuite();

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
