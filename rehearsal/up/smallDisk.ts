import { execFile } from "node:child_process";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** More than any state of a rehearsal needs. */
const PLENTY_KILOBYTES = 256 * 1024;

/** A disk of its own below a folder, with little room; what is in the folder moves onto it. */
export class SmallDisk {
  private constructor(private readonly folder: string) {}

  /**
   * @throws Error where nothing can be mounted
   */
  static async under(folder: string, freeKilobytes: number): Promise<SmallDisk> {
    const disk = new SmallDisk(folder);
    await disk.keeping(async () => {
      await run("mount", ["-t", "tmpfs", "-o", sizeOf(PLENTY_KILOBYTES), "tmpfs", folder]).catch(
        (error: Error) => {
          throw new Error(`A small disk needs a mount, which needs root: ${error.message}`);
        },
      );
    });
    const { stdout } = await run("df", ["--output=used", "-k", folder]);
    const used = Number(stdout.split("\n")[1]);
    await disk.resize(used + freeKilobytes);
    return disk;
  }

  /** Gives it room. */
  grow(): Promise<void> {
    return this.resize(PLENTY_KILOBYTES);
  }

  /** Moves everything back to where it was. */
  remove(): Promise<void> {
    return this.keeping(async () => {
      await run("umount", [this.folder]);
    });
  }

  private async resize(kilobytes: number): Promise<void> {
    await run("mount", ["-o", `remount,${sizeOf(kilobytes)}`, this.folder]);
  }

  /** Takes what is in the folder along through a change of what is mounted there. */
  private async keeping(change: () => Promise<void>): Promise<void> {
    const kept = await mkdtemp(join(tmpdir(), "small-disk-"));
    try {
      await cp(this.folder, kept, { recursive: true, preserveTimestamps: true });
      await change();
      await cp(kept, this.folder, { recursive: true, preserveTimestamps: true });
    } finally {
      await rm(kept, { recursive: true, force: true });
    }
  }
}

function sizeOf(kilobytes: number): string {
  return `size=${kilobytes}k`;
}
