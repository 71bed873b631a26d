import assert from "node:assert";
import { mock } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import type { Facts, FactsBefore, ReleaseFacts } from "../../../components/facts";
import type { Run } from "../../../components/plan/moves";
import { PlanGuard } from "../../../components/rotation/planGuard";
import type { Plan } from "../../../components/plan/rotationPlan";
import type { Strategy } from "../../../components/plan/strategy";
import { MockProgram, valueOf } from "../../../mocks/mocks";

const STASH = "pulumi:index:Stash";

const plan = (counter: number, live = counter, retired = -1): Plan => ({ counter, live, retired });
/** Each settings make pods of a template of their own. */
const run = (of: Plan, attempt: string, settings = "s"): Run => ({
  plan: of,
  settings,
  attempt,
  template: settings,
});

const COMPLETED = run(plan(5), "attempt of 5");

/** A program with a guard and something that it guards. */
async function guardOf(
  target: Plan,
  {
    completed,
    facts,
    preview = false,
    settings = "s",
    strategy,
  }: {
    completed?: Run;
    facts?: FactsBefore;
    preview?: boolean;
    settings?: string;
    strategy?: Strategy;
  } = {
    completed: COMPLETED,
  },
) {
  const program = await MockProgram.start({ preview });
  const guard = new PlanGuard("guard", {
    plan: target,
    settings,
    template: settings,
    trial: "pod",
    completed,
    ...(facts && { facts }),
    ...(strategy && { strategy }),
  });
  const guarded = new pulumi.ComponentResource("test:index:Guarded", "guarded");
  new pulumi.Stash("part", { input: 1 }, { parent: guarded });
  const exported = guard.complete([guarded]);
  await program.drained();
  return { program, guard, exported };
}

/** Calls the hook as the engine does before it writes another started record. */
async function judge(program: MockProgram, started: Run, target: Run): Promise<void> {
  const { callback } = program.hook("guard-judge");
  await callback({
    urn: "urn:pulumi:test::rotation::pulumi:index:Stash::guard-started",
    id: "guard-started",
    name: "guard-started",
    type: STASH,
    oldInputs: { input: started },
    newInputs: { input: target },
  });
}

describe("PlanGuard", () => {
  it("lets a run begin that is one move away from the one that completed", async () => {
    const { program } = await guardOf(plan(6));
    await judge(program, COMPLETED, run(plan(6), "attempt of 6"));
  });

  it("stops a run that is not one move away, with the reason and the commands", async () => {
    const { program } = await guardOf(plan(6));
    await assert.rejects(judge(program, COMPLETED, run(plan(7), "attempt of 7")), {
      message:
        /rotation:counter may rise by one, from 5 to 6, not to 7[^]*\n {2}rotate .*: pulumi config set rotation:counter -- 6/,
    });
  });

  it("judges by the started run when that did not complete", async () => {
    const { program } = await guardOf(plan(6));
    const started = run(plan(6), "attempt of 6");
    await judge(program, started, run(plan(6), "attempt of 6"));
    await judge(program, started, run(plan(6, 5), "way back"));
    await assert.rejects(
      judge(program, started, run(plan(5), "attempt of 5 again")),
      /A run to counter 6, live 6, retired none started but did not complete/,
    );
  });

  it("knows a second run to a completed plan by its attempt", async () => {
    const { program } = await guardOf(plan(6));
    const again = run(plan(5), "way back to 5");
    await assert.rejects(judge(program, again, run(plan(6), "attempt of 6")), /did not complete/);
    await judge(program, COMPLETED, run(plan(6), "attempt of 6"));
  });

  it("judges in previews too, before the started record changes", async () => {
    const { program } = await guardOf(plan(6));
    assert.strictEqual(program.hook("guard-judge").opts?.onDryRun, true);
    const started = program.find(STASH, "guard-started");
    assert.deepStrictEqual(started.options.hooks, { beforeUpdate: ["guard-judge"] });
    assert.deepStrictEqual(started.options.ignoreChanges, []);
  });

  it("refuses before anything is recorded what no started run could justify", async () => {
    const program = await MockProgram.start();
    assert.throws(
      () =>
        new PlanGuard("guard", {
          ...{ plan: plan(9), settings: "s", template: "s", trial: "pod" },
          completed: COMPLETED,
        }),
      (error: Error) => error instanceof pulumi.RunError && /pulumi config set/.test(error.message),
    );
    await program.drained();
    assert.deepStrictEqual(program.ofType(STASH), []);
  });

  it("leaves the record of an earlier version as it is until the next move", async () => {
    const recorded = async (target: Plan, settings: string) => {
      const program = await MockProgram.start();
      const completed = run(plan(5), "attempt of 5", "aaaa");
      const guard = new PlanGuard("guard", {
        ...{ plan: target, settings, template: "t", trial: "pod" },
        completed,
      });
      guard.complete([]);
      await program.drained();
      const names = ["guard-started", "guard-completed"];
      return names.map((name) => {
        const { input } = program.find(STASH, name).inputs as { input: Run };
        return input.settings;
      });
    };
    const now = "aaaa rotation:replicas=3";
    assert.deepStrictEqual(await recorded(plan(5), now), ["aaaa", "aaaa"]);
    assert.deepStrictEqual(await recorded(plan(6), now), [now, now]);
    const other = "bbbb rotation:replicas=4";
    assert.deepStrictEqual(await recorded(plan(5), other), [other, other]);
  });

  it("counts an attempt for each plan, whose time stays while the plan does", async () => {
    const attempt = async (of: Plan) =>
      (await guardOf(of)).program.find(STASH, "guard-attempt").options;
    const plans = [plan(6), plan(6, 5), plan(5, 5, 4), plan(5)];
    const triggers: unknown[] = [];
    for (const each of plans) {
      const { ignoreChanges, replacementTrigger } = await attempt(each);
      assert.deepStrictEqual(ignoreChanges, ["input"]);
      triggers.push(replacementTrigger);
    }
    assert.strictEqual(new Set(triggers).size, plans.length);
    assert.strictEqual((await attempt(plan(6))).replacementTrigger, triggers[0]);
  });

  it("records at the start what is wanted, and the same at the end, last of all", async () => {
    const { program, guard, exported } = await guardOf(plan(6, 5));
    const expected = {
      plan: plan(6, 5),
      settings: "s",
      attempt: await valueOf(guard.attempt),
      template: "s",
      tried: false,
      vacated: true,
    };
    const started = program.find(STASH, "guard-started");
    const completed = program.find(STASH, "guard-completed");
    assert.deepStrictEqual(started.inputs, { input: expected });
    assert.deepStrictEqual(completed.inputs, { input: expected });
    assert.deepStrictEqual(await valueOf(exported), expected);
    assert.ok(program.comesAfter(completed, program.find(STASH, "part")));
    assert.ok(program.comesAfter(started, program.find(STASH, "guard-attempt")));
  });

  it("records which template is in force and whether its trial is in the state", async () => {
    const recorded = async (completed: Run | undefined, settings: string) => {
      const { program } = await guardOf(plan(5), {
        ...(completed && { completed }),
        settings,
      });
      const { input } = program.find(STASH, "guard-completed").inputs as { input: Run };
      return [input.template, input.tried];
    };
    assert.deepStrictEqual(await recorded(undefined, "s"), ["s", false]);
    assert.deepStrictEqual(await recorded(COMPLETED, "new"), ["new", true]);
    assert.deepStrictEqual(await recorded({ ...COMPLETED, tried: true }, "s"), ["s", true]);
    assert.deepStrictEqual(await recorded(COMPLETED, "s"), ["s", false]);
  });

  it("accepts any plan on a new stack", async () => {
    const { program } = await guardOf(plan(41, 40, 12), {});
    assert.strictEqual(program.ofType(STASH).length, 4);
  });

  it("stops a move that begins after a change by hand, and says what was changed", async () => {
    const { program } = await guardOf(plan(6), { completed: COMPLETED, facts: before(LEAKED) });
    await assert.rejects(
      judge(program, COMPLETED, run(plan(6), "attempt of 6")),
      /The role app_green cannot log in\.[^]*ALTER ROLE "app_green" LOGIN/,
    );
  });

  describe("with one release that rolls", () => {
    const ofRolling = (of: Run): Run => ({ ...of, strategy: "rolling" });
    const completed = ofRolling(COMPLETED);
    const half = ofRolling(run(plan(6), "attempt of 6"));
    const rolling = (target: Plan, settings: string, facts?: FactsBefore) =>
      guardOf(target, { completed, settings, strategy: "rolling", ...(facts && { facts }) });

    it("finishes a move that stopped, or goes back from it, with other settings", async () => {
      for (const target of [plan(6), plan(6, 5)]) {
        const { program } = await rolling(target, "mended", never);
        const { input } = program.find(STASH, "guard-started").inputs as { input: Run };
        await judge(program, half, { ...input, attempt: "way on" });
        await assert.rejects(
          judge(program, completed, { ...input, attempt: "attempt of 6" }),
          /change other settings/,
        );
      }
    });

    it("says in the preview what rolls, and how many pods", async () => {
      const said = mock.method(pulumi.log, "info", () => Promise.resolve());
      await rolling(plan(6), "s", before(LEAKED));
      const autoscaled = before(LEAKED);
      await rolling(plan(6), "s", {
        ...autoscaled,
        expected: { ...autoscaled.expected, maxReplicas: 6 },
      });
      await guardOf(plan(6));
      said.mock.restore();
      const texts = said.mock.calls.map(({ arguments: [text] }) => String(text).split("\n")[0]!);
      assert.match(texts[0]!, /the release rolls from green's credential to blue's: 2 pods,/);
      assert.match(texts[1]!, /to blue's: all pods,/);
      assert.match(texts[2]!, /blue gets a new credential and takes over from green/);
    });
  });

  it("looks at nothing when there is no move", async () => {
    const { program } = await guardOf(plan(5), { completed: COMPLETED, facts: never });
    await judge(program, COMPLETED, run(plan(5), COMPLETED.attempt, "other settings"));
  });

  it("looks at nothing on a way on from a run that stopped half way", async () => {
    const { program } = await guardOf(plan(6, 5), { completed: COMPLETED, facts: never });
    await judge(program, run(plan(6), "attempt of 6"), run(plan(6, 5), "way back"));
  });

  it("lets an emergency begin when somebody has already shut the leaked role", async () => {
    const emergency = plan(6, 6, 5);
    const { program } = await guardOf(emergency, { completed: COMPLETED, facts: before(LEAKED) });
    await judge(program, COMPLETED, run(emergency, "attempt of 6"));
  });

  describe("after an update that did not complete", () => {
    const completed = run(plan(5, 5, 3), "attempt of 5");
    const started = { ...completed, settings: "new", template: "new" };
    const retire = run(plan(5, 5, 4), "attempt to retire", "new");

    it("lets the other slot be retired with the new settings where the live slot is whole", async () => {
      const facts = before(live({ template: "new" }), completed);
      const { program } = await guardOf(retire.plan, { completed, facts, settings: "new" });
      await judge(program, started, retire);
    });

    it("stops that where the live slot has pods of two templates, and says which", async () => {
      const mixed = live({ template: "new", earlier: 1, isWhole: false });
      const facts = before(mixed, completed);
      const { program } = await guardOf(retire.plan, { completed, facts, settings: "new" });
      await assert.rejects(
        judge(program, started, retire),
        /not every pod of green is ready .* so retire must wait\.\napp-green \(green\) should have 2 pods .* 1 on an earlier template\.[^]*\nFinish it with the same settings/,
      );
    });

    it("takes pods that nobody can see for whole in a preview only", async () => {
      const unseen = [{ place: "cluster", why: "no way" }] as const;
      const facts = before({ slots: { blue: {}, green: {} }, unseen }, completed);
      const { program } = await guardOf(retire.plan, { completed, facts, settings: "new" });
      await assert.rejects(
        judge(program, started, retire),
        /The cluster could not be read: no way\./,
      );
      const preview = await guardOf(retire.plan, {
        ...{ completed, facts, settings: "new" },
        preview: true,
      });
      await judge(preview.program, started, retire);
      const accepted = { ...facts, accepted: ["unseen"] as const };
      const up = await guardOf(retire.plan, { completed, facts: accepted, settings: "new" });
      await judge(up.program, started, retire);
    });

    it("asks nobody before the same plan is run again, nor where nobody looks", async () => {
      const { program } = await guardOf(plan(5, 5, 3), { completed, facts: never });
      await judge(program, started, completed);
      const blind = await guardOf(retire.plan, { completed, settings: "new" });
      await judge(blind.program, started, retire);
    });
  });

  it("stops a move while the live release runs another image than the last run left", async () => {
    const facts = before(live({ image: "app:1.1.0" }));
    const { program } = await guardOf(plan(6), { completed: COMPLETED, facts });
    await assert.rejects(
      judge(program, COMPLETED, run(plan(6), "attempt of 6")),
      /The live release app-green runs app:1\.1\.0\. Expected: app:1\.0\.0/,
    );
  });

  it("stops an `up` for what cannot be seen, and only warns in a preview", async () => {
    const blind = before({
      slots: { blue: {}, green: {} },
      unseen: [{ place: "vault", why: "403" }],
    });
    const target = run(plan(6), "attempt of 6");
    const { program } = await guardOf(plan(6), { completed: COMPLETED, facts: blind });
    await assert.rejects(judge(program, COMPLETED, target), /The vault could not be read: 403\./);
    const preview = await guardOf(plan(6), { completed: COMPLETED, facts: blind, preview: true });
    await judge(preview.program, COMPLETED, target);
  });
});

/** Somebody has taken the login of the live role, which is green's at counter 5. */
const LEAKED: Facts = {
  slots: { blue: {}, green: { role: { canLogin: false, sessions: 3 } } },
  unseen: [],
};

/** Green is live, with both of its pods, and this besides. */
function live(more: Partial<ReleaseFacts>): Facts {
  const release: ReleaseFacts = {
    ...{ replicas: 2, ready: 2, earlier: 0, isWhole: true },
    ...{ image: "app:1.0.0", template: "s", pinned: "v5", mounted: [] },
  };
  return { slots: { blue: {}, green: { release: { ...release, ...more } } }, unseen: [] };
}

function before(facts: Facts, { template }: Run = COMPLETED): FactsBefore {
  return {
    accepted: [],
    image: "app:1.0.0",
    expected: {
      image: "app:1.0.0",
      template,
      application: "app",
      namespace: "app",
      vault: "kv-app",
      secretVersion: "v5",
      replicas: 2,
      connections: 16,
    },
    look: () => Promise.resolve(facts),
  };
}

const never: FactsBefore = {
  ...before(LEAKED),
  look: () => Promise.reject(new Error("Nobody should look now.")),
};
