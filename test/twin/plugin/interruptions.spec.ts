import assert from "node:assert";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GivenUp, Interruptions } from "../../../twin/plugin/interruptions";
import { type Entry, Journal } from "../../../twin/world/journal";

describe("interruptions", () => {
  let directory: string;
  let journal: Journal;
  let interruptions: Interruptions;
  let done: string[];
  const entries: Entry[] = [];

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "interruptions-"));
    journal = new Journal(join(directory, "journal.log"));
    entries.length = 0;
    journal.onEntry((entry) => entries.push(entry));
    interruptions = new Interruptions(journal);
    done = [];
  });
  afterEach(async () => {
    await journal.close();
    await rm(directory, { recursive: true });
  });

  function run(urn: string): Promise<string> {
    return interruptions.around({ op: "create", urn }, () => {
      done.push(urn);
      return Promise.resolve(`made ${urn}`);
    });
  }

  it("leave an operation alone that no rule is about", async () => {
    interruptions.add({ kind: "fail", when: "before", urn: "role", nth: 0 });
    assert.strictEqual(await run("secret"), "made secret");
    assert.deepStrictEqual(entries, []);
  });

  it("fail the n-th operation that fits, before it takes effect", async () => {
    interruptions.add({ kind: "fail", when: "before", urn: "role", nth: 2, text: "no" });
    await run("role-1");
    await run("secret");
    await assert.rejects(run("role-2"), /^Error: no$/);
    await run("role-3");
    assert.deepStrictEqual(done, ["role-1", "secret", "role-3"]);
  });

  it("lose the answer of an operation that took effect", async () => {
    interruptions.add({ kind: "fail", when: "after", nth: 1, text: "connection reset" });
    await assert.rejects(run("secret"), /connection reset/);
    assert.deepStrictEqual(done, ["secret"]);
  });

  it("hold an operation until they are released, and say so in the journal", async () => {
    interruptions.add({ kind: "hold", when: "before", nth: 1 });
    const held = assert.rejects(run("role"), /held, and then given up/);
    let isSettled = false;
    const settled = interruptions.settled().then(() => (isSettled = true));
    await new Promise(setImmediate);
    assert.deepStrictEqual([done, isSettled], [[], false]);
    assert.deepStrictEqual(entries[0]?.detail, { op: "create", urn: "role", when: "before" });
    interruptions.release();
    await Promise.all([held, settled]);
    assert.strictEqual(await run("another"), "made another");
  });

  it("hold nothing that was under way when they were released, and came to its end later", async () => {
    interruptions.add({ kind: "hold", when: "after", nth: 0 });
    const { promise: slow, resolve: finish } = Promise.withResolvers<string>();
    const running = interruptions.around({ op: "create", urn: "proof" }, () => slow);
    interruptions.release();
    finish("made proof");
    assert.strictEqual(await running, "made proof");
    await interruptions.settled();
  });

  it("hold what is in its middle, and leave those alone that are excepted", async () => {
    interruptions.add({ kind: "hold", when: "during", nth: 0, except: ["create role"] });
    await interruptions.midway({ op: "create", urn: "role" });
    const held = assert.rejects(
      interruptions.midway({ op: "update", urn: "release" }),
      (error) => error instanceof GivenUp,
    );
    assert.strictEqual(await run("release"), "made release");
    interruptions.release();
    await held;
    assert.deepStrictEqual(
      entries.map(({ detail }) => detail),
      [{ op: "update", urn: "release", when: "during" }],
    );
  });
});
