import { natGateway, publicIPAddress } from "./publicAddresses";
import { virtualNetworkPeering } from "./peerings";
import { privateDnsZoneGroup, privateEndpoint } from "./privateLinks";
import { privateZone, virtualNetworkLink } from "./privateZones";
import { networkSecurityGroup } from "./securityGroups";
import { subnet, virtualNetwork } from "./virtualNetworks";

export const networkTypes = [
  virtualNetwork,
  subnet,
  virtualNetworkPeering,
  networkSecurityGroup,
  publicIPAddress,
  natGateway,
  privateEndpoint,
  privateDnsZoneGroup,
  privateZone,
  virtualNetworkLink,
];

/** ARM types that other services refer to. */
export { PUBLIC_ADDRESS, SUBNET, VIRTUAL_NETWORK } from "./networkCommon";
