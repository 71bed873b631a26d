import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { pulumiWithoutStack, type PulumiProject } from "../state/pulumi";

/** Checksums of archives, as `sha256sum` prints them. */
const CHECKSUMS = "operate/pipelines/plugins.sha256";

/** Where Pulumi keeps its plugins, and what it calls their archives. */
const OFFICIAL = "https://get.pulumi.com/releases/plugins";

/** What runners are. */
const PLATFORMS = ["linux-amd64", "linux-arm64"];

/** A plugin that the program's packages ask for. */
export interface Plugin {
  readonly name: string;
  /** As the lock file has its package. */
  readonly version: string;
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly pulumi?: {
    readonly resource?: boolean;
    readonly name?: string;
    readonly version?: string;
  };
}

/** The plugins of the packages that are installed in a folder. */
export async function requiredPlugins(folder: string): Promise<Plugin[]> {
  const manifestIn = async (...path: string[]) =>
    JSON.parse(await readFile(join(folder, ...path, "package.json"), "utf8")) as Manifest;
  const { dependencies = {} } = await manifestIn();
  const packages = Object.keys(dependencies).filter((name) => name.startsWith("@pulumi/"));
  const manifests = await Promise.all(packages.map((name) => manifestIn("node_modules", name)));
  return manifests.flatMap(({ pulumi: { resource, name, version } = {} }) =>
    resource && name && version ? [{ name, version }] : [],
  );
}

/**
 * Installs the plugins, each from an archive with the checksum that is written down. One that is there
 * is installed again: nobody knows who put it there. The archive is looked at here and not by the
 * CLI's `--checksum`, which in 3.255 leaves the last part of some answers out.
 *
 * @param server where the archives are
 * @throws Error when a checksum is missing, before anything is downloaded, or is another one
 */
export async function installPlugins(
  project: Omit<PulumiProject, "stack">,
  server = OFFICIAL,
): Promise<Plugin[]> {
  const plugins = await requiredPlugins(project.folder);
  const checksums = await readChecksums(project.folder);
  const missing = plugins
    .map((plugin) => archiveOf(plugin))
    .filter((archive) => !checksums.has(archive));
  if (missing.length > 0) {
    throw new Error(
      `${CHECKSUMS} has no checksum of ${missing.join(", ")}, so nothing was installed. Where ` +
        "get.pulumi.com answers: `npx rotation plugins --pin`, then commit the file.",
    );
  }
  for (const plugin of plugins) {
    const { name, version } = plugin;
    await withArchive(server, archiveOf(plugin), async (file, checksum) => {
      const expected = checksums.get(archiveOf(plugin));
      if (checksum !== expected) {
        throw new Error(
          `${archiveOf(plugin)} has the checksum ${checksum}, not ${expected} as in ${CHECKSUMS}: it ` +
            "is not the archive that was written down, and was not installed.",
        );
      }
      await pulumiWithoutStack(project, [
        ...["plugin", "install", "resource", name, version, "--reinstall", "--file", file],
      ]);
    });
  }
  return plugins;
}

/**
 * Writes down the checksums of what the server gives now, for every platform of runners. A person
 * commits them; from then on nothing else is installed.
 */
export async function pinPlugins(folder: string, server = OFFICIAL): Promise<void> {
  const lines: string[] = [];
  for (const plugin of await requiredPlugins(folder)) {
    for (const platform of PLATFORMS) {
      const archive = archiveOf(plugin, platform);
      await withArchive(server, archive, (_, checksum) => lines.push(`${checksum}  ${archive}\n`));
    }
  }
  await writeFile(join(folder, CHECKSUMS), lines.join(""));
}

/** Downloads an archive into a file that is gone afterwards, and computes its checksum. */
async function withArchive(
  server: string,
  archive: string,
  use: (file: string, checksum: string) => unknown,
): Promise<void> {
  const response = await fetch(`${server}/${archive}`);
  if (!response.ok || response.body === null) {
    throw new Error(`${server}/${archive} was answered with ${response.status}.`);
  }
  const folder = await mkdtemp(join(tmpdir(), "plugin-"));
  try {
    const file = join(folder, archive);
    const hash = createHash("sha256");
    await pipeline(
      response.body,
      async function* (parts: AsyncIterable<Uint8Array>) {
        for await (const part of parts) {
          hash.update(part);
          yield part;
        }
      },
      createWriteStream(file),
    );
    await use(file, hash.digest("hex"));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Checksums by the name of the archive. */
export async function readChecksums(folder: string): Promise<Map<string, string>> {
  const text = await readFile(join(folder, CHECKSUMS), "utf8");
  return new Map(
    [...text.matchAll(/^([0-9a-f]{64}) {2}(\S+)$/gm)].map(([, sum, archive]) => [archive!, sum!]),
  );
}

function archiveOf({ name, version }: Plugin, platform = platformHere()): string {
  return `pulumi-resource-${name}-v${version}-${platform}.tar.gz`;
}

function platformHere(): string {
  return `${process.platform}-${process.arch === "x64" ? "amd64" : process.arch}`;
}
