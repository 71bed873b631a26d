import { textAt, textsAt } from "../arm/plain";
import { parentOf } from "../arm/resourceManager";
import type { ArmResource, Put, Cloud } from "../arm/resourceType";
import { overlap } from "../arm/addresses";
import { NETWORK_NAME, demand, resourceType } from "../arm/common";
import {
  API_VERSION,
  ONE_WRITE_PER_NETWORK,
  PEERING,
  PROVIDER,
  VIRTUAL_NETWORK,
  rangeOf,
  sameId,
} from "./networkCommon";

/** One side of a peering; traffic flows when the other network has the counterpart. */
export const virtualNetworkPeering = resourceType({
  token: "azure-native:network:VirtualNetworkPeering",
  armType: PEERING,
  apiVersion: API_VERSION,
  path: `${PROVIDER}/virtualNetworks/{virtualNetworkName}/virtualNetworkPeerings/{virtualNetworkPeeringName}`,
  names: { virtualNetworkName: NETWORK_NAME, virtualNetworkPeeringName: NETWORK_NAME },
  references: [{ path: "remoteVirtualNetwork.id", type: VIRTUAL_NETWORK }],
  oneAtATime: ONE_WRITE_PER_NETWORK,
  put(put) {
    requireOnePeering(put);
    requireSeparateSpaces(put);
    const counterpart = counterpartOf(put.cloud, put.id, remoteOf(put.inputs));
    demand(
      textAt(counterpart?.outputs, "peeringState") !== "Disconnected" || put.previous !== undefined,
      "RemotePeeringIsDisconnected",
      `Cannot create or update peering ${put.id} because remote peering ${counterpart?.id} ` +
        `referencing parent virtual network ${parentOf(put.id)} is in Disconnected state. Update or ` +
        "re-create the remote peering to get it back to Initiated state. Peering gets Disconnected " +
        "when remote vnet or remote peering is deleted and re-created.",
    );
    if (counterpart) {
      put.cloud.resources.amend(counterpart.id, state("Connected"));
    }
    return {
      ...put.echo,
      ...state(counterpart ? "Connected" : "Initiated"),
      remoteVirtualNetworkEncryption: { enabled: false },
    };
  },
  remove(cloud, { id, inputs }) {
    const counterpart = counterpartOf(cloud, id, remoteOf(inputs));
    if (counterpart) {
      cloud.resources.amend(counterpart.id, state("Disconnected"));
    }
  },
});

/** Networks that a network reaches: those at the other end of a peering that both sides have. */
export function peeredNetworks(cloud: Cloud, networkId: string): string[] {
  return cloud.resources
    .children(networkId, PEERING)
    .filter(({ outputs }) => textAt(outputs, "peeringState") === "Connected")
    .map(({ inputs }) => remoteOf(inputs));
}

function remoteOf(inputs: ArmResource["inputs"]): string {
  return textAt(inputs, "remoteVirtualNetwork.id");
}

function counterpartOf(cloud: Cloud, id: string, remoteId: string): ArmResource | undefined {
  return cloud.resources
    .children(remoteId, PEERING)
    .find(({ inputs }) => sameId(remoteOf(inputs), parentOf(id)));
}

function state(peeringState: "Connected" | "Disconnected" | "Initiated") {
  return { peeringState, peeringSyncLevel: "FullyInSync" };
}

function requireOnePeering({ cloud, id, inputs }: Put): void {
  const remote = remoteOf(inputs);
  demand(
    remote !== "" && !sameId(remote, parentOf(id)),
    "InvalidRequestFormat",
    `Peering ${id} needs the id of another virtual network in remoteVirtualNetwork.`,
  );
  const other = cloud.resources
    .children(parentOf(id), PEERING)
    .find((peering) => !sameId(peering.id, id) && sameId(remoteOf(peering.inputs), remote));
  demand(
    other === undefined,
    "AnotherPeeringAlreadyReferencesRemoteVnet",
    `Cannot create or update peering ${id}. Another peering ${other?.id} already references remote ` +
      `virtual network ${remote}.`,
  );
}

/** Neither the two networks may overlap nor those that one of them is peered with already. */
function requireSeparateSpaces({ cloud, id, inputs }: Put): void {
  const local = parentOf(id);
  const remote = remoteOf(inputs);
  const both = `Cannot create or update peering ${id}. Virtual networks ${local} and ${remote} cannot be peered because`;
  const shared = sharedPrefixes(cloud, local, remote);
  demand(
    shared.length === 0,
    "VnetAddressSpacesOverlap",
    `${both} their address spaces overlap. Overlapping address prefixes: ${shared.join(", ")}. For ` +
      "more information please refer to https://aka.ms/VnetPeeringInfo",
  );
  for (const peering of cloud.resources.children(remote, PEERING)) {
    const third = remoteOf(peering.inputs);
    const taken = sameId(third, local) ? [] : sharedPrefixes(cloud, local, third);
    demand(
      taken.length === 0,
      "VnetAddressSpaceOverlapsWithAlreadyPeeredVnet",
      `${both} address space of the first virtual network overlaps with address space of virtual ` +
        `network ${third} already peered with the second virtual network. Overlapping address ` +
        `prefixes: ${taken.join(", ")}. For more information please refer to ` +
        "https://aka.ms/VnetPeeringInfo",
    );
  }
}

function sharedPrefixes(cloud: Cloud, a: string, b: string): string[] {
  const spaceOf = (id: string) =>
    textsAt(cloud.resources.find(id)?.inputs, "addressSpace.addressPrefixes[]");
  return spaceOf(a).filter((prefix) =>
    spaceOf(b).some((other) => overlap(rangeOf(prefix, a), rangeOf(other, b))),
  );
}
