import assert from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { loadSettings, type Settings } from "../../infra/config";
import { MockProgram } from "../support/mocks";
import { stackConfig } from "../support/program";

async function load(
  changes: Record<string, string | undefined>,
  stack = "test",
): Promise<Settings> {
  const config = Object.fromEntries(
    Object.entries({ ...stackConfig("rehearsal"), ...prefixed(changes) }).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    ),
  );
  await MockProgram.start({ config, stack });
  return loadSettings();
}

function prefixed(keys: Record<string, string | undefined>): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(keys).map(([key, value]) => [`rotation:${key}`, value]));
}

describe("the configuration", () => {
  it("reports every problem at once, with key, value and what is allowed", async () => {
    const wrong = {
      counter: "1.5",
      replicas: "0",
      appImage: undefined,
      productionHost: "not a host",
      databaseVersion: "11",
      application: "Much-too-long-and-odd",
    };
    await assert.rejects(load(wrong), ({ message }: Error) => {
      const expected = [
        /rotation:counter must be a whole number from 0 up, not "1.5"/,
        /rotation:replicas must be a whole number from 1 to 100, not "0"/,
        /rotation:appImage is missing: .*pulumi config set rotation:appImage/,
        /rotation:productionHost must be a host name .*, not "not a host"/,
        /rotation:databaseVersion must be one of 17, 18, not "11"/,
        /rotation:application must be a small letter/,
      ];
      assert.match(message, /stack test has [6-9] problems|stack test has 1\d problems/);
      expected.forEach((pattern) => assert.match(message, pattern));
      return true;
    });
  });

  it("refuses numbers that are no plan", async () => {
    await assert.rejects(load({ counter: "5", live: "3" }), /rotation:live must be 5 or 4/);
    await assert.rejects(load({ counter: "5", retired: "5" }), /rotation:retired must be below/);
  });

  it("refuses two hosts that are the same", async () => {
    await assert.rejects(load({ stageBlueHost: "app.rehearsal.test" }), /must differ/);
  });

  it("refuses more connections than the server has", async () => {
    await assert.rejects(
      load({ replicas: "20", poolSize: "20" }),
      /Both slots together need \d+ connections .* but the server allows 859/,
    );
  });

  it("refuses a stack name that makes a name too long for Azure", async () => {
    await assert.rejects(load({}, "x".repeat(60)), /The cluster name .* has 68 characters/);
  });

  it("reads the optional plan keys and has defaults for the rest", async () => {
    const settings = await load({ counter: "4", live: "3", retired: "2" });
    const { counter, live, retired } = settings.plan;
    assert.deepStrictEqual([counter, live, retired], [4, 3, 2]);
    assert.strictEqual(settings.release.poolSize, 5);
    assert.strictEqual(settings.validityDays, 90);
  });

  it("digests everything but the plan", async () => {
    const { digest } = await load({ counter: "4" });
    assert.strictEqual((await load({ counter: "5", retired: "3" })).digest, digest);
    assert.notStrictEqual((await load({ counter: "4", replicas: "3" })).digest, digest);
    assert.notStrictEqual((await load({ appImage: "rehearsal/app:2.0.0" })).digest, digest);
  });

  it("declares in Pulumi.yaml the keys and defaults that the program has", async () => {
    const text = readFileSync(join(__dirname, "..", "..", "Pulumi.yaml"), "utf8");
    const { config } = parse(text) as {
      config: Record<string, { type: string; default: unknown }>;
    };
    const source = readFileSync(join(__dirname, "..", "..", "infra", "config.ts"), "utf8");
    const read = [...source.matchAll(/reader\.(?:integer|text|choice)\(\s*"(\w+)"/g)];
    const keys = read.map(([, key]) => `rotation:${key}`);
    assert.deepStrictEqual(
      Object.keys(config).sort(),
      keys.filter((key) => !["rotation:live", "rotation:retired"].includes(key)).sort(),
    );
    // With nothing but the declared defaults and the keys that have none, all values are the same.
    const required = Object.keys(config).filter((key) => config[key]!.default === "");
    const own = stackConfig("rehearsal");
    const bare = Object.fromEntries(required.map((key) => [key, own[key]!]));
    const declared = Object.fromEntries(
      Object.entries(config).map(([key, { default: value }]) => [key, String(value)]),
    );
    await MockProgram.start({ config: bare });
    const { digest } = loadSettings();
    await MockProgram.start({ config: { ...declared, ...bare } });
    assert.strictEqual(loadSettings().digest, digest);
  });
});
