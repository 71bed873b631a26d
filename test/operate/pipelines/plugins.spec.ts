import assert from "node:assert";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  installPlugins,
  pinPlugins,
  readChecksums,
  requiredPlugins,
} from "../../../operate/pipelines/plugins";
import { findEngine } from "../../../rehearsal/engine/engine";

const ROOT = join(__dirname, "..", "..", "..");

describe("the plugins that runners use", function () {
  this.timeout(120_000);
  let folder: string;
  let server: Server;
  let address: string;
  let archive: Buffer;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "plugins-"));
    const plugin = join(folder, "plugin");
    await mkdir(plugin);
    await writeFile(join(plugin, "pulumi-resource-random"), "#!/bin/sh\n");
    await chmod(join(plugin, "pulumi-resource-random"), 0o755);
    await promisify(execFile)("tar", ["-czf", join(folder, "a.tar.gz"), "-C", plugin, "."]);
    archive = await readFile(join(folder, "a.tar.gz"));
    server = createServer((request, response) => {
      response.statusCode = /^\/pulumi-resource-random-v1\.2\.3-/.test(request.url ?? "")
        ? 200
        : 404;
      response.end(archive);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  after(async () => {
    server.close();
    await rm(folder, { recursive: true });
  });

  /** A project of which one package has a plugin. */
  async function project(name: string) {
    const root = join(folder, name);
    const manifests = {
      ".": { dependencies: { "@pulumi/random": "^1.0.0", "@pulumi/pulumi": "3", pg: "8" } },
      "node_modules/@pulumi/random": {
        pulumi: { resource: true, name: "random", version: "1.2.3" },
      },
      "node_modules/@pulumi/pulumi": { name: "@pulumi/pulumi" },
    };
    for (const [path, manifest] of Object.entries(manifests)) {
      await mkdir(join(root, path), { recursive: true });
      await writeFile(join(root, path, "package.json"), JSON.stringify(manifest));
    }
    await mkdir(join(root, "operate/pipelines"), { recursive: true });
    await writeFile(join(root, "operate/pipelines/plugins.sha256"), "");
    const home = join(root, "home");
    const { command } = await findEngine();
    return {
      home,
      project: {
        command: command.command,
        folder: root,
        environment: {
          ...process.env,
          ...{ PULUMI_HOME: home, PULUMI_SKIP_UPDATE_CHECK: "true", no_proxy: "127.0.0.1" },
          PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
        },
      },
    };
  }

  const installedIn = (home: string) =>
    readdir(join(home, "plugins")).then(
      (names) => names.filter((name) => !name.endsWith(".lock")),
      () => [],
    );

  it("are those of the packages, at the versions of the lock file", async () => {
    const { packages } = JSON.parse(await readFile(join(ROOT, "package-lock.json"), "utf8")) as {
      packages: Record<string, { version: string }>;
    };
    const plugins = await requiredPlugins(ROOT);
    assert.deepStrictEqual(
      plugins,
      ["azure-native", "kubernetes", "postgresql", "random"].map((name) => ({
        name,
        version: packages[`node_modules/@pulumi/${name}`]!.version,
      })),
    );
    const archives = plugins.map(({ name, version }) => `pulumi-resource-${name}-v${version}-`);
    const stale = [...(await readChecksums(ROOT)).keys()].filter(
      (archive) => !archives.some((each) => archive.startsWith(each)),
    );
    assert.deepStrictEqual(stale, [], "run `npx rotation plugins --pin`");
  });

  it("are not installed without a checksum, and by no other one", async () => {
    const { home, project: of } = await project("checked");
    await assert.rejects(
      installPlugins(of, address),
      /has no checksum of pulumi-resource-random-v1\.2\.3-\S+, so nothing was installed/,
    );
    await pinPlugins(of.folder, address);
    const file = join(of.folder, "operate/pipelines/plugins.sha256");
    const pinned = await readFile(file, "utf8");
    const sum = createHash("sha256").update(archive).digest("hex");
    const lines = ["linux-amd64", "linux-arm64"].map(
      (platform) => `${sum}  pulumi-resource-random-v1.2.3-${platform}.tar.gz\n`,
    );
    assert.strictEqual(pinned, lines.join(""));

    await writeFile(file, pinned.replaceAll(sum, "0".repeat(64)));
    await assert.rejects(installPlugins(of, address), /was not installed/);
    assert.deepStrictEqual(await installedIn(home), []);

    await writeFile(file, pinned);
    await installPlugins(of, address);
    assert.deepStrictEqual(await installedIn(home), ["resource-random-v1.2.3"]);
  });

  it("are installed again where there are some already", async () => {
    const { home, project: of } = await project("again");
    const planted = join(home, "plugins/resource-random-v1.2.3/pulumi-resource-random");
    await mkdir(join(planted, ".."), { recursive: true });
    await writeFile(planted, "#!/bin/sh\necho planted\n");
    await pinPlugins(of.folder, address);
    await installPlugins(of, address);
    assert.strictEqual(await readFile(planted, "utf8"), "#!/bin/sh\n");
  });

  it("are not pinned where the server has none", async () => {
    const { project: of } = await project("nowhere");
    await assert.rejects(pinPlugins(of.folder, `${address}/x`), /was answered with 404/);
    assert.strictEqual((await readChecksums(of.folder)).size, 0);
  });
});
