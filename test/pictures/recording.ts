import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const ROOT = join(__dirname, "..", "..");
/** What the folder of the project is called in a recording: nobody's own path is shown. */
const HOME = "~/rotation";
const FILE = "terminal.cast";

export const SIZE = { columns: 100, rows: 24 } as const;

/** What came out of a terminal, and after how many seconds. */
export type Chunk = readonly [seconds: number, text: string];

export interface Recording {
  readonly command: string;
  /** The commit that ran. */
  readonly commit: string;
  /** When it began, in milliseconds since the epoch. */
  readonly startedAt: number;
  readonly chunks: readonly Chunk[];
}

/**
 * Runs `npm run rehearse` in a terminal and keeps what it writes in the folder, beside the result,
 * as an asciicast of version 2 (https://docs.asciinema.org/manual/asciicast/v2/).
 *
 * @throws Error when there are changes that no commit has, or when the run is not as promised
 */
export async function record(folder: string, options: readonly string[]): Promise<void> {
  if ((await git("status", "--porcelain")) !== "") {
    throw new Error("Commit first: the pictures name the commit that they show.");
  }
  const commit = await git("rev-parse", "HEAD");
  const command = ["npm run rehearse -- --out", folder, ...options].join(" ");
  await mkdir(join(ROOT, folder), { recursive: true });
  const startedAt = Date.now();
  const chunks: Chunk[] = [];
  const sized = `stty columns ${SIZE.columns} rows ${SIZE.rows} && ${command}`;
  const child = spawn("script", ["--quiet", "--return", "--command", sized, "/dev/null"], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, TERM: "xterm-256color", NO_COLOR: undefined },
  });
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    process.stdout.write(text);
    chunks.push([(Date.now() - startedAt) / 1000, text.replaceAll(ROOT, HOME)]);
  });
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) {
    throw new Error(`${command} ended with ${code}; pictures want a run as promised.`);
  }
  const header = {
    version: 2,
    width: SIZE.columns,
    height: SIZE.rows,
    timestamp: Math.floor(startedAt / 1000),
    command,
    title: commit,
  };
  const lines = [header, ...chunks.map(([seconds, text]) => [seconds, "o", text])];
  await writeFile(
    join(ROOT, folder, FILE),
    lines.map((line) => `${JSON.stringify(line)}\n`).join(""),
  );
}

/** Reads what `record` left in a folder. */
export async function readRecording(folder: string): Promise<Recording> {
  const text = await readFile(join(ROOT, folder, FILE), "utf8");
  const [header, ...events] = text.trimEnd().split("\n");
  const { command, title, timestamp } = JSON.parse(header ?? "") as {
    command: string;
    title: string;
    timestamp: number;
  };
  const chunks = events
    .map((line) => JSON.parse(line) as [number, string, string])
    .map(([seconds, , written]) => [seconds, written] as const);
  return { command, commit: title, startedAt: timestamp * 1000, chunks };
}

async function git(...args: string[]): Promise<string> {
  return (await promisify(execFile)("git", args, { cwd: ROOT })).stdout.trim();
}
