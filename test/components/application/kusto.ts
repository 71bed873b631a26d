import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import envPaths from "env-paths";
import { LOG_TABLES, type LogRows } from "../../support/logTables";

const run = promisify(execFile);
const REQUIREMENTS = path.join(__dirname, "kusto-requirements.txt");
const PROGRAM = path.join(__dirname, "kusto.py");

/** A query and what the workspace holds. */
export interface KustoCase {
  readonly query: string;
  readonly rows: LogRows;
}

/** A Python that can run Kusto queries, or why there is none on this machine. */
type Kusto = { readonly python: string } | { readonly missing: string };

/**
 * Installs duckdb-kql once, into the user's cache folder. It translates Kusto to DuckDB's SQL: good
 * enough to see which rows a query gives, but it is not the engine of Log Analytics.
 */
async function findKusto(): Promise<Kusto> {
  const version = createHash("sha256").update(readFileSync(REQUIREMENTS)).digest("hex").slice(0, 8);
  const { cache } = envPaths("rotation-kusto", { suffix: "" });
  const folder = path.join(cache, version);
  const python = path.join(folder, "bin", "python");
  if (existsSync(python)) {
    return { python };
  }
  const unfinished = `${folder}.${process.pid}`;
  try {
    await mkdir(cache, { recursive: true });
    await run("python3", ["-m", "venv", unfinished]);
    await run(path.join(unfinished, "bin", "python"), [
      ...["-m", "pip", "install", "--quiet", "--disable-pip-version-check"],
      ...["--requirement", REQUIREMENTS],
    ]);
    await rename(unfinished, folder);
    return { python };
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    return { missing: `Kusto queries need Python 3.11 and duckdb-kql: ${String(error)}` };
  }
}

/**
 * The rows that each query gives. Where nothing runs Kusto the test says why, and is pending.
 */
export async function answersOf(
  test: Mocha.Context,
  cases: readonly KustoCase[],
): Promise<Record<string, unknown>[][]> {
  const kusto = await findKusto();
  if ("missing" in kusto) {
    console.log(`      ${kusto.missing}`);
    return test.skip();
  }
  return askKusto(kusto.python, cases);
}

async function askKusto(
  python: string,
  cases: readonly KustoCase[],
): Promise<Record<string, unknown>[][]> {
  const child = spawn(python, [PROGRAM], { stdio: ["pipe", "pipe", "pipe"] });
  child.stdin.end(JSON.stringify({ tables: LOG_TABLES, cases }));
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  const [answer, trouble] = await Promise.all([text(child.stdout), text(child.stderr)]);
  if ((await ended) !== 0) {
    throw new Error(`The queries could not be run: ${trouble}`);
  }
  return JSON.parse(answer) as Record<string, unknown>[][];
}
