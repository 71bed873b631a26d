import { type Asking, type Check, READER } from "../asking";
import { ok, unasked, wrong } from "../finding";
import { nodePools } from "../nodePools";
import { textAt } from "../planned";
import { databaseCores } from "./database";
import { capability, skusOf } from "./sizes";

/** What a subscription uses of something in one region, and may use. */
interface Usage {
  readonly name: { readonly value: string };
  readonly currentValue: number;
  readonly limit: number;
}

/** Cores of all sizes together, in one region. */
const ALL_CORES = "cores";

const DATABASE_API_VERSION = "2025-08-01";

/** Public addresses of SKU Standard: Azure has called them both, the newer name first. */
const STANDARD_ADDRESSES = ["IPv4StandardSkuPublicIpAddresses", "StandardSkuPublicIpAddresses"];

/** Public addresses of every SKU. */
const ALL_ADDRESSES = "PublicIPAddresses";

/** Quota of cores, for the most nodes that the autoscaler and an upgrade may ask for. */
export const nodeQuota: Check = {
  what: "quota of the nodes",
  role: READER,
  async ask(asking) {
    const { arm, planned } = asking;
    if (planned.isMade(planned.one("containerservice:ManagedCluster"))) {
      return [ok("quota of the nodes", "the nodes are there")];
    }
    const skus = await skusOf(asking);
    const scope = regionOf(asking, "Microsoft.Compute");
    const usages = await arm.list<Usage>(`${scope}/usages`, "2024-07-01");
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
    return [...needed].map(([name, { least, most }]) => {
      const usage = usageOf(usages, name);
      const why = `${countOf(freeOf(usage), "core")} free; the first nodes need ${least}, the most nodes ${most}, upgrades included`;
      return freeOf(usage) >= most
        ? ok(`quota ${name}`, why)
        : wrong(
            `quota ${name}`,
            why,
            raiseCommand(usage?.name.value ?? name, scope, usage, most, "dedicated"),
            `az vm list-usage --location ${planned.location} --output table`,
          );
    });
  },
};

/** Quota of the cores of flexible servers, which have one of their own. */
export const databaseQuota: Check = {
  what: "quota of the database",
  role: READER,
  async ask(asking) {
    const { arm, planned } = asking;
    const server = planned.one("dbforpostgresql:Server");
    if (planned.isMade(server)) {
      return [ok("quota of the database", "the server is there")];
    }
    const cores = await databaseCores(asking);
    if (cores === 0) {
      return [];
    }
    const scope = regionOf(asking, "Microsoft.DBforPostgreSQL");
    const path = `${scope}/resourceType/flexibleServers/usages`;
    const usages = await arm.list<Usage>(path, DATABASE_API_VERSION);
    const family = databaseFamily(textAt(server.inputs, "sku", "name"));
    const list = `az rest --method get --url "${path}?api-version=${DATABASE_API_VERSION}"`;
    // A subscription without a limit on all cores together has no row of it.
    const names = [family, ...(usageOf(usages, ALL_CORES) ? [ALL_CORES] : [])];
    // What Azure counts of a standby no document says; the stricter reading.
    const isRedundant = textAt(server.inputs, "highAvailability", "mode") === "ZoneRedundant";
    const needed = isRedundant ? 2 * cores : cores;
    const who = isRedundant ? "the server and its standby need" : "the server needs";
    return names.map((name) => {
      const what = `quota ${name} of the database`;
      const usage = usageOf(usages, name);
      if (usage === undefined) {
        return unasked(what, "Azure lists none of that name", list);
      }
      const why = `${countOf(freeOf(usage), "core")} free; ${who} ${needed}`;
      return freeOf(usage) >= needed
        ? ok(what, why)
        : wrong(
            what,
            `${why}. A support request raises it: issue type "Service and subscription limits", ` +
              'quota type "Azure Database for PostgreSQL flexible server"',
            list,
            "pulumi config set rotation:databaseSize <a size with fewer cores, or of another family>",
          );
    });
  },
};

/** Quota of public addresses: the gateway has one, and the cluster's way out another. */
export const addressQuota: Check = {
  what: "quota of public addresses",
  role: READER,
  async ask(asking) {
    const { arm, planned } = asking;
    const what = "quota of public addresses";
    const addresses = planned.all("network:PublicIPAddress");
    const needed = addresses.filter((address) => !planned.isMade(address)).length;
    if (needed === 0) {
      return [ok(what, "the addresses are there")];
    }
    const scope = regionOf(asking, "Microsoft.Network");
    const usages = await arm.list<Usage>(`${scope}/usages`, "2024-05-01");
    const list = `az network list-usages --location ${planned.location} --output table`;
    const standard = STANDARD_ADDRESSES.map((name) => usageOf(usages, name)).find(Boolean);
    if (standard === undefined) {
      return [unasked(what, `Azure lists none of ${STANDARD_ADDRESSES.join(", ")}`, list)];
    }
    const all = usageOf(usages, ALL_ADDRESSES);
    return [standard, ...(all ? [all] : [])].map((usage) => {
      const name = usage.name.value;
      const why = `${countOf(freeOf(usage), "address")} free; the gateway and the cluster's egress need ${needed}`;
      return freeOf(usage) >= needed
        ? ok(`quota ${name}`, why)
        : wrong(
            `quota ${name}`,
            why,
            raiseCommand(name, scope, usage, needed, "PublicIpAddresses"),
            list,
          );
    });
  },
};

/**
 * Name of the quota of a size's family, e.g. `standardDDSv5Family` of `Standard_D2ds_v5` and
 * `standardBSFamily` of `Standard_B2ms`.
 */
export function databaseFamily(size: string): string {
  const [, letter = "", features = "", version = ""] =
    /^Standard_([A-Z])\d+([a-z]*)(?:_(v\d+))?$/.exec(size) ?? [];
  // The m of burstable sizes is more memory, and no family.
  return `standard${letter}${features.replace("m", "").toUpperCase()}${version}Family`;
}

function regionOf({ planned }: Asking, namespace: string): string {
  return `${planned.subscription}/providers/${namespace}/locations/${planned.location}`;
}

function usageOf(usages: readonly Usage[], name: string): Usage | undefined {
  return usages.find(({ name: { value } }) => value.toLowerCase() === name.toLowerCase());
}

/** None of what Azure does not list. */
function freeOf(usage: Usage | undefined): number {
  return usage === undefined ? 0 : usage.limit - usage.currentValue;
}

function countOf(count: number, one: string): string {
  const many = one === "address" ? "addresses" : `${one}s`;
  return count === 1 ? `1 ${one} is` : `${count} ${many} are`;
}

/** The command that raises a quota by what is needed beyond what is used. */
function raiseCommand(
  name: string,
  scope: string,
  usage: Usage | undefined,
  needed: number,
  type: string,
): string {
  return (
    `az quota update --resource-name ${name} --scope ${scope} ` +
    `--limit-object value=${(usage?.currentValue ?? 0) + needed} --resource-type ${type}`
  );
}
