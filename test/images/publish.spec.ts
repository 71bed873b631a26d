import * as assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

const ROOT = join(__dirname, "..", "..");
const KEY = "azurekms://keys.vault.azure.net/images";
const DIGEST = `sha256:${"a".repeat(64)}`;

/** Docker and cosign write down how they are called; no image is built, and nothing is signed. */
describe("The script that publishes images", () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "publish-"));
    await mkdir(join(folder, "bin"));
    await program(
      "docker",
      `case "$2" in create) echo builder-1 ;; build) echo '{"containerimage.digest": "'"\${TOLD-${DIGEST}}"'"}' >"$(sed -n 's/.*--metadata-file \\([^ ]*\\).*/\\1/p' <<<"$*")" ;; esac`,
    );
    await program("cosign", `[[ $1 != "\${FAILS:-}" ]]`);
  });

  afterEach(() => rm(folder, { recursive: true }));

  async function program(name: string, script: string): Promise<void> {
    const path = join(folder, "bin", name);
    const line = `echo "${name} $*" >>"${join(folder, "calls")}"`;
    await writeFile(path, `#!/usr/bin/env bash\n${line}\n${script}\n`);
    await chmod(path, 0o755);
  }

  function publish(variables = {}): Promise<{ code: number; stdout: string; stderr: string }> {
    const PATH = [join(folder, "bin"), process.env["PATH"]].join(delimiter);
    return new Promise((resolve) => {
      const child = execFile(
        "bash",
        [join(ROOT, "images", "publish.sh"), "example.azurecr.io", KEY, "1f2e3d4"],
        { cwd: ROOT, env: { ...process.env, ...variables, PATH } },
        (_, stdout, stderr) => resolve({ code: child.exitCode ?? -1, stdout, stderr }),
      );
    });
  }

  const calls = async () => (await readFile(join(folder, "calls"), "utf8")).trim().split("\n");

  it("prints the lines for the stack file, by digest, and nothing else", async () => {
    const { code, stdout, stderr } = await publish();
    assert.equal(code, 0, stderr);
    assert.equal(
      stdout,
      `  rotation:appImage: example.azurecr.io/rotation/app:1f2e3d4@${DIGEST}\n` +
        `  rotation:toolsImage: example.azurecr.io/rotation/tools:1f2e3d4@${DIGEST}\n`,
    );
  });

  it("signs and verifies the digest that the build tells, after it was pushed, with the vault's key", async () => {
    await publish();
    const named = (await calls()).map((call) => call.split(" ").slice(0, 3).join(" "));
    assert.deepEqual(named, [
      "docker buildx create",
      ...["build", "build"].flatMap((build) => [
        `docker buildx ${build}`,
        "cosign sign --yes",
        "cosign verify --key",
      ]),
      "docker buildx rm",
    ]);
    for (const call of (await calls()).filter((each) => each.startsWith("cosign"))) {
      assert.match(
        call,
        new RegExp(`--key ${KEY} .*example.azurecr.io/rotation/(app|tools)@${DIGEST}$`),
      );
    }
  });

  it("builds with SBOM and provenance, by tools that are pinned by digest", async () => {
    await publish();
    const all = await calls();
    assert.match(all[0]!, /--driver-opt image=moby\/buildkit:v[\d.]+@sha256:[0-9a-f]{64}$/);
    for (const build of all.filter((call) => call.includes("buildx build"))) {
      assert.match(
        build,
        / --provenance mode=max --sbom generator=\S+:[\d.]+@sha256:[0-9a-f]{64} .*--push /,
      );
    }
  });

  for (const [what, variables] of [
    ["a signature that is not made", { FAILS: "sign" }],
    ["a signature that does not verify", { FAILS: "verify" }],
    ["a build that tells no digest", { TOLD: "" }],
  ] as const) {
    it(`stops at ${what}, prints nothing and leaves no builder`, async () => {
      const { code, stdout } = await publish(variables);
      assert.notEqual(code, 0);
      assert.equal(stdout, "");
      assert.ok((await calls()).includes("docker buildx rm --force builder-1"));
    });
  }
});
