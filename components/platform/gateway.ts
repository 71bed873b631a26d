import * as managedidentity from "@pulumi/azure-native/managedidentity";
import * as network from "@pulumi/azure-native/network";
import * as pulumi from "@pulumi/pulumi";
import { grant } from "./access";
import type { CertificateReference } from "./certificate";
import { firewallPolicy, type StageHosts } from "./firewallPolicy";
import { GATEWAY_CERTIFICATE, placeholder } from "./gatewayPlaceholder";
import { refuseGatewayWrite } from "./gatewayWrites";
import { resourceName } from "./azureNames";
import { untilItWorks } from "./lateGrants";
import { type PlatformScope, shared } from "./scope";

export interface GatewayArgs {
  /** Where it is made, how it is named, and how much of it there is. */
  readonly scope: PlatformScope;
  /** Resource id of a subnet that holds nothing but gateways. A change replaces the gateway. */
  readonly subnetId: pulumi.Input<string>;
  /** The certificate of all hosts. */
  readonly certificate: CertificateReference;
  /**
   * Hosts that are not for everybody.
   * @default none
   */
  readonly stage?: StageHosts | undefined;
  /** This run may write the gateway, which interrupts its traffic. */
  readonly maintenance: boolean;
}

/**
 * What the ingress controller owns of the gateway. Pulumi writes a placeholder once; afterwards
 * any PUT from here would replace the controller's routes until its next update.
 */
const OWNED_BY_INGRESS_CONTROLLER = [
  "backendAddressPools",
  "backendHttpSettingsCollection",
  "frontendPorts",
  "httpListeners",
  "probes",
  "redirectConfigurations",
  "requestRoutingRules",
  "sslCertificates",
  "urlPathMaps",
  "rewriteRuleSets",
  "tags",
];

const ZONES = ["1", "2", "3"];

/**
 * An Application Gateway v2 with firewall and public address, to be configured by the cluster's
 * ingress controller. Written once: a run that would write it again is refused.
 *
 * When the counter grows nothing in here changes.
 */
export class Gateway extends pulumi.ComponentResource {
  readonly id: pulumi.Output<string>;
  /** Public IP address. */
  readonly address: pulumi.Output<string>;
  /** Name that the gateway has for the certificate of all hosts. */
  readonly certificateName = GATEWAY_CERTIFICATE;
  /** Resource id of the identity that reads the certificate. */
  readonly identityId: pulumi.Output<string>;
  readonly firewallPolicyId: pulumi.Output<string>;

  constructor(name: string, args: GatewayArgs, opts?: pulumi.ComponentResourceOptions) {
    const { scope, maintenance } = args;
    const applicationGatewayName = resourceName("gateway", scope.naming);
    // A replacement runs no update hook, but what causes one changes the component as well.
    const { location, resourceGroupName } = scope;
    super(
      "rotation:platform:Gateway",
      name,
      { applicationGatewayName, location, resourceGroupName },
      // Ours first: the SDK adds to the hooks of the first in place, and these are not the caller's.
      pulumi.mergeOptions(
        {
          hooks: {
            beforeUpdate: [
              refuseGatewayWrite(`${name}-replacement`, { write: "replace", maintenance }),
            ],
          },
        },
        opts,
      ),
    );
    const parent = { parent: this };
    const address = this.publicAddress(name, scope);
    const identity = new managedidentity.UserAssignedIdentity(
      name,
      { ...shared(scope), resourceName: resourceName("identity", scope.naming, "gateway") },
      parent,
    );
    const readsCertificate = grant(
      "gateway-certificate",
      { principalId: identity.principalId, scope: args.certificate.resourceId },
      parent,
    );
    const policy = firewallPolicy(name, { scope, stage: args.stage }, parent);
    const itReads = untilItWorks(`${name}-reads-certificate`, readsCertificate, scope.grantSeconds);
    const gateway = new network.ApplicationGateway(
      name,
      {
        ...shared(scope),
        applicationGatewayName,
        sku: { name: "WAF_v2", tier: "WAF_v2" },
        autoscaleConfiguration: {
          minCapacity: scope.profile.gateway.leastCapacity,
          maxCapacity: scope.profile.gateway.mostCapacity,
        },
        zones: ZONES,
        enableHttp2: true,
        identity: { type: "UserAssigned", userAssignedIdentities: [identity.id] },
        firewallPolicy: { id: policy.id },
        sslPolicy: { policyType: "Predefined", policyName: "AppGwSslPolicy20220101S" },
        gatewayIPConfigurations: [{ name: "subnet", subnet: { id: args.subnetId } }],
        frontendIPConfigurations: [{ name: "public", publicIPAddress: { id: address.id } }],
        ...placeholder({
          gatewayId: pulumi.interpolate`${scope.resourceGroupId}/providers/Microsoft.Network/applicationGateways/${applicationGatewayName}`,
          frontend: "public",
          certificate: args.certificate,
        }),
      },
      {
        ...parent,
        // Azure reads the certificate while it makes the gateway, and fails half an hour later.
        dependsOn: readsCertificate,
        protect: scope.profile.protect,
        ignoreChanges: OWNED_BY_INGRESS_CONTROLLER,
        hooks: {
          beforeCreate: [itReads],
          // A run may come back to a gateway that is incomplete before the grant works.
          beforeUpdate: [
            refuseGatewayWrite(`${name}-write`, { write: "update", maintenance }),
            itReads,
          ],
        },
      },
    );
    this.id = gateway.id;
    this.address = address.ipAddress.apply((ipAddress) => ipAddress ?? "");
    this.identityId = identity.id;
    this.firewallPolicyId = policy.id;
    this.registerOutputs({ address: this.address });
  }

  /** What DNS names of the hosts lead to: lost, it cannot be had again. */
  private publicAddress(name: string, scope: PlatformScope): network.PublicIPAddress {
    return new network.PublicIPAddress(
      `${name}-address`,
      {
        ...shared(scope),
        publicIpAddressName: resourceName("publicAddress", scope.naming, "gateway"),
        sku: { name: network.PublicIPAddressSkuName.Standard },
        publicIPAllocationMethod: network.IPAllocationMethod.Static,
        zones: ZONES,
      },
      { parent: this, protect: scope.profile.protect },
    );
  }
}
