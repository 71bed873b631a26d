import * as network from "@pulumi/azure-native/network";
import * as pulumi from "@pulumi/pulumi";
import type { CertificateReference } from "./certificate";
import { resourceName } from "./names";
import { type PlatformScope, shared } from "./scope";

/** Name that the gateway has for the certificate of all hosts; an Ingress refers to it. */
export const GATEWAY_CERTIFICATE = "production";

export interface GatewayArgs {
  readonly scope: PlatformScope;
  /** A subnet that holds nothing but gateways. */
  readonly subnetId: pulumi.Input<string>;
  readonly certificate: CertificateReference;
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

/** An Application Gateway v2 with its public address, to be configured by the cluster's add-on. */
export class Gateway extends pulumi.ComponentResource {
  readonly id: pulumi.Output<string>;
  /** Public IP address. */
  readonly address: pulumi.Output<string>;

  constructor(name: string, args: GatewayArgs, opts?: pulumi.ComponentResourceOptions) {
    super("rotation:platform:Gateway", name, {}, opts);
    const { naming } = args.scope;
    const gatewayName = resourceName("gateway", naming);
    const publicAddress = new network.PublicIPAddress(
      `${name}-address`,
      {
        ...shared(args.scope),
        publicIpAddressName: `${gatewayName}-ip`,
        sku: { name: network.PublicIPAddressSkuName.Standard },
        publicIPAllocationMethod: network.IPAllocationMethod.Static,
        zones: ["1", "2", "3"],
      },
      { parent: this },
    );
    const gateway = new network.ApplicationGateway(
      name,
      {
        ...shared(args.scope),
        applicationGatewayName: gatewayName,
        sku: { name: "Standard_v2", tier: "Standard_v2" },
        autoscaleConfiguration: { minCapacity: 1, maxCapacity: 5 },
        zones: ["1", "2", "3"],
        gatewayIPConfigurations: [{ name: "subnet", subnet: { id: args.subnetId } }],
        frontendIPConfigurations: [{ name: "public", publicIPAddress: { id: publicAddress.id } }],
        ...placeholder(args.scope, gatewayName),
      },
      { parent: this, ignoreChanges: OWNED_BY_INGRESS_CONTROLLER },
    );
    this.id = gateway.id;
    this.address = publicAddress.ipAddress.apply((address) => address ?? "");
    this.registerOutputs({ address: this.address });
  }
}

/** Azure wants a complete routing rule at creation; the ingress controller replaces this one. */
function placeholder(scope: PlatformScope, gatewayName: string) {
  const part = (collection: string) => ({
    id: pulumi.interpolate`${scope.resourceGroupId}/providers/Microsoft.Network/applicationGateways/${gatewayName}/${collection}/placeholder`,
  });
  return {
    frontendPorts: [{ name: "placeholder", port: 80 }],
    backendAddressPools: [{ name: "placeholder" }],
    backendHttpSettingsCollection: [{ name: "placeholder", port: 80, protocol: "Http" }],
    httpListeners: [
      {
        name: "placeholder",
        protocol: "Http",
        frontendIPConfiguration: {
          id: pulumi.interpolate`${scope.resourceGroupId}/providers/Microsoft.Network/applicationGateways/${gatewayName}/frontendIPConfigurations/public`,
        },
        frontendPort: part("frontendPorts"),
      },
    ],
    requestRoutingRules: [
      {
        name: "placeholder",
        priority: 20000,
        ruleType: "Basic",
        httpListener: part("httpListeners"),
        backendAddressPool: part("backendAddressPools"),
        backendHttpSettings: part("backendHttpSettingsCollection"),
      },
    ],
  };
}
