import { existsSync } from "node:fs";
import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import {
  contractFileAt,
  contractFileOf,
  describedPackage,
  differingFiles,
  isSamePackage,
  type PulledPackage,
} from "../../components/chart";
import type { Pulled } from "./pull";

/** Most files that a text names. */
const MOST_NAMED = 10;

/** Where a pulled chart is committed. */
export interface Committed {
  /** Folder of Pulumi.yaml. */
  readonly root: string;
  /** Folder of the chart, relative to it. */
  readonly chart: string;
  /** File with the values, relative to it. */
  readonly values: string;
  /** What writes both. */
  readonly command: string;
}

/**
 * Refuses a chart that is not the one that was committed under the same version.
 *
 * @param isWritten whether what is committed is replaced, and edited files of it with it
 * @throws Error that names the files that differ
 */
export function refuseChanged(
  { root, chart, values, command }: Committed,
  { package: now, folder: pulled }: Pulled,
  isWritten: boolean,
): void {
  const file = contractFileOf(values);
  const before = committedPackage(join(root, file));
  const folder = join(root, chart);
  if (before === undefined || !isSamePackage(before, now) || !existsSync(folder)) {
    return;
  }
  const name = describedPackage(now);
  const differing = differingFiles(folder, pulled);
  if (before.digest !== now.digest) {
    throw new Error(
      `rotation:chartVersion: ${name} is another chart than the one that ${file} is of: ` +
        `${before.digest} then and ${now.digest} now. ` +
        `${differing.length > 0 ? `They differ in ${listed(differing)}` : "Their files are the same"}. ` +
        "Ask whoever publishes it, or take another version; what is committed stays as it is. To " +
        `take what is there now, run \`rm ${file}\` and then \`${command}\`.`,
    );
  }
  if (differing.length > 0 && !isWritten) {
    throw new Error(
      `${chart} is not what ${name} is: they differ in ${listed(differing)}. Somebody edited a copy. ` +
        `\`${command}\` restores it; what is yours belongs in ${values}, or in a chart of your own.`,
    );
  }
}

/** Replaces the folder of a pulled chart. */
export async function writePulled({ root, chart }: Committed, pulled: Pulled): Promise<void> {
  await rm(join(root, chart), { recursive: true, force: true });
  await cp(pulled.folder, join(root, chart), { recursive: true });
}

/** Undefined where nothing that can be read is committed. */
function committedPackage(path: string): PulledPackage | undefined {
  try {
    return contractFileAt(path).package;
  } catch {
    return undefined;
  }
}

function listed(files: readonly string[]): string {
  const others = files.length - MOST_NAMED;
  return files.slice(0, MOST_NAMED).join(", ") + (others > 0 ? ` and ${others} others` : "");
}
