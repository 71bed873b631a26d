import assert from "node:assert";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Configuration } from "../../../operate/state/configuration";
import { findEngine } from "../../../rehearsal/engine/engine";

const FILE = "stacks/Pulumi.dev.yaml";

/** Everything that somebody may write where a number is meant. */
const VALUES = [
  ...["7", "-1", "+7", "010", "08", "0o17", "0x10", "0b11", "1_000", "1e3", "7.0", ".5", "-0"],
  ...['"7"', '"010"', "'8'", "1:30", "~", '""', "seven", "7 # a comment"],
];

/** What Pulumi does not read. */
const BROKEN = [
  "config:\n<<<<<<< HEAD\n  rotation:counter: 1\n=======\n  rotation:counter: 2\n>>>>>>> other\n",
  "config:\n  rotation:counter: 1\n  rotation:counter: 2\n",
  "config:\n  rotation:counter: [1\n",
];

describe("The configuration of a stack file", function () {
  this.timeout(60_000);
  let directory: string;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "configuration-"));
    await mkdir(join(directory, "stacks"));
    await writeFile(
      join(directory, "Pulumi.yaml"),
      "name: rotation\nruntime: nodejs\nstackConfigDir: stacks\n",
    );
    await writeFile(join(directory, FILE), "config: {}\n");
    await pulumi("stack", "init", "dev");
  });
  after(() => rm(directory, { recursive: true }));

  async function pulumi(...args: string[]): Promise<string> {
    const { command } = await findEngine();
    const { stdout } = await promisify(execFile)(command.command, args, {
      cwd: directory,
      env: {
        ...process.env,
        PULUMI_HOME: directory,
        PULUMI_BACKEND_URL: `file://${directory}`,
        PULUMI_CONFIG_PASSPHRASE: "words",
        PULUMI_SKIP_UPDATE_CHECK: "true",
      },
    });
    return stdout;
  }

  /** Values by key, as the engine hands them to a program. */
  async function read(text: string): Promise<Record<string, string>> {
    await writeFile(join(directory, FILE), text);
    const all = JSON.parse(await pulumi("config", "--json", "--stack", "dev")) as Record<
      string,
      { value: string }
    >;
    return Object.fromEntries(Object.entries(all).map(([key, { value }]) => [key, value]));
  }

  it("has the values that Pulumi reads, in every way to write them and every form of a key", async () => {
    const keys = VALUES.map((value, index) => [`rotation:k${index}`, value] as const);
    const text = [
      "config:",
      ...keys.map(([key, value]) => `  ${key}: ${value}`),
      "  bare: 3",
      "  rotation:config:oldest: 4",
      "",
    ].join("\n");
    const expected = await read(text);
    const configuration = Configuration.parse(text, FILE);
    for (const key of Object.keys(expected)) {
      const short = key.replace("rotation:", "");
      assert.strictEqual(configuration.get(short) ?? "", expected[key], key);
    }
    assert.strictEqual(Object.keys(expected).length, VALUES.length + 2);
  });

  it("is refused where Pulumi refuses the file, by its name and with what to do", async () => {
    for (const text of BROKEN) {
      await assert.rejects(read(text), /yaml/i);
      assert.throws(
        () => Configuration.parse(text, FILE),
        /^Error: stacks\/Pulumi\.dev\.yaml is not valid YAML: .* Fix the file; `git diff`/,
      );
    }
    assert.throws(() => Configuration.parse(BROKEN[0]!, FILE), /git conflict markers/);
  });

  it("is the first of several documents, and empty where the file is", async () => {
    const text = "config:\n  rotation:counter: 4\n---\nconfig:\n  rotation:counter: 5\n";
    assert.deepStrictEqual(await read(text), { "rotation:counter": "4" });
    assert.strictEqual(Configuration.parse(text, FILE).get("counter"), "4");
    assert.strictEqual(Configuration.parse("", FILE).get("counter"), undefined);
    assert.strictEqual(Configuration.parse("other: 1\n", FILE).get("counter"), undefined);
  });

  it("says of an ordinary setting that is encrypted how to set it, and leaves others alone", () => {
    const text = "config:\n  rotation:replicas:\n    secure: v1:abc=\n  rotation:counter: 4\n";
    const configuration = Configuration.parse(text, FILE);
    assert.strictEqual(configuration.get("counter"), "4");
    assert.throws(
      () => configuration.get("replicas"),
      /rotation:replicas is encrypted in stacks\/Pulumi\.dev\.yaml, .*`pulumi config set rotation:replicas -- <value>`/,
    );
  });

  it("changes a key in the form that the file has", () => {
    const configuration = Configuration.parse("config:\n  counter: 4 # a comment\n", FILE);
    configuration.set("counter", 5);
    configuration.set("live", 4);
    assert.strictEqual(
      configuration.toString(),
      "config:\n  counter: 5 # a comment\n  rotation:live: 4\n",
    );
  });
});
