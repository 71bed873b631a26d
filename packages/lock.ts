import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Folders with a lock file: the program, and what is built into the images, and a recipe. */
export const FOLDERS = [".", "images/app", "images/recipes/node", "images/tools"].map((folder) =>
  join(__dirname, "..", folder),
);

/** A package of the lock file. */
export interface Locked {
  readonly name: string;
  readonly version: string;
  /** As the package says it; undefined where it says nothing. */
  readonly license?: string;
}

interface Entry {
  readonly name?: string;
  readonly version?: string;
  readonly license?: string;
  readonly link?: true;
}

/** The packages of a `package-lock.json`, those of this repository left out. */
export function lockedPackages(file: string): Locked[] {
  const { packages } = JSON.parse(readFileSync(file, "utf8")) as {
    packages: Record<string, Entry>;
  };
  return Object.entries(packages)
    .filter(([path, { link }]) => path.includes("node_modules/") && link === undefined)
    .map(([path, { name, version = "", license }]) => ({
      // An alias has the name of what it stands for.
      name: name ?? path.split("node_modules/").at(-1)!,
      version,
      ...(license !== undefined && { license }),
    }));
}
