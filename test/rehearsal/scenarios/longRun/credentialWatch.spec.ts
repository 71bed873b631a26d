import assert from "node:assert";
import {
  CredentialWatch,
  type SlotCredential,
} from "../../../../rehearsal/scenarios/longRun/credentialWatch";

const credential = (slot: SlotCredential["slot"], version: string): SlotCredential => ({
  slot,
  version,
  value: `password of ${version}`,
});

/** A cloud that a spec changes as it likes. */
class Cloud {
  slot: string | undefined = "blue";
  versions = [credential("green", "g1"), credential("blue", "b2"), credential("green", "g3")];
  valid = new Set(["b2", "g3"]);
  different: string[] = [];
  readonly tried: string[] = [];
  /** Called when the first credential is tried. */
  meanwhile = (): void => undefined;

  readonly watch = new CredentialWatch({
    serving: () => this.slot,
    credentials: () => Promise.resolve(this.versions),
    works: ({ version }) => {
      this.tried.push(version);
      this.meanwhile();
      return Promise.resolve(this.valid.has(version));
    },
    differences: () => Promise.resolve(this.different),
  });
}

describe("CredentialWatch", () => {
  it("has nothing to say while production's credential and one more work", async () => {
    const cloud = new Cloud();
    await cloud.watch.completed();
    cloud.watch.operation();
    await cloud.watch.stop();
    assert.deepStrictEqual(cloud.watch.problems, []);
    assert.strictEqual(cloud.watch.looks, 2);
  });

  it("tells when the credential of the slot that serves is refused", async () => {
    const cloud = new Cloud();
    cloud.valid = new Set(["g3"]);
    await cloud.watch.completed();
    assert.deepStrictEqual(cloud.watch.problems, [
      "Production is on blue, whose credential is refused; working: green g3.",
    ]);
  });

  it("does not take traffic that moves meanwhile for a refusal", async () => {
    const cloud = new Cloud();
    cloud.valid = new Set(["g3"]);
    cloud.meanwhile = () => (cloud.slot = "green");
    await cloud.watch.completed();
    assert.deepStrictEqual(cloud.watch.problems, []);
  });

  it("tells when three credentials work at the same time", async () => {
    const cloud = new Cloud();
    cloud.valid = new Set(["g1", "b2", "g3"]);
    await cloud.watch.completed();
    assert.match(cloud.watch.problems.join(), /^3 credentials log in at the same time: green g1, /);
  });

  it("tells when a credential that was ended works again", async () => {
    const cloud = new Cloud();
    await cloud.watch.completed();
    cloud.valid = new Set(["b2", "g1"]);
    cloud.watch.operation();
    await cloud.watch.stop();
    assert.deepStrictEqual(cloud.watch.problems, [
      "A credential of green that was ended logs in again: g1.",
    ]);
  });

  it("does not count a login that was under way while its role got the next credential", async () => {
    const cloud = new Cloud();
    await cloud.watch.completed();
    cloud.valid = new Set(["b2", "g1"]);
    cloud.meanwhile = () => {
      if (cloud.tried.filter((version) => version === "g1").length > 2) {
        cloud.valid.delete("g1");
      }
    };
    cloud.watch.operation();
    await cloud.watch.stop();
    assert.deepStrictEqual(cloud.watch.problems, []);
    assert.deepStrictEqual(cloud.tried.slice(3), ["g1", "g1", "b2", "g3"]);
  });

  it("tells what only one of the two roles may do", async () => {
    const cloud = new Cloud();
    cloud.different = ["only app_blue has CREATE on schema app"];
    await cloud.watch.completed();
    assert.deepStrictEqual(cloud.watch.problems, [
      "The roles differ: only app_blue has CREATE on schema app.",
    ]);
  });

  it("looks again after operations that came while it looked, once for all of them", async () => {
    const cloud = new Cloud();
    cloud.watch.operation();
    cloud.watch.operation();
    cloud.watch.operation();
    await cloud.watch.completed();
    await cloud.watch.stop();
    assert.ok(cloud.watch.looks >= 2 && cloud.watch.looks <= 3, `${cloud.watch.looks} looks`);
  });

  it("tries a slot's newest two during a move, and all of them after it", async () => {
    const cloud = new Cloud();
    cloud.versions = ["g1", "g3", "g5"].map((version) => credential("green", version));
    cloud.watch.operation();
    await cloud.watch.stop();
    assert.deepStrictEqual(cloud.tried, ["g3", "g5"]);
    await cloud.watch.completed();
    assert.deepStrictEqual(cloud.tried, ["g3", "g5", "g1", "g3", "g5"]);
  });
});
