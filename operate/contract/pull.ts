import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { promisify } from "node:util";
import { type ChartPackage, chartVersion, type PulledPackage } from "../../components/chart";
import { runHelm } from "./helm";
import { linkText, otherVersionText, pullProblem } from "./pullTexts";

/** Most that a registry may take. */
const PULL_SECONDS = 120;

export interface Pull {
  /** The helm CLI, with the logins that it has. */
  readonly helm: string;
  readonly package: ChartPackage;
  /** What pulls it again, for texts. */
  readonly command: string;
}

/** A chart as its registry or repository has it now. */
export interface Pulled {
  readonly package: PulledPackage;
  /** Temporary folder with its files. */
  readonly folder: string;
}

/**
 * Pulls a chart and unpacks it for as long as it is used.
 *
 * @throws Error that names the key, the cause and what to do
 */
export async function withPulled<T>(
  { helm, package: from, command }: Pull,
  use: (pulled: Pulled) => Promise<T>,
): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), "rotation-chart-"));
  try {
    const archive = await pulledArchive(helm, from, directory, command);
    const digest = createHash("sha256")
      .update(await readFile(archive))
      .digest("hex");
    const folder = await unpacked(archive, join(directory, "files"));
    await refuseLinks(folder, from, command);
    const version = chartVersion(folder);
    if (version !== from.version) {
      throw new Error(otherVersionText(from, version, command));
    }
    return await use({ package: { ...from, digest: `sha256:${digest}` }, folder });
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function pulledArchive(
  helm: string,
  { chart, repository, version }: ChartPackage,
  directory: string,
  command: string,
): Promise<string> {
  const answer = await runHelm(
    helm,
    [
      ...["pull", chart, "--version", version, "--destination", directory],
      ...(repository === undefined ? [] : ["--repo", repository]),
    ],
    // What an earlier run kept is not what is there now.
    { variables: { HELM_CACHE_HOME: join(directory, "cache") }, seconds: PULL_SECONDS },
  );
  if ("error" in answer) {
    throw new Error(pullProblem({ chart, repository, version }, answer.error, command));
  }
  const archive = (await readdir(directory)).find((file) => file.endsWith(".tgz"));
  return join(directory, archive!);
}

/** The one folder that an archive of helm has. */
async function unpacked(archive: string, directory: string): Promise<string> {
  await mkdir(directory);
  const flags = ["--no-same-owner", "--no-same-permissions"];
  await promisify(execFile)("tar", ["-xzf", archive, "-C", directory, ...flags]);
  const [folder] = await readdir(directory);
  return join(directory, folder!);
}

/** Helm follows links in a folder, to files of the machine that renders; in an archive it has none. */
async function refuseLinks(folder: string, from: ChartPackage, command: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const other = entries.find((entry) => !entry.isFile() && !entry.isDirectory());
  if (other !== undefined) {
    const path = relative(folder, join(other.parentPath, other.name));
    throw new Error(linkText(from, path, command));
  }
}
