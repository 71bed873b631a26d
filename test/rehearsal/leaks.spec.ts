import assert from "node:assert";
import { randomBytes } from "node:crypto";
import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Place, ProcessSampler, searchLeaks } from "../../rehearsal/leaks";

const CANARY = "canary-0123456789";

const credential = (value: string, name = "blue 4") => ({
  name,
  value,
  secretName: "app-blue",
  version: "v",
  enabled: true,
});

describe("searchLeaks", () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "leaks-"));
    await mkdir(join(directory, "state", "deep"), { recursive: true });
    await writeFile(join(directory, "state", "deep", "stack.json"), "{}\n");
    await writeFile(join(directory, "engine.log"), "a line\n");
  });

  afterEach(() => rm(directory, { recursive: true }));

  const state = () => place("state files", "state", "deep/stack.json");
  const log = () => place("engine's log", "engine.log");

  /** A place whose canary goes into one file of it. */
  function place(name: string, path: string, planted = ""): Place {
    const file = join(directory, path, planted);
    return { name, paths: [join(directory, path)], plant: (text) => appendFile(file, text) };
  }

  it("finds a credential wherever it was planted, and says where and which", async () => {
    const password = randomBytes(24).toString("base64url");
    await state().plant(`"password": "${password}"`);
    await log().plant(`connecting with ${password}.`);
    const { leaks } = await searchLeaks([state(), log()], [credential(password)], CANARY);
    assert.deepStrictEqual(leaks, [
      { place: "state files", file: "deep/stack.json", credential: "blue 4" },
      { place: "engine's log", file: "engine.log", credential: "blue 4" },
    ]);
  });

  it("finds it as base64 too, in what is not text", async () => {
    const password = randomBytes(24).toString("base64url");
    const encoded = Buffer.from(password).toString("base64");
    await writeFile(
      join(directory, "state", "blob"),
      Buffer.concat([randomBytes(1000), Buffer.from(encoded), randomBytes(1000)]),
    );
    const { leaks } = await searchLeaks([state(), log()], [credential(password)], CANARY);
    assert.deepStrictEqual(leaks, [{ place: "state files", file: "blob", credential: "blue 4" }]);
  });

  it("reports each credential by itself, and none that is not there", async () => {
    const passwords = Array.from({ length: 3 }, () => randomBytes(24).toString("base64url"));
    const known = passwords.map((value, index) => credential(value, `blue ${index}`));
    await log().plant(`${passwords[0]} ${passwords[2]}`);
    const { leaks } = await searchLeaks([state(), log()], known, CANARY);
    assert.deepStrictEqual(
      leaks.map((leak) => leak.credential),
      ["blue 0", "blue 2"],
    );
  });

  it("says of each place whether its canary was seen, so that a blind search shows", async () => {
    await state().plant(CANARY);
    const { leaks, leakSearch } = await searchLeaks([state(), log()], [], CANARY);
    assert.deepStrictEqual(leakSearch, [
      { place: "state files", canaryFound: true },
      { place: "engine's log", canaryFound: false },
    ]);
    assert.deepStrictEqual(leaks, []);
  });

  it("does not take the placeholder of a missing secret for a credential", async () => {
    await log().plant("none");
    const { leaks } = await searchLeaks([log()], [credential("none")], CANARY);
    assert.deepStrictEqual(leaks, []);
  });

  it("fails when a place is not there at all", async () => {
    const missing = place("nowhere", "missing");
    await assert.rejects(searchLeaks([missing], [], CANARY), { code: "ENOENT" });
  });
});

describe("ProcessSampler", () => {
  let directory: string;

  before(async () => (directory = await mkdtemp(join(tmpdir(), "sampler-"))));
  after(() => rm(directory, { recursive: true }));

  it("sees the arguments of a process that runs meanwhile, and only of such", async () => {
    const sampler = new ProcessSampler();
    const canary = `canary-${randomBytes(16).toString("hex")}`;
    const file = join(directory, "processes");
    sampler.start();
    await sampler.plant(canary);
    await sampler.stop(file);
    const lines = (await readFile(file, "utf8")).split("\n");
    assert.strictEqual(lines.filter((line) => line.endsWith(` ${canary} `)).length, 1);
    assert.ok(lines.some((line) => line.startsWith(process.execPath)));
  });
});
