import * as ipaddr from "ipaddr.js";
import { type Asking, type Check, READER } from "../asking";
import { type Finding, okUnless, wrong } from "../finding";
import { at, nameOf, type PlannedResource, textAt } from "../planned";

const API_VERSION = "2024-05-01";
const ZONES_API_VERSION = "2024-06-01";

interface Resource {
  readonly id: string;
  readonly name: string;
}

/** The network that `pulumi up` runs in: that it is there, and has no addresses of ours. */
export const runnerNetwork: Check = {
  what: "runners' network",
  role: READER,
  async ask(asking) {
    const id = runnerNetworkOf(asking);
    if (id === undefined) {
      return [];
    }
    const what = "runners' network";
    const found = await asking.arm.find(id, API_VERSION);
    if (found === undefined) {
      const help = "pulumi config set rotation:runnerNetwork <resource id of the network>";
      return [
        wrong(
          what,
          `${id} does not exist`,
          "az network vnet list --query '[].id' --output tsv",
          `az network vnet create --resource-group <group> --name ${nameOf(id)} --address-prefixes <range>   # if there is none`,
          help,
        ),
      ];
    }
    const ours = prefixesOf(asking.planned.one("network:VirtualNetwork").inputs);
    const peerings = (at(found, "properties", "virtualNetworkPeerings") as unknown[]) ?? [];
    const others = peerings.filter((each) => !isOurs(each, asking));
    const theirs = [
      ...prefixesOf(at(found, "properties")),
      ...others.flatMap(
        (each) =>
          (at(each, "properties", "remoteAddressSpace", "addressPrefixes") as
            string[] | undefined) ?? [],
      ),
    ];
    const taken = theirs.filter((range) => ours.some((own) => overlap(own, range)));
    const wrongs =
      taken.length === 0
        ? []
        : [
            wrong(
              what,
              `${taken.join(", ")} of it, or of a network that it is peered with, overlaps ` +
                `this stack's (${ours.join(", ")}): Azure refuses the peering`,
              `az network vnet show --ids ${id} --query "[addressSpace, virtualNetworkPeerings[].remoteAddressSpace]"`,
              "pulumi config set rotation:networkRange <a free range>   # and the ranges in it",
            ),
          ];
    return okUnless(
      wrongs,
      what,
      `${nameOf(id)} exists, and none of its ranges overlaps this stack's`,
    );
  },
};

/** Private zones that the runners' network asks already: Azure refuses a second one of a name. */
export const privateZones: Check = {
  what: "private zones",
  role: READER,
  async ask(asking) {
    const { arm, planned } = asking;
    const network = runnerNetworkOf(asking);
    const links = planned.all("privatedns:VirtualNetworkLink");
    if (network === undefined || links.length === 0) {
      return [];
    }
    const names = [...new Set(links.map(({ inputs }) => textAt(inputs, "privateZoneName")))];
    const elsewhere = links.filter(({ id }) => !id.startsWith(`${planned.group}/`));
    if (elsewhere.length > 0) {
      return existingZones(elsewhere, asking);
    }
    const path = `${planned.subscription}/providers/Microsoft.Network/privateDnsZones`;
    const zones = await arm.list<Resource>(path, ZONES_API_VERSION);
    const others = zones.filter(
      ({ id, name }) =>
        names.includes(name) && !id.toLowerCase().startsWith(`${planned.group.toLowerCase()}/`),
    );
    const found = await Promise.all(
      others.map(async (zone) => {
        const all = await arm.list<Resource>(`${zone.id}/virtualNetworkLinks`, ZONES_API_VERSION);
        const own = all.filter((link) =>
          sameId(textAt(link, "properties", "virtualNetwork", "id"), network),
        );
        return own.map((link) => linkFinding(zone, link));
      }),
    );
    return okUnless(
      found.flat(),
      "private zones",
      `${nameOf(network)} is not linked to ${names.join(", ")} yet, as far as this ` +
        "subscription shows",
    );
  },
};

/** Zones that others have made, and that ours are to be names of. */
async function existingZones(
  links: readonly PlannedResource[],
  { arm }: Asking,
): Promise<Finding[]> {
  const zones = [...new Set(links.map(({ id }) => id.replace(/\/virtualNetworkLinks\/.+$/, "")))];
  const found = await Promise.all(zones.map((id) => arm.find(id, ZONES_API_VERSION)));
  const missing = zones.filter((_, index) => found[index] === undefined);
  const group = zones[0]!.split("/")[4];
  return okUnless(
    missing.map((id) =>
      wrong(
        `private zone ${nameOf(id)}`,
        `${group} has none`,
        `az network private-dns zone create --resource-group ${group} --name ${nameOf(id)}`,
        "pulumi config rm rotation:privateZonesGroup   # the program creates all of them",
      ),
    ),
    "private zones",
    `${zones.map(nameOf).join(", ")} are in ${group}`,
  );
}

function linkFinding(zone: Resource, link: Resource): Finding {
  const [group = ""] = zone.id.split("/providers/");
  return wrong(
    `private zone ${zone.name}`,
    `the runners' network is already linked to the zone in ${nameOf(group)}, and Azure refuses ` +
      "a second one of that name",
    `az network private-dns link vnet show --resource-group ${nameOf(group)} --zone-name ${zone.name} --name ${link.name}`,
    `pulumi config set rotation:privateZonesGroup ${group}`,
  );
}

/** Id of the network that is peered with ours; undefined where there is none. */
function runnerNetworkOf({ planned }: Asking): string | undefined {
  const peering: PlannedResource | undefined = planned
    .all("network:VirtualNetworkPeering")
    .find(({ id }) => id.startsWith(`${planned.group}/`));
  return peering && textAt(peering.inputs, "remoteVirtualNetwork", "id");
}

function isOurs(peering: unknown, { planned }: Asking): boolean {
  const remote = textAt(peering, "properties", "remoteVirtualNetwork", "id");
  return sameId(remote, planned.one("network:VirtualNetwork").id);
}

function prefixesOf(network: unknown): string[] {
  return at(network, "addressSpace", "addressPrefixes") as string[];
}

/** Whether two ranges of one kind have an address in common. */
function overlap(a: string, b: string): boolean {
  const [first, second] = [ipaddr.parseCIDR(a), ipaddr.parseCIDR(b)];
  return (
    first[0].kind() === second[0].kind() &&
    (first[0].match(second[0], second[1]) || second[0].match(first[0], first[1]))
  );
}

function sameId(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
