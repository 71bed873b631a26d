import { type Asking, type Check, READER } from "../asking";
import { type Finding, ok, okUnless, wrong } from "../finding";
import { type NodePool, nodePools } from "../nodePools";

/** A size of virtual machines in one region, as the subscription may use it. */
interface Sku {
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

interface Usage {
  readonly name: { readonly value: string; readonly localizedValue: string };
  readonly currentValue: number;
  readonly limit: number;
}

/** Cores of all sizes together, in one region. */
const ALL_CORES = "cores";

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

/** Quota of cores, for the most nodes that the autoscaler and an upgrade may ask for. */
export const nodeQuota: Check = {
  what: "quota of the nodes",
  role: READER,
  async ask(asking) {
    const { arm, planned } = asking;
    if (planned.isMade(planned.one("containerservice:ManagedCluster"))) {
      return [ok("quota of the nodes", "the nodes exist")];
    }
    const skus = await skusOf(asking);
    const path = `${planned.subscription}/providers/Microsoft.Compute/locations/${planned.location}/usages`;
    const usages = await arm.list<Usage>(path, "2024-07-01");
    const needed = new Map<string, { least: number; most: number }>();
    for (const pool of nodePools(planned)) {
      const sku = skus.get(pool.size);
      const cores = Number(capability(sku, "vCPUs") ?? 0);
      for (const name of sku === undefined ? [] : [sku.family, ALL_CORES]) {
        const { least, most } = needed.get(name) ?? { least: 0, most: 0 };
        needed.set(name, {
          least: least + pool.least * cores,
          most: most + pool.most * cores,
        });
      }
    }
    return [...needed].map(([name, cores]) => quotaFinding(name, cores, usages, asking));
  },
};

async function skusOf({ arm, planned }: Asking): Promise<ReadonlyMap<string, Sku>> {
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

function capability(sku: Sku | undefined, name: string): string | undefined {
  return sku?.capabilities.find((each) => each.name === name)?.value;
}

function quotaFinding(
  name: string,
  { least, most }: { least: number; most: number },
  usages: readonly Usage[],
  { planned }: Asking,
): Finding {
  const usage = usages.find((each) => each.name.value.toLowerCase() === name.toLowerCase());
  const what = `quota ${name}`;
  const free = usage === undefined ? 0 : usage.limit - usage.currentValue;
  const needs = `the first nodes need ${least}, the most nodes ${most}, upgrades included`;
  if (free >= most) {
    return ok(what, `${free} cores are free; ${needs}`);
  }
  const scope = `${planned.subscription}/providers/Microsoft.Compute/locations/${planned.location}`;
  return wrong(
    what,
    `${free} cores are free; ${needs}`,
    `az quota update --resource-name ${usage?.name.value ?? name} --scope ${scope} ` +
      `--limit-object value=${(usage?.currentValue ?? 0) + most} --resource-type dedicated`,
    `az vm list-usage --location ${planned.location} --output table`,
  );
}
