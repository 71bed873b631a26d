import assert from "node:assert";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { promisify } from "node:util";
import ts from "typescript";
import { linkPackages } from "../support/packages";
import { PulumiCli } from "../support/pulumiCli";
import { type Ended, rotation } from "./command";

const ROOT = join(__dirname, "..", "..");

/** What somebody needs who has only the packages of production. */
const ON_CALL = ["preflight", "status", "recover", "propose", "records", "stacks", "export"];

/** What a stack is deployed from, and what the commands are made of. */
const FILES = [
  ...[
    "Pulumi.yaml",
    "package.json",
    "tsconfig.json",
    "azure",
    "charts",
    "cli",
    "components",
    "export",
  ],
  ...["infra", "mocks", "operate", "rehearsal", "stacks", "twin"],
];

/** Modules that a module imports when it runs: types are gone. */
async function importsOf(file: string): Promise<string[]> {
  const { outputText } = ts.transpileModule(await readFile(file, "utf8"), {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  });
  return ts.preProcessFile(outputText, true, true).importedFiles.map(({ fileName }) => fileName);
}

/** A file of ours, from how it is imported. */
function fileOf(from: string, specifier: string): string {
  const path = join(dirname(from), specifier);
  const found = [`${path}.ts`, join(path, "index.ts"), path].find((each) => existsSync(each));
  return found ?? assert.fail(`${relative(ROOT, from)} imports ${specifier}, which is nowhere.`);
}

/**
 * Every package that files load, or may load, with one of the files that do. What only runs when a
 * command does is not followed from the command: it has to be among the files.
 */
async function packagesOf(start: readonly string[]): Promise<Map<string, string>> {
  const packages = new Map<string, string>();
  const seen = new Set<string>();
  const waiting = [...start];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (seen.has(file) || file.endsWith(".json")) {
      continue;
    }
    seen.add(file);
    for (const specifier of await importsOf(file)) {
      if (specifier.startsWith("./actions/")) {
        continue;
      }
      if (specifier.startsWith(".")) {
        waiting.push(fileOf(file, specifier));
      } else if (!specifier.startsWith("node:")) {
        const [name] = /^(@[^/]+\/)?[^/]+/.exec(specifier)!;
        packages.set(name, relative(ROOT, file));
      }
    }
  }
  return packages;
}

describe("the commands of who is on call", function () {
  this.timeout(60_000);
  let clone: string;
  let pulumi: PulumiCli;

  /** A clone in which `npm ci --omit=dev` has put what the lock file says. */
  before(async () => {
    clone = await mkdtemp(join(tmpdir(), "production-"));
    await Promise.all(
      FILES.map((path) => cp(join(ROOT, path), join(clone, path), { recursive: true })),
    );
    await linkPackages(clone, { omitDev: true });
    const folder = join(clone, "state");
    await mkdir(folder);
    await cp(join(ROOT, "stacks"), join(folder, "stacks"), { recursive: true });
    pulumi = await PulumiCli.writeInto(folder, { deployment: {} });
  });

  after(() => rm(clone, { recursive: true }));

  /** Runs a command in the clone. */
  function inClone(...args: string[]): Promise<Ended> {
    return rotation(args, { folder: clone });
  }

  it("load nothing that is not a package of production", async () => {
    const { dependencies } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8")) as {
      dependencies: Record<string, string>;
    };
    const packages = await packagesOf([
      ...["rotation.mjs", "main.ts"].map((name) => join(ROOT, "cli", name)),
      ...ON_CALL.map((name) => join(ROOT, "cli", "actions", `${name}.ts`)),
      // What `pulumi preview` and `pulumi up` run on the runners.
      ...[join(ROOT, "infra", "index.ts"), join(ROOT, "policy", "index.ts")],
    ]);
    assert.ok(packages.size > 10, [...packages.keys()].join());
    assert.deepStrictEqual(
      [...packages].filter(([name]) => !(name in dependencies)),
      [],
    );
  });

  it("are not all: the others say what they need", async () => {
    const { code, stdout, stderr } = await inClone("engine");
    assert.deepStrictEqual([code, stdout], [2, ""]);
    assert.match(
      stderr,
      /^Cannot find module '[\w-]+': this command needs all packages\. Run `npm ci`\.\n$/,
    );
  });

  it("are found by npx and by npm", async () => {
    for (const [program, ...args] of [
      ["npx", "rotation"],
      ["npm", "run", "-s"],
    ] as const) {
      const { stdout } = await promisify(execFile)(program, [...args, "stacks"], { cwd: clone });
      assert.strictEqual(stdout, '["dev","prod"]\n');
    }
  });

  it("run where there are no others", async () => {
    const state = ["--stack", "prod", "--pulumi", pulumi.command];
    const status = await inClone("status", ...state);
    assert.deepStrictEqual([status.code, status.stderr], [1, ""]);
    assert.match(status.stdout, /^No state: it has no record of a run\n/);

    const recover = await inClone("recover", ...state, "--yes", "--cwd", dirname(pulumi.command));
    assert.deepStrictEqual([recover.code, recover.stderr], [0, ""]);
    assert.match(recover.stdout, /^Nothing to clean up/);

    const records = await inClone("records", ...state);
    assert.deepStrictEqual(records, { code: 0, stdout: "{}\n", stderr: "" });

    const file = join(clone, "records.json");
    await writeFile(file, records.stdout);
    const propose = await inClone(
      "propose",
      "--stack",
      "prod",
      "--move",
      "rotate",
      "--records",
      file,
    );
    assert.deepStrictEqual([propose.code, propose.stdout], [3, ""]);

    const stacks = await inClone("stacks");
    assert.deepStrictEqual(stacks, { code: 0, stdout: '["dev","prod"]\n', stderr: "" });

    const template = await inClone("export", "--stack", "prod", "--quiet");
    assert.strictEqual(template.code, 0, template.stderr);
    assert.match(template.stdout, /"Microsoft\.KeyVault\/vaults"/);
  });
});
