import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, readlink, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";

const ROOT = join(__dirname, "..", "..");

interface Locked {
  /** Only for development. */
  readonly dev?: true;
  /** A folder of the repository itself. */
  readonly link?: true;
  readonly resolved?: string;
}

/**
 * Puts into a clone of this repository what `npm ci` would, or `npm ci --omit=dev`: packages as
 * links to those that are here, and commands, of which the clone's own is one.
 */
export async function linkPackages(
  clone: string,
  { omitDev = false }: { omitDev?: boolean } = {},
): Promise<void> {
  const lock = await readFile(join(ROOT, "package-lock.json"), "utf8");
  const { packages } = JSON.parse(lock) as { packages: Record<string, Locked> };
  for (const [path, { dev, link, resolved }] of Object.entries(packages)) {
    // What lies inside of a package comes with it; what is for other systems is not here.
    const isOuter = /^node_modules\/(@[^/]+\/)?[^/]+$/.test(path);
    if (isOuter && existsSync(join(ROOT, path)) && !(dev && omitDev)) {
      await mkdir(dirname(join(clone, path)), { recursive: true });
      await symlink(link ? join(clone, resolved!) : join(ROOT, path), join(clone, path));
    }
  }
  const [ours, theirs] = [ROOT, clone].map((folder) => join(folder, "node_modules", ".bin"));
  await mkdir(theirs!);
  for (const name of await readdir(ours!)) {
    const target = await readlink(join(ours!, name));
    if (existsSync(join(theirs!, target))) {
      await symlink(target, join(theirs!, name));
    }
  }
}
