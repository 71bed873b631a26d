import assert from "node:assert";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { Rig } from "../../../../rehearsal/rig/rig";
import { killAlong } from "../../../../rehearsal/scenarios/kill/kill";
import type { ScenarioResult } from "../../../../rehearsal/result/result";
import { requestsSince, ScenarioStack } from "../../../../rehearsal/scenarios/stack/scenarioStack";

const ROOT = join(__dirname, "..", "..", "..", "..");
/** Requests per second. */
const RATE = 20;

describe("an engine that is killed, with traffic on", function () {
  this.timeout(300_000);
  let stack: ScenarioStack;
  const result: ScenarioResult = {
    name: "kill",
    ok: false,
    seconds: 0,
    requests: {
      sent: 0,
      unsent: 0,
      failed: 0,
      unjudged: 0,
      p50Ms: 0,
      p99Ms: 0,
      reasons: {},
      byKind: {},
    },
    moves: [],
    problems: [],
    cannotJudge: [],
  };

  before(async () => {
    const rig = await Rig.start({
      providers: "twin",
      progress: () => undefined,
      signal: new AbortController().signal,
    });
    try {
      stack = await ScenarioStack.deploy(rig, RATE);
    } catch (error) {
      await rig.close();
      throw error;
    }
    stack.noteIn(result);
  });
  after(() => stack?.rig.close());

  it("costs no request, and recover with the same up ends where one up would have", async () => {
    const begin = stack.rig.load.mark();
    await killAlong(stack, { counter: 1, live: 1, retired: -1 }, [
      { moment: "during", urn: "-green-release" },
      { moment: "after", urn: "-before-promotion-1-" },
      { moment: "before", urn: "-traffic" },
    ]);
    assert.deepStrictEqual(result.killPoints, { tried: 3, converged: 3 });
    const { failed, sent } = await requestsSince(stack.rig, begin);
    assert.deepStrictEqual({ failed, sent: sent > RATE }, { failed: 0, sent: true });
  });

  it("leaves a lock, a stuck Helm release and a proof behind, which recover tells", () => {
    const texts = result.moves.filter(({ outcome }) => outcome === "killed");
    const said = texts.map(({ text }) => text).join("\n");
    assert.match(said, /held the lock and is gone: the lock is removed/);
    assert.match(said, /Helm release app\/app-green is stuck: its revision 2 is pending-upgrade/);
    assert.match(said, /proof app\/rotation-proof-before-promotion-1-live-1-\w+ \(succeeded\) was/);
    assert.match(
      said,
      /rotation-traffic .* was being changed when the engine ended.*: refreshed: /,
    );
    assert.match(
      said,
      /rotation-green-release .*: will be sent again by the next `pulumi up`, what/,
    );
  });

  it("leaves nothing to recover when all is in order, and the command says so", async () => {
    const { order } = stack.rig.workspace;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [
        ...[join(ROOT, "cli", "rotation.mjs"), "recover"],
        ...["--stack", "rehearsal", "--cwd", order.workDir],
        ...["--pulumi", stack.rig.engine.command.command],
      ],
      { cwd: ROOT, env: { ...process.env, ...order.variables, PULUMI_HOME: order.pulumiHome } },
    );
    assert.match(stdout, /^Nothing to clean up/);
  });
});
