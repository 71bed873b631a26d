import assert from "node:assert";
import { MovedStack, stageHost, touched } from "../support/movedStack";

describe("the moves of a rotation, under the real engine", function () {
  this.timeout(240_000);
  let stack: MovedStack;

  before(async () => {
    stack = await MovedStack.deploy();
  });
  after(() => stack?.close());
  // What follows a move that went wrong says nothing.
  this.bail(true);

  it("deploys at counter 0, with a second up that has no changes", async () => {
    await stack.assertInForce({ counter: 0, live: 0, retired: -1 });
  });

  it("refuses a jump in the preview, with keys, values, reason and the command", async () => {
    await stack.assertRefused(
      { counter: 2, live: 2, retired: -1 },
      /rotation:counter may rise by one, from 0 to 1, not to 2/,
      /Completed is counter 0, live 0, retired none/,
      /rotate \(.*\): pulumi config set rotation:counter -- 1 && .*&& pulumi up/,
    );
    await stack.assertInForce({ counter: 0, live: 0, retired: -1 });
  });

  it("previews a rotation without an operation on the live slot or the platform", async () => {
    const operations = await stack.preview({ counter: 1, live: 1, retired: -1 });
    assert.deepStrictEqual(touched(operations), ["green"]);
  });

  it("rotates: the new slot answers production, and the old one stays warm", async () => {
    const plan = { counter: 1, live: 1, retired: -1 };
    assert.deepStrictEqual(touched(await stack.up(plan)), ["green"]);
    await stack.assertInForce(plan);
  });

  it("stages: the new generation answers on its stage host only", async () => {
    const plan = { counter: 2, live: 1, retired: -1 };
    assert.deepStrictEqual(touched(await stack.up(plan)), ["blue"]);
    await stack.assertInForce(plan);
    assert.strictEqual((await stack.ask(stageHost("blue"))).generation, 2);
  });

  it("refuses to raise the counter while the slot of the next generation serves", async () => {
    await stack.assertRefused(
      { counter: 3, live: 3, retired: -1 },
      /rotation:counter cannot rise from 2 to 3 while generation 1 is live/,
      /promote \(.*\): pulumi config set/,
      /withdraw \(.*\): pulumi config set/,
    );
  });

  it("withdraws: the staged credential can never log in again", async () => {
    const staged = await stack.rig.slotCredential("blue");
    const plan = { counter: 1, live: 1, retired: 0 };
    assert.deepStrictEqual(touched(await stack.up(plan)), ["blue"]);
    await stack.assertInForce(plan);
    assert.notStrictEqual((await stack.rig.slotCredential("blue")).value, staged.value);
  });

  it("stages again after a withdraw, and promotes without an operation on a slot", async () => {
    assert.deepStrictEqual(touched(await stack.up({ counter: 2, live: 1, retired: 0 })), ["blue"]);
    const plan = { counter: 2, live: 2, retired: 0 };
    assert.deepStrictEqual(touched(await stack.up(plan)), []);
    await stack.assertInForce(plan);
  });

  it("rolls back and promotes again without an operation on a slot", async () => {
    const back = { counter: 2, live: 1, retired: 0 };
    assert.deepStrictEqual(touched(await stack.up(back)), []);
    await stack.assertInForce(back);
    const again = { counter: 2, live: 2, retired: 0 };
    assert.deepStrictEqual(touched(await stack.up(again)), []);
    await stack.assertInForce(again);
  });

  it("refuses a move together with other settings, and does each alone", async () => {
    await stack.rig.workspace.set("rotation:replicas", 1);
    await stack.assertRefused(
      { counter: 2, live: 2, retired: 1 },
      /would retire and change other settings .* at the same time/,
      /To change the settings first:\s+pulumi config set rotation:counter -- 2 && /,
      /To move first, with the settings as they were:\s+rotate /,
    );
    // A setting of the proofs, of which the one before promotion would end the live sessions.
    await stack.rig.workspace.set("rotation:proofAnswers", 10);
    const plan = { counter: 2, live: 2, retired: 0 };
    const operations = await stack.up(plan);
    assert.deepStrictEqual(touched(operations), ["blue", "green"]);
    assert.ok(!operations.some(({ urn }) => urn.includes("before-promotion")));
    await stack.assertInForce(plan);
  });

  it("retires the previous credential, for good", async () => {
    const plan = { counter: 2, live: 2, retired: 1 };
    assert.deepStrictEqual(touched(await stack.up(plan)), ["green"]);
    await stack.assertInForce(plan);
    await stack.assertRefused(
      { counter: 2, live: 2, retired: 0 },
      /rotation:retired cannot go down from 1 to 0: what is retired stays retired/,
    );
    await stack.assertRefused(
      { counter: 2, live: 1, retired: 1 },
      /rotation:retired must be below/,
    );
  });

  it("rotates and retires at once in an emergency, the old slot only after the switch", async () => {
    const plan = { counter: 3, live: 3, retired: 2 };
    const operations = await stack.up(plan);
    assert.deepStrictEqual(touched(operations), ["blue", "green"]);
    assert.deepStrictEqual(stack.rig.serving.onServingSlot(operations), []);
    await stack.assertInForce(plan);
  });

  it("lost no request to production on the whole way", async () => {
    await stack.assertNothingLost();
  });
});
