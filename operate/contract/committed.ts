import { existsSync } from "node:fs";
import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import {
  contractFileAt,
  contractFileOf,
  differingFiles,
  isSamePackage,
  type PulledPackage,
} from "../../components/chart";
import type { Pulled } from "./pull";
import { editedText, replacedText } from "./pullTexts";

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
  const before = committedPackage(join(root, contractFileOf(values)));
  if (before === undefined || !isSamePackage(before, now)) {
    return;
  }
  const folder = join(root, chart);
  const differing = existsSync(folder) ? differingFiles(folder, pulled) : [chart];
  if (before.digest !== now.digest) {
    throw new Error(replacedText([before, now], { values, command, differing }));
  }
  if (differing.length > 0 && !isWritten) {
    throw new Error(editedText(chart, now, { values, command, differing }));
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
