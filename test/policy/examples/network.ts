import type { Values } from "../../../policy/rules";
import { type Example, type Examples, pair, type Pair, setting } from "./example";

const SUBNET = "azure-native:network:Subnet";

export const NETWORK_EXAMPLES: Examples = {
  "AZR-000137": traffic({ sourceAddressPrefix: "10.0.0.0/16" }, { sourceAddressPrefix: "*" }),
  "AZR-000138": traffic(
    { access: "Allow", sourceAddressPrefix: "10.0.0.0/16" },
    { access: "Deny", sourceAddressPrefix: "*" },
  ),
  CKV_AZURE_9: traffic(
    { sourceAddressPrefix: "Internet", destinationPortRange: "443" },
    { sourceAddressPrefix: "Internet", destinationPortRange: "3389" },
  ),
  CKV_AZURE_10: traffic(
    { sourceAddressPrefix: "Internet", destinationPortRange: "443" },
    { sourceAddressPrefix: "Internet", destinationPortRange: "20-30" },
  ),
  CKV_AZURE_160: traffic(
    { sourceAddressPrefix: "Internet", destinationPortRange: "443" },
    { sourceAddressPrefix: "Internet", destinationPortRange: "80" },
  ),
  CKV_AZURE_77: traffic(
    { sourceAddressPrefix: "Internet", protocol: "Tcp" },
    { sourceAddressPrefix: "Internet", protocol: "Udp" },
  ),
  "AVD-AZU-0047": traffic(
    { sourceAddressPrefix: "Internet", destinationPortRange: "443" },
    { sourceAddressPrefix: "Internet", destinationPortRange: "*" },
  ),
  "AZR-000263": setting(
    "networkSecurityGroup.id",
    "/subscriptions/x/networkSecurityGroups/y",
    undefined,
  ),
  "AZR-000267": setting("subnetName", "nodes", "-"),
  "AZR-000447": setting("defaultOutboundAccess", false, true),
  "ROT-NET-1": pair(endpointIn, "Enabled", "Disabled"),
  "AZR-000264": setting("dhcpOptions.dnsServers", ["10.0.0.4", "10.0.0.5"], ["10.0.0.4"]),
  "AZR-000265": setting("dhcpOptions.dnsServers", ["10.0.0.4", "10.0.0.5"], ["8.8.8.8", "8.8.4.4"]),
  "AZR-000139": {
    good: {
      props: {
        securityRules: [
          { direction: "Outbound", access: "Deny", destinationPortRanges: ["22", "3389"] },
        ],
      },
    },
    bad: { props: { securityRules: [] } },
  },
  "AZR-000140": {
    good: {
      props: { networkSecurityGroupName: "nsg" },
      others: [
        {
          type: SUBNET,
          name: "nodes",
          props: { networkSecurityGroup: { id: "/subscriptions/x/networkSecurityGroups/nsg" } },
        },
      ],
    },
    bad: { props: { networkSecurityGroupName: "nsg" } },
  },
  "AZR-000020": pair(nodesIn, "10.60.0.0/22", "10.60.0.0/24"),
  "AZR-000157": setting("zones", ["1", "2", "3"], []),
  "AZR-000158": setting("sku.name", "Standard", "Basic"),
  "AZR-000155": setting("publicIpAddressName", "pip-app-prod-gateway", "-"),
  "AZR-000156": setting("dnsSettings.domainNameLabel", "app-prod", "App"),
  "AZR-000154": {
    good: {
      props: { publicIpAddressName: "pip" },
      others: [
        {
          type: "azure-native:network:NatGateway",
          name: "nat",
          props: { publicIpAddresses: [{ id: "/subscriptions/x/publicIPAddresses/pip" }] },
        },
      ],
    },
    bad: { props: { publicIpAddressName: "pip" } },
  },
  "APRL-1adba190": setting("zones", ["1"], []),
  "AZR-000153": setting("privateEndpointName", "pep-app-prod-vault", "-"),
  "ROT-NET-15": setting("allowForwardedTraffic", false, true),
  "ROT-NET-16": setting("allowGatewayTransit", false, true),
  "ROT-NET-17": setting("useRemoteGateways", false, true),
};

function traffic(good: Values, bad: Values): Pair {
  return pair(
    (rule) => ({
      props: {
        securityRules: [
          {
            name: "web",
            direction: "Inbound",
            access: "Allow",
            protocol: "Tcp",
            priority: 100,
            destinationPortRange: "443",
            ...rule,
          },
        ],
      },
    }),
    good,
    bad,
  );
}

function nodesIn(addressPrefix: string): Example {
  return {
    props: { agentPoolProfiles: [{ vnetSubnetID: "/subscriptions/x/subnets/nodes" }] },
    others: [{ type: SUBNET, name: "nodes", props: { subnetName: "nodes", addressPrefix } }],
  };
}

function endpointIn(privateEndpointNetworkPolicies: string): Example {
  return {
    props: { subnetName: "endpoints", privateEndpointNetworkPolicies },
    others: [
      {
        type: "azure-native:network:PrivateEndpoint",
        name: "vault",
        props: { subnet: { id: "/subscriptions/x/subnets/endpoints" } },
      },
    ],
  };
}
