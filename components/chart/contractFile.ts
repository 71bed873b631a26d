import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { podNames, type SlotName, SLOTS, type WorkloadRoom } from "../plan";
import type { NamingKeys } from "./declared";
import { type ChartPackage, describedPackage, type PulledPackage } from "./package";
import type { ChartShape } from "./shape";

/**
 * What `rotation contract --write` found, beside the values and committed with them: a preview then
 * needs neither helm nor a cluster to know the chart (docs/adr/0053).
 */
export interface ContractFile {
  /** Of what was judged, from `contractDigest`. */
  readonly digest: string;
  /** What lies in the chart's folder; undefined for a chart of the project's own. */
  readonly package?: PulledPackage | undefined;
  /** What stops a rotation. */
  readonly stops: readonly {
    /** Row of docs/contract.md, such as `C1`. */
    readonly row: string;
    readonly why: string;
    readonly repair: string;
  }[];
  /** With `{release}` for each slot's release; undefined where the chart does not render, or has no way in. */
  readonly shape?: ChartShape | undefined;
  /** What the pods of a slot ask of the nodes; earlier versions did not say. */
  readonly room?: readonly WorkloadRoom[] | undefined;
  /**
   * The only application that the shape holds for; undefined where its short name makes no other
   * difference than in the releases' names.
   */
  readonly application?: string | undefined;
}

/** What the contract judges. */
export interface Judged {
  /** From `chartDigest`. */
  readonly chart: string;
  /** Text of the values, with placeholders. */
  readonly values: string;
  /** What is configured of the chart, by key; keys without a value do not count. */
  readonly declared: Readonly<Record<string, unknown>>;
  /** What the chart is; undefined for one of the project's own. */
  readonly package?: PulledPackage | undefined;
}

/** Digest of what the contract judges, 16 hexadecimal digits; the same on every checkout. */
export function contractDigest({ chart, values, declared, package: from }: Judged): string {
  const keys = Object.entries(declared)
    .filter(([, value]) => value !== undefined)
    .sort(([one], [other]) => (one < other ? -1 : 1));
  const source = from === undefined ? [] : [describedPackage(from), from.digest];
  return createHash("sha256")
    .update(JSON.stringify([chart, values.replaceAll("\r\n", "\n"), keys, ...source]))
    .digest("hex")
    .slice(0, 16);
}

/** `charts/shop.values.contract.json` for `charts/shop.values.yaml`. */
export function contractFileOf(values: string): string {
  return `${values.replace(/\.ya?ml$/, "")}.contract.json`;
}

/** What a contract's file has to be of. */
export interface ContractExpected {
  /** How texts name the file. */
  readonly name: string;
  /** The chart as it is now. */
  readonly judged: Omit<Judged, "package">;
  /** What the configuration names; undefined for a chart of the project's own. */
  readonly package?: ChartPackage | undefined;
  readonly keys: NamingKeys;
  /** What judges the chart and writes the file. */
  readonly command: string;
}

/** What was found of a chart, or why nothing holds. */
export type ContractFound =
  | ({ readonly shape: ChartShape } & Pick<ContractFile, "room">)
  | { readonly problems: readonly string[] };

/**
 * A contract's file as it is.
 *
 * @throws Error when there is none, or when it is no JSON
 */
export function contractFileAt(path: string): ContractFile {
  return JSON.parse(readFileSync(path, "utf8")) as ContractFile;
}

/**
 * Reads what the contract found.
 *
 * @param path where the file is
 */
export function readContract(
  path: string,
  { name, judged, package: from, keys, command }: ContractExpected,
): ContractFound {
  let file: ContractFile;
  try {
    file = contractFileAt(path);
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
    return {
      problems: [
        `${name} ${isMissing ? "is missing" : "cannot be read"}: \`${command}\` judges the chart and writes it.`,
      ],
    };
  }
  const [found, configured] = [file.package, from].map(sourceOf);
  if (found !== configured) {
    return {
      problems: [
        `${name} is of ${found} and the configuration names ${configured}: \`${command}\` judges that. ` +
          "Stacks with other charts or versions need rotation:values of their own.",
      ],
    };
  }
  const digest = contractDigest({ ...judged, package: file.package });
  const isOfAnother = file.application !== undefined && file.application !== keys.application;
  if (file.digest !== digest || isOfAnother) {
    return {
      problems: [
        `${name} is not of this chart, these values and this configuration: \`${command}\` judges them again.`,
      ],
    };
  }
  const problems = file.stops.map(({ row, why, repair }) => `${row}: ${why} ${repair}`);
  return file.shape === undefined || problems.length > 0
    ? {
        problems: problems.length > 0 ? problems : [`${name} says nothing of the chart's objects.`],
      }
    : { shape: shapeFor(keys, file.shape), ...(file.room && { room: file.room }) };
}

/**
 * What the pods of a slot ask of the nodes, by a contract's file that a preview reads as well and judges;
 * undefined where it does not say.
 *
 * @param path where the file is
 */
export function roomIn(path: string): ContractFile["room"] {
  try {
    return contractFileAt(path).room;
  } catch {
    return undefined;
  }
}

function sourceOf(from: ChartPackage | undefined): string {
  return from === undefined ? "a folder of the project" : describedPackage(from);
}

const RELEASE = "{release}";

/** A contract's shape with the names of an application's releases. */
export function shapeFor(keys: NamingKeys, shape: ChartShape): ChartShape {
  return renamed(shape, (slot) => [RELEASE, releaseOf(keys, slot)]);
}

/** A shape as a contract's file has it, whatever the application is called. */
export function shapeOfAny(keys: NamingKeys, shape: ChartShape): ChartShape {
  return renamed(shape, (slot) => [releaseOf(keys, slot), RELEASE]);
}

function releaseOf({ application, strategy }: NamingKeys, slot: SlotName): string {
  return podNames(application, slot, strategy).release;
}

/** @param names what is replaced in a slot's objects, and by what */
function renamed(shape: ChartShape, names: (slot: SlotName) => [string, string]): ChartShape {
  const inAll = <T>(value: T, slot: SlotName) =>
    JSON.parse(JSON.stringify(value).replaceAll(...names(slot))) as T;
  const slots = SLOTS.map((slot) => [slot, inAll(shape.slots[slot], slot)]);
  return {
    ...shape,
    slots: Object.fromEntries(slots) as ChartShape["slots"],
    // Where both slots have one release, they have its name in common.
    podLabels: inAll(shape.podLabels, "blue"),
  };
}
