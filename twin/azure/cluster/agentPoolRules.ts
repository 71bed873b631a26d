import { NODE_SIZES, SYSTEM_POOLS } from "../../../azure";
import {
  flagAt,
  numberAt,
  sameValue,
  textAt,
  textsAt,
  valuesAt,
  type PlainObject,
} from "../arm/plain";
import type { Cloud } from "../arm/resourceType";
import { demand } from "../arm/common";

/** What AKS sets when it makes a pool and refuses to change afterwards. */
const FIXED = [
  "availabilityZones",
  "enableEncryptionAtHost",
  "enableNodePublicIP",
  "maxPods",
  "osDiskSizeGB",
  "osDiskType",
  "osType",
  "type",
  "vmSize",
  "vnetSubnetID",
];
const MOST_NODES = 1000;
const GIB = 2 ** 30;
/** What AKS makes of an osDiskSizeGB that is not there, for sizes of up to 7 cores. */
const DEFAULT_DISK_GB = 128;

/** Checks one pool, within the cluster or as a resource of its own. */
export function requirePool({ situation }: Cloud, pool: PlainObject, name: string): void {
  demand(
    /^[a-z][a-z0-9]{0,11}$/.test(name),
    "InvalidParameter",
    `The agent pool name '${name}' must have 1 to 12 lower case letters and digits and start with a letter.`,
  );
  demand(
    textAt(pool, "vmSize") !== "",
    "InvalidParameter",
    `The agent pool ${name} needs a vmSize.`,
  );
  const mode = textAt(pool, "mode");
  demand(
    ["", "System", "User"].includes(mode),
    "InvalidParameter",
    `The mode '${mode}' of agent pool ${name} is neither System nor User.`,
  );
  if (mode === "System") {
    requireSystemSize(textAt(pool, "vmSize"), name);
  }
  demand(
    !flagAt(pool, "enableEncryptionAtHost") ||
      situation.features.get("Microsoft.Compute/EncryptionAtHost") === "Registered",
    "SubscriptionNotEnabledEncryptionAtHost",
    "Subscription does not enable EncryptionAtHost.",
  );
  requireCounts(pool, name, mode);
  requireNodes(pool, name);
  requireDisk(pool, name);
}

/**
 * "Manage system node pools in AKS" asks for four cores and no series B. AKS has been seen to accept
 * two cores (MicrosoftDocs/azure-docs issue 121181); the twin keeps to what is supported.
 */
function requireSystemSize(size: string, name: string): void {
  const cores = NODE_SIZES[size]?.cores ?? coresOf(size);
  demand(
    cores >= SYSTEM_POOLS.cores,
    "SystemPoolSkuTooLow",
    "System node pool must use VM sku with more than 2 cores and 4GB memory. Nodepool name: " +
      `${name}.`,
  );
  demand(
    SYSTEM_POOLS.burstable || !size.startsWith("Standard_B"),
    "SystemPoolSkuNotSupported",
    `The VM size ${size} of system node pool ${name} is not supported: series B is for user pools.`,
  );
}

/** `Standard_D4ds_v5` has the number in its name. */
function coresOf(size: string): number {
  return Number(/^Standard_[A-Z]+(\d+)/.exec(size)?.[1] ?? 0);
}

function requireCounts(pool: PlainObject, name: string, mode: string): void {
  const [count, least, most] = ["count", "minCount", "maxCount"].map((key) => numberAt(pool, key));
  const lowest = mode === "System" ? 1 : 0;
  demand(
    flagAt(pool, "enableAutoScaling")
      ? least !== undefined && most !== undefined && least <= most && most <= MOST_NODES
      : count !== undefined && least === undefined && most === undefined,
    "InvalidParameter",
    `The agent pool ${name} needs minCount and maxCount with enableAutoScaling, up to ${MOST_NODES}, ` +
      "else count alone.",
  );
  demand(
    (least ?? lowest) >= lowest && (count ?? lowest) >= lowest,
    "InvalidParameter",
    `The agent pool ${name} needs at least ${lowest} nodes.`,
  );
  demand(
    count === undefined || (count >= (least ?? count) && count <= (most ?? count)),
    "InvalidParameter",
    `The count ${count} of agent pool ${name} must be from minCount ${least} to maxCount ${most}.`,
  );
}

function requireNodes(pool: PlainObject, name: string): void {
  for (const taint of textsAt(pool, "nodeTaints[]")) {
    demand(
      /^[\w./-]+(=[\w.-]*)?:(NoSchedule|PreferNoSchedule|NoExecute)$/.test(taint),
      "InvalidParameter",
      `The taint '${taint}' of agent pool ${name} must have the form key=value:effect, with the effect ` +
        "NoSchedule, PreferNoSchedule or NoExecute.",
    );
  }
  const zones = textsAt(pool, "availabilityZones[]");
  demand(
    zones.every((zone) => ["1", "2", "3"].includes(zone)),
    "AvailabilityZoneNotSupported",
    `Preflight validation check for resource(s) failed: the zones '${zones.join(", ")}' of agent pool ` +
      `${name} are not supported. The supported zones are '1,2,3'.`,
  );
  const pods = numberAt(pool, "maxPods") ?? 30;
  demand(
    pods >= 10 && pods <= 250,
    "InvalidParameter",
    `The maxPods ${pods} of agent pool ${name} must be from 10 to 250.`,
  );
}

/** "Use ephemeral OS disks on AKS nodes": the disk has to fit the local one of the size. */
function requireDisk(pool: PlainObject, name: string): void {
  const disk = numberAt(pool, "osDiskSizeGB") || DEFAULT_DISK_GB;
  demand(
    disk >= 30 && disk <= 2048,
    "InvalidParameter",
    `The osDiskSizeGB ${disk} of agent pool ${name} must be from 30 to 2048.`,
  );
  const type = textAt(pool, "osDiskType");
  demand(
    ["", "Ephemeral", "Managed"].includes(type),
    "InvalidParameter",
    `The osDiskType '${type}' of agent pool ${name} is neither Ephemeral nor Managed.`,
  );
  const size = textAt(pool, "vmSize");
  const local = localDisk(size);
  demand(
    type !== "Ephemeral" || local === undefined || disk <= local,
    "VMTemporaryDiskTooSmall",
    `The virtual machine size ${size} has a temp disk size of ${(local ?? 0) * GIB} bytes, but the OS ` +
      `disk requires ${disk * GIB} bytes. Use a VM size with larger cache or disable ephemeral OS.`,
  );
}

/** GiB of local disk of a size; undefined for sizes that the twin does not know. */
function localDisk(size: string): number | undefined {
  const known = NODE_SIZES[size];
  if (known !== undefined) {
    return known.localDiskGB;
  }
  const [, series, cores, features = ""] =
    /^Standard_([BDE])(\d+)([a-z]*)(?:_v\d)?$/.exec(size) ?? [];
  if (series === undefined) {
    return undefined;
  }
  return series !== "B" && features.includes("d") ? Number(cores) * 37.5 : 0;
}

/** Refuses what cannot change in a pool that exists. */
export function requireSamePool(pool: PlainObject, previous: PlainObject | undefined): void {
  for (const property of previous ? FIXED : []) {
    const [before] = valuesAt(previous, property);
    const [after] = valuesAt(pool, property);
    demand(
      before === undefined || after === undefined || sameValue(before, after),
      "PropertyChangeNotAllowed",
      `Changing property 'properties.${property}' is not allowed.`,
    );
  }
}
