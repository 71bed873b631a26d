import assert from "node:assert";
import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { appendFile, mkdir, mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { type LeakPlace, searchLeaks } from "../../../rehearsal/leaks/search";

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
  function place(name: string, path: string, planted = ""): LeakPlace {
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

  it("looks into what is packed, and into what is still being written", async () => {
    const password = randomBytes(24).toString("base64url");
    const packed = gzipSync(`a line\n${password}\n`);
    await writeFile(join(directory, "state", "packed.log"), packed);
    await writeFile(join(directory, "state", "open.log"), packed.subarray(0, -8));
    const { leaks } = await searchLeaks([state()], [credential(password)], CANARY);
    assert.deepStrictEqual(leaks.map(({ file }) => file).sort(), ["open.log", "packed.log"]);
  });

  it("accepts a text in the one place where it belongs, and there only", async () => {
    const verifier = randomBytes(24).toString("base64url");
    await state().plant(verifier);
    await log().plant(verifier);
    const known = { name: "verifier 1", value: verifier, belongsIn: [{ place: "engine's log" }] };
    const { leaks } = await searchLeaks([state(), log()], [known], CANARY);
    assert.deepStrictEqual(
      leaks.map(({ place: name }) => name),
      ["state files"],
    );
  });

  it("accepts it in one file or in some lines of a place, and in none beside them", async () => {
    const password = randomBytes(24).toString("base64url");
    const write = (name: string, text: string) => writeFile(join(directory, "state", name), text);
    await write("own", `data: ${password}`);
    await write("other", `data: ${password}`);
    const known = (belonging: object) => ({
      name: "blue 4",
      value: password,
      belongsIn: [{ place: "another" }, { place: "state files", ...belonging }],
    });
    const leaksOf = async (belonging: object) =>
      (await searchLeaks([state()], [known(belonging)], CANARY)).leaks.map(({ file }) => file);
    assert.deepStrictEqual(await leaksOf({ file: "own" }), ["other"]);
    await write("own", `pod app-blue-1 ${password}\npod app-green-1\n`);
    await write("other", `pod app-blue-1 ${password}\npod app-green-1 ${password}\n`);
    assert.deepStrictEqual(await leaksOf({ lines: /^pod app-blue-/ }), ["other"]);
  });

  it("finds it in the base64 of a longer text, wherever it begins there", async () => {
    const password = randomBytes(24).toString("base64url");
    for (const before of ["", "a", "ab", "abc", "postgresql://app_blue:"]) {
      const uri = Buffer.from(`${before}${password}@db.example.com/app`).toString("base64");
      await writeFile(join(directory, "state", "uri"), `{"data":"${uri}"}`);
      const { leaks } = await searchLeaks([state()], [credential(password)], CANARY);
      assert.deepStrictEqual(
        leaks.map(({ file }) => file),
        ["uri"],
        before,
      );
    }
  });

  it("counts the engine's own lines apart, and takes every other line for a leak", async () => {
    const passwords = Array.from({ length: 2 }, () => randomBytes(24).toString("base64url"));
    await log().plant(`Marshaling property: ${passwords[0]}\nprogram: ${passwords[1]}\n`);
    const known = passwords.map((value, index) => credential(value, `blue ${index}`));
    const noisy = { ...log(), engineLines: /^Marshaling property/ };
    const { leaks, leakSearch } = await searchLeaks([noisy], known, CANARY);
    assert.deepStrictEqual(
      leaks.map((leak) => leak.credential),
      ["blue 1"],
    );
    assert.strictEqual(leakSearch[0]?.printedByEngine, 1);
  });

  it("leaves out what was written before the search began to matter", async () => {
    const password = randomBytes(24).toString("base64url");
    await state().plant(password);
    const file = join(directory, "state", "deep", "stack.json");
    await utimes(file, 1, 1);
    const { leaks } = await searchLeaks([{ ...state(), since: 2000 }], [credential(password)], "");
    assert.deepStrictEqual(leaks, []);
  });

  it("goes on where the engine removes a log between its listing and its reading", async () => {
    const password = randomBytes(24).toString("base64url");
    const [first, second] = ["a.log", "b.log"].map((name) =>
      join(directory, "state", "deep", name),
    );
    await writeFile(first!, password);
    await writeFile(second!, password);
    const known = {
      ...credential(password),
      // Asked for when a file has been read.
      get belongsIn() {
        rmSync(second!, { force: true });
        return undefined;
      },
    };
    const { leaks } = await searchLeaks([{ ...state(), since: 0 }], [known], CANARY);
    assert.deepStrictEqual(
      leaks.map(({ file }) => file),
      ["deep/a.log"],
    );
    await writeFile(second!, password);
    await assert.rejects(searchLeaks([state()], [known], CANARY), { code: "ENOENT" });
  });

  it("fails when a place is not there at all", async () => {
    const missing = place("nowhere", "missing");
    await assert.rejects(searchLeaks([missing], [], CANARY), { code: "ENOENT" });
  });
});
