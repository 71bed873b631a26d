import assert from "node:assert";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { promisify } from "node:util";
import { rotation as program } from "../../cli/main";
import { rotation } from "./command";

const ROOT = join(__dirname, "..", "..");

/** What every command can be asked, besides --help. */
const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  status: ["stack", "cwd", "pulumi", "json", "vault", "kubeconfig", "gateway"],
  preflight: ["stack", "pulumi", "json", "what-if"],
  recover: ["stack", "cwd", "pulumi", "json", "kubeconfig", "yes"],
  plugins: ["cwd", "pulumi", "server", "pin"],
  vet: ["stack", "cwd", "pulumi"],
  propose: ["stack", "cwd", "records", "move", "branches", "soak-hours", "lead-days", "out"],
  records: ["stack", "cwd", "pulumi"],
  stacks: ["since", "only", "cwd"],
  rehearse: [
    ...[
      ...["application", "delivery", "strategy", "platform"],
      "rotations",
      "seed",
      "rate",
      "timing",
      "json",
      "out",
      "open",
      "compare",
      "providers",
      "naive",
    ],
    ...["scenario", "list", "quiet"],
  ],
  report: ["compare", "open"],
  order: ["pairs", "first", "then", "no-control", "json", "providers", "quiet"],
  twin: ["root"],
  engine: ["quiet"],
  export: ["stack", "out", "quiet"],
  contract: [
    ...["stack", "cwd", "write", "helm", "json"],
    ...["chart", "values", "application", "strategy", "delivery", "secret-from"],
    ...["file-name", "secret-keys", "service", "probe-path", "probe-port", "connections", "act-as"],
    ...["twice", "pod-security"],
  ],
  completion: [],
};

/** Writes the paths of all modules that a process has loaded when it ends. */
const HOOK = `process.on("exit", () => require("node:fs").writeFileSync(
  process.env.LOADED, Object.keys(require.cache).join("\\n")));`;

/** What runs TypeScript, and what reads arguments. */
const LIGHT = ["@swc/core", "commander", "ts-node", "typescript"];

/** What options name as their choices: steps, moves, and what moves are made of. */
const NAMED = ["components/plan/", "operate/pipelines/choice.ts"];

describe("rotation", function () {
  this.timeout(60_000);
  let directory: string;
  let manifest: Record<"scripts" | "dependencies" | "devDependencies", Record<string, string>>;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "rotation-"));
    await writeFile(join(directory, "hook.cjs"), HOOK);
    manifest = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8")) as typeof manifest;
  });

  after(() => rm(directory, { recursive: true }));

  /** Asks for help, and says which files and which packages of ours that loads. */
  async function helpOf(command: string) {
    const list = join(directory, "loaded");
    const variables = {
      NODE_OPTIONS: `--require ${JSON.stringify(join(directory, "hook.cjs"))}`,
      LOADED: list,
    };
    const ended = await rotation([command, "--help"], { variables });
    const paths = (await readFile(list, "utf8")).split("\n").map((path) => relative(ROOT, path));
    const packages = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });
    return {
      ...ended,
      files: paths.filter((path) => !/^(\.\.|node_modules)\//.test(path)),
      packages: packages.filter((name) =>
        paths.some((path) => path.startsWith(`node_modules/${name}/`)),
      ),
    };
  }

  it("has these commands, and the npm scripts of the same names call them", () => {
    const names = program().commands.map((command) => command.name());
    assert.deepStrictEqual(names.sort(), Object.keys(OPTIONS).sort());
    for (const name of names.filter((each) => each !== "completion")) {
      assert.strictEqual(manifest.scripts[name], `node cli/rotation.mjs ${name}`);
    }
  });

  it("is what npx finds in this folder and in those below", async () => {
    const asked = promisify(execFile)("npx", ["rotation", "stacks"], { cwd: join(ROOT, "docs") });
    assert.strictEqual((await asked).stdout, (await rotation(["stacks"])).stdout);
  });

  it("lists all commands when it is asked for help, and when it is asked for nothing", async () => {
    const help = await rotation(["--help"]);
    assert.deepStrictEqual([help.code, help.stderr], [0, ""]);
    const listed = [...help.stdout.matchAll(/^ {2}(\w+) .*[A-Z]/gm)].map(([, name]) => name);
    assert.deepStrictEqual(listed.sort(), Object.keys(OPTIONS).sort());
    assert.deepStrictEqual(await rotation([]), { code: 2, stdout: "", stderr: help.stdout });
  });

  for (const [name, options] of Object.entries(OPTIONS)) {
    it(`says what ${name} can be asked, and loads no more than that takes`, async () => {
      const { code, stdout, stderr, files, packages } = await helpOf(name);
      assert.deepStrictEqual([code, stderr], [0, ""]);
      const listed = [...stdout.matchAll(/^ {2}(?:-h, )?--([a-z-]+)/gm)].map(([, each]) => each);
      assert.deepStrictEqual(listed, [...options, "help"]);
      assert.deepStrictEqual(packages.sort(), LIGHT);
      assert.ok(files.includes(`cli/${name}.ts`), files.join());
      assert.deepStrictEqual(
        files.filter((file) => !NAMED.some((part) => file.startsWith(part))),
        files.filter((file) => /^cli\/[^/]+$/.test(file)),
      );
    });
  }

  it("ends with 2 when it does not know a command, and says which one may be meant", async () => {
    assert.deepStrictEqual(await rotation(["statsu", "--stack", "prod"]), {
      code: 2,
      stdout: "",
      stderr: "error: unknown command 'statsu'\n(Did you mean status?)\n",
    });
  });

  it("ends with 2 when an option is unknown, missing or has a value that it cannot have", async () => {
    for (const [args, text] of [
      [["stacks", "--stack", "prod"], "error: unknown option '--stack'\n"],
      [["records"], "error: required option '--stack <name>' not specified\n"],
      [["rehearse", "--rate", "2.5"], /'2.5' is invalid. It must be a whole number from 1 to 1000/],
      [["rehearse", "--application", "shop"], /'shop' is invalid. Allowed choices are app, plain/],
      [
        ["rehearse", "--application", "plain", "--naive"],
        "error: option '--application <which>' cannot be used with option '--naive'\n",
      ],
      [
        ["rehearse", "--scenario", "isolation", "--delivery", "secret"],
        "error: option '--delivery <how>' cannot be used with option '--scenario <name...>'\n",
      ],
      [
        ["rehearse", "--delivery", "secret"],
        "The application app reads its password from a file; those that can have a Secret are " +
          "plain, python, java, node.\n",
      ],
      [["order", "--first", "lunch"], /'lunch' is invalid. Allowed choices are trial, guard, /],
      [["propose", "--move", "sideways"], /'sideways' is invalid/],
      [["report"], "error: missing required argument 'dir'\n"],
    ] as const) {
      const { code, stdout, stderr } = await rotation(args);
      assert.deepStrictEqual([code, stdout], [2, ""]);
      assert.ok(typeof text === "string" ? stderr === text : text.test(stderr), stderr);
    }
  });

  it("ends with 2 and one line when something cannot be done", async () => {
    for (const args of [
      ["status", "--stack", "prod", "--cwd", directory],
      ["preflight", "--stack", "none"],
      ["recover", "--stack", "prod", "--cwd", directory],
      ["records", "--stack", "prod", "--pulumi", join(directory, "none")],
      ["stacks", "--cwd", directory],
      ["report", directory],
    ]) {
      const { code, stdout, stderr } = await rotation(args);
      assert.deepStrictEqual([code, stdout], [2, ""]);
      assert.match(stderr, /^[^\n]+\n$/);
      assert.doesNotMatch(stderr, /Error:/);
    }
  });

  it("shows progress, unless it is to be quiet", async () => {
    const args = ["export", "--stack", "dev", "--out", join(directory, "dev.json")];
    assert.match((await rotation(args)).stderr, /^\d+ resources of stack dev in /m);
    assert.deepStrictEqual(await rotation([...args, "--quiet"]), {
      code: 0,
      stdout: "",
      stderr: "",
    });
  });

  it("writes JSON alone to standard output, or JSON to a file and words to standard output", async () => {
    const file = join(directory, "status.json");
    // Nothing is reached: there is no state, and nothing else says where vault and database are.
    const args = ["status", "--stack", "rehearsal", "--pulumi", join(directory, "none")];
    const alone = await rotation([...args, "--json"]);
    assert.strictEqual(alone.code, 1);
    const said = JSON.parse(alone.stdout) as { stack: string; missing: string };
    assert.strictEqual(said.stack, "rehearsal");

    const both = await rotation([...args, "--json", file]);
    assert.strictEqual(both.code, 1);
    assert.ok(both.stdout.startsWith(`No state: ${said.missing}\n`), both.stdout);
    assert.deepStrictEqual(Object.keys(JSON.parse(await readFile(file, "utf8")) as object), [
      ...Object.keys(said),
    ]);
  });
});
