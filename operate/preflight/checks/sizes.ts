import { type Asking, type Check, READER } from "../asking";
import { okUnless, wrong } from "../finding";
import { type NodePool, nodePools } from "../nodePools";

/** A size of virtual machines in one region, as the subscription may use it. */
export interface Sku {
  readonly resourceType: string;
  readonly name: string;
  readonly family: string;
  readonly locationInfo: readonly { readonly zones?: readonly string[] }[];
  readonly capabilities: readonly { readonly name: string; readonly value: string }[];
  readonly restrictions: readonly {
    readonly type: "Location" | "Zone";
    readonly reasonCode: string;
    readonly restrictionInfo?: { readonly zones?: readonly string[] };
  }[];
}

/** Sizes of the nodes: sold to this subscription, in the zones, with what the program sets. */
export const nodeSizes: Check = {
  what: "sizes of the nodes",
  role: READER,
  async ask(asking) {
    const skus = await skusOf(asking);
    return nodePools(asking.planned).flatMap((pool) => {
      const sku = skus.get(pool.size);
      const what = `size ${pool.size}`;
      const { location } = asking.planned;
      const list = `az vm list-skus --location ${location} --size ${pool.size} --zone --all --output table`;
      const other = "pulumi config set rotation:nodeSize <another size>";
      return okUnless(
        problemsOf(pool, sku, location).map((why) => wrong(what, why, list, other)),
        what,
        `it is available in zones ${pool.zones.join(", ")} of ${location}`,
      );
    });
  },
};

/** Sizes of virtual machines in the region, by name. */
export async function skusOf({ arm, planned }: Asking): Promise<ReadonlyMap<string, Sku>> {
  const path = `${planned.subscription}/providers/Microsoft.Compute/skus`;
  const filter = { $filter: `location eq '${planned.location}'` };
  const all = await arm.list<Sku>(path, "2021-07-01", filter);
  const machines = all.filter(({ resourceType }) => resourceType === "virtualMachines");
  return new Map(machines.map((sku) => [sku.name, sku]));
}

function problemsOf(pool: NodePool, sku: Sku | undefined, location: string): string[] {
  if (sku === undefined) {
    return [`${location} does not offer it`];
  }
  const closed = sku.restrictions.find(({ type }) => type === "Location");
  if (closed !== undefined) {
    return [`this subscription may not use it in ${location} (${closed.reasonCode})`];
  }
  const restricted = sku.restrictions.flatMap(
    ({ restrictionInfo }) => restrictionInfo?.zones ?? [],
  );
  const there = sku.locationInfo.flatMap(({ zones = [] }) => zones);
  const lacking = pool.zones.filter((zone) => !there.includes(zone) || restricted.includes(zone));
  // Temporary disk, its successor of the newest sizes, and cache, in GiB.
  const disks = [
    Number(capability(sku, "MaxResourceVolumeMB") ?? 0) / 1024,
    Number(capability(sku, "NvmeDiskSizeInMiB") ?? 0) / 1024,
    Number(capability(sku, "CachedDiskBytes") ?? 0) / 1024 ** 3,
  ];
  return [
    ...(lacking.length > 0
      ? [`this subscription may not use it in zone ${lacking.join(", ")} of ${location}`]
      : []),
    ...(pool.isEncrypted && capability(sku, "EncryptionAtHostSupported") !== "True"
      ? ["it does not support encryption at host"]
      : []),
    ...(pool.localDisk > 0 && !disks.some((size) => size >= pool.localDisk)
      ? [`its local disk has no room for an ephemeral one of ${pool.localDisk} GiB`]
      : []),
  ];
}

export function capability(sku: Sku | undefined, name: string): string | undefined {
  return sku?.capabilities.find((each) => each.name === name)?.value;
}
