import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { LoopbackServer, loopbackAddress, TestAuthority } from "./loopback";

const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const CONFIG = "application/vnd.cncf.helm.config.v1+json";
const CHART = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";

interface Pushed {
  readonly name: string;
  readonly version: string;
  readonly archive: Buffer;
}

/**
 * A registry and a chart repository on loopback, over TLS: the read endpoints of the OCI
 * distribution specification under any path, and `index.yaml` with its archives under `/repository`.
 * Whatever is under `private` wants a login.
 */
export class ChartRegistry {
  private constructor(
    private readonly pushed: Map<string, Pushed>,
    private readonly server: LoopbackServer,
    private readonly authority: TestAuthority,
    private readonly directory: string,
    private readonly helm: string,
  ) {}

  static async start(helm: string): Promise<ChartRegistry> {
    const pushed = new Map<string, Pushed>();
    const address = loopbackAddress();
    const authority = await TestAuthority.create();
    const server = await LoopbackServer.start(
      (request, response) => answer([...pushed.values()], request, response),
      443,
      address,
      await authority.authority.issue([address]),
    );
    const directory = await mkdtemp(join(tmpdir(), "registry-"));
    return new ChartRegistry(pushed, server, authority, directory, helm);
  }

  get host(): string {
    return this.server.address;
  }

  /** What lets helm trust it. */
  get variables(): { readonly SSL_CERT_FILE: string } {
    return { SSL_CERT_FILE: this.authority.authority.file };
  }

  /** Packs a chart and has it under its name and a version, in place of what was there. */
  async push(folder: string, version: string): Promise<void> {
    await promisify(execFile)(this.helm, [
      ...["package", folder, "--version", version, "--destination", this.directory],
    ]);
    const name = basename(folder);
    await this.pushArchive(name, version, join(this.directory, `${name}-${version}.tgz`));
  }

  /** The same for an archive, whatever is in it. */
  async pushArchive(name: string, version: string, archive: string): Promise<void> {
    this.pushed.set(`${name} ${version}`, { name, version, archive: await readFile(archive) });
  }

  /** Digest of a version's archive. */
  digestOf(name: string, version: string): string {
    return digestOf(this.pushed.get(`${name} ${version}`)!.archive);
  }

  /** Digest of a version's manifest. */
  manifestOf(name: string, version: string): string {
    return digestOf(manifestOf(this.pushed.get(`${name} ${version}`)!));
  }

  async stop(): Promise<void> {
    await this.server.stop();
    this.authority.remove();
    await rm(this.directory, { recursive: true });
  }
}

function answer(
  charts: readonly Pushed[],
  { url = "", method }: IncomingMessage,
  response: ServerResponse,
): void {
  if (url.includes("/private/")) {
    response.writeHead(401, { "www-authenticate": 'Basic realm="charts"' }).end();
    return;
  }
  const found = url === "/repository/index.yaml" ? indexOf(charts) : fileAt(url, charts);
  if (found === undefined) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, {
    "content-type": MANIFEST,
    "content-length": found.length,
    "docker-content-digest": digestOf(found),
  });
  response.end(method === "HEAD" ? undefined : found);
}

function fileAt(url: string, charts: readonly Pushed[]): Buffer | undefined {
  const reference = url.slice(url.lastIndexOf("/") + 1);
  for (const chart of charts) {
    const manifest = manifestOf(chart);
    const isOfIt = url.includes(`/${chart.name}/manifests/`);
    if (isOfIt && [chart.version, digestOf(manifest)].includes(reference)) {
      return manifest;
    }
    if (reference === digestOf(configOf(chart))) {
      return configOf(chart);
    }
    if ([digestOf(chart.archive), archiveName(chart)].includes(reference)) {
      return chart.archive;
    }
  }
  return undefined;
}

function digestOf(content: Buffer): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}

function archiveName({ name, version }: Pushed): string {
  return `${name}-${version}.tgz`;
}

function configOf({ name, version }: Pushed): Buffer {
  return Buffer.from(JSON.stringify({ apiVersion: "v2", name, version }));
}

function manifestOf(chart: Pushed): Buffer {
  const described = (mediaType: string, content: Buffer) => ({
    mediaType,
    digest: digestOf(content),
    size: content.length,
  });
  return Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: described(CONFIG, configOf(chart)),
      layers: [described(CHART, chart.archive)],
    }),
  );
}

/** JSON is YAML. */
function indexOf(charts: readonly Pushed[]): Buffer {
  const entries = Map.groupBy(charts, ({ name }) => name);
  const listed = [...entries].map(([name, versions]) => [
    name,
    versions.map((chart) => ({
      apiVersion: "v2",
      name,
      version: chart.version,
      urls: [archiveName(chart)],
      digest: digestOf(chart.archive).replace("sha256:", ""),
    })),
  ]);
  const index = { apiVersion: "v1", entries: Object.fromEntries(listed) as unknown };
  return Buffer.from(JSON.stringify(index));
}
