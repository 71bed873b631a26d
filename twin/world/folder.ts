import { chmod, mkdtemp, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** Where else there is room for a while, when nobody but root can enter `TMPDIR`. */
const OPEN = ["/tmp", "/var/tmp", "/dev/shm"];

/**
 * Makes a temporary folder that the user can enter who runs PostgreSQL, which does not run as root;
 * nor can that user list it.
 *
 * @throws Error when root has no such place
 */
export async function temporaryFolder(prefix: string): Promise<string> {
  const directory = await mkdtemp(join(await temporaryRoot(), prefix));
  await chmod(directory, 0o711);
  return directory;
}

async function temporaryRoot(): Promise<string> {
  if (process.getuid?.() !== 0) {
    return tmpdir();
  }
  for (const root of [tmpdir(), ...OPEN]) {
    if (await isReachableByAll(root)) {
      return root;
    }
  }
  throw new Error(
    `Only root can enter ${tmpdir()}, and PostgreSQL does not run as root: set TMPDIR to a folder ` +
      "that others may enter.",
  );
}

/** Whether everybody may enter every folder on the way, as in most places but `/root`. */
export async function isReachableByAll(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  const parent = dirname(path);
  return (
    found !== undefined &&
    (found.mode & 0o001) !== 0 &&
    (parent === path || (await isReachableByAll(parent)))
  );
}
