import assert from "node:assert";
import { ownSlotShapes } from "../../../components/chart";
import { execFileSync } from "node:child_process";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import * as fc from "fast-check";
import { judge } from "../../../components/plan/judge";
import { movesFrom, type Run, samePlan } from "../../../components/plan/moves";
import { type Plan, planProblems, slotOf } from "../../../components/plan/rotationPlan";
import { type Asked, MOVES } from "../../../operate/pipelines/choice";
import { type Proposal, propose, type Request } from "../../../operate/pipelines/proposal";
import { type Records, recordsOf } from "../../../operate/pipelines/records";
import { readPlan, writePlan } from "../../../operate/pipelines/stackFile";
import type { StateResource } from "../../../operate/state/state";

const ROOT = join(__dirname, "../../..");
const NOW = new Date("2026-11-22T09:00:00Z");
const DAY = 24 * 3600;

const FILE = `# Production; changed by pull requests only.
config:
  rotation:profile: prod # see docs
  rotation:counter: 7
  rotation:retired: 6
  rotation:certificate: /subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/shared/providers/Microsoft.KeyVault/vaults/shared-certificates/secrets/app
`;

function plan(counter: number, live: number, retired: number): Plan {
  return { counter, live, retired };
}

function run(of: Plan, attempt = "2026-11-01T00:00:00.000Z"): Run {
  return { plan: of, settings: "s", attempt };
}

/** Records of a stack whose last run completed, with a credential of some age. */
function completed(of: Plan, { ageDays = 21, leftDays = 69, liveHours = 500 } = {}): Records {
  const seconds = NOW.getTime() / 1000;
  return {
    completed: run(of),
    started: run(of),
    trafficTo: slotOf(of.live),
    live: {
      slot: slotOf(of.live),
      generation: of.live,
      created: new Date((seconds - ageDays * DAY) * 1000).toISOString(),
      expires: new Date((seconds + leftDays * DAY) * 1000).toISOString(),
      started: new Date((seconds - liveHours * 3600) * 1000).toISOString(),
    },
  };
}

/** When the run that stopped half way was started. */
const ATTEMPT = "2026-11-22T08:00:00.000Z";

/** Records of a stack whose last run stopped half way, with or without the traffic moved. */
function stopped(
  from: Plan,
  to: Plan,
  trafficTo: number,
  rest: Pick<Records, "trafficPending" | "promoted"> = {},
): Records {
  return {
    ...completed(from),
    started: run(to, ATTEMPT),
    trafficTo: slotOf(trafficTo),
    ...rest,
  };
}

function request(asked: Asked, records: Records, rest: Partial<Request> = {}): Request {
  return {
    stack: "prod",
    asked,
    records,
    file: FILE,
    branches: ["main"],
    calendar: { now: NOW, soakHours: 24, leadDays: 35 },
    ...rest,
  };
}

function proposed(...args: Parameters<typeof request>): Proposal {
  const outcome = propose(request(...args));
  assert.ok("proposal" in outcome, JSON.stringify(outcome));
  return outcome.proposal;
}

function settled(...args: Parameters<typeof request>): string {
  const outcome = propose(request(...args));
  assert.ok("settled" in outcome, JSON.stringify(outcome));
  return outcome.settled;
}

function refused(...args: Parameters<typeof request>): string {
  const outcome = propose(request(...args));
  assert.ok("refused" in outcome, JSON.stringify(outcome));
  return outcome.refused;
}

describe("A proposal", () => {
  const serving = plan(7, 7, 6);

  it("has a branch that git takes, whatever the stack is called", () => {
    for (const stack of ["prod.eu", ".a..b.lock", "v1.", "lock", "a-b_c"]) {
      const { branch } = proposed("rotate", completed(serving), { stack });
      execFileSync("git", ["check-ref-format", "--branch", branch]);
    }
  });

  it("to rotate raises the counter by one and leaves every other line of the file as it was", () => {
    const { file, title, branch } = proposed("rotate", completed(serving));
    assert.strictEqual(file, FILE.replace("counter: 7", "counter: 8"));
    assert.strictEqual(title, "prod: rotate 7 -> 8");
    assert.strictEqual(branch, "rotation/prod/rotate-8");
  });

  it("says how old the credential in service is and when it expires", () => {
    const { body } = proposed("rotate", completed(serving, { ageDays: 62, leftDays: 28 }));
    assert.match(body, /generation 7 \(green\), is 62 days old: created on 2026-09-21/);
    assert.match(body, /expires on 2026-12-20 \(in 28 days\)/);
    const late = proposed("rotate", completed(serving, { ageDays: 95, leftDays: -5 }));
    assert.match(late.body, /is 95 days old.*expired since 2026-11-17 \(5 days ago\)/);
  });

  it("to retire names the generation that ends, and says that it is the point of no return", () => {
    const file = FILE.replace("counter: 7", "counter: 8");
    const { title, body, ...rest } = proposed("retire", completed(plan(8, 8, 6)), { file });
    assert.strictEqual(rest.file, file.replace("retired: 6", "retired: 7"));
    assert.strictEqual(title, "prod: retire generation 7");
    assert.match(body, /cannot be rolled back/);
  });

  it("to make an emergency names the generation that comes, also on the way on from a way back", () => {
    const from = plan(7, 7, 6);
    const file = `${FILE.replace("counter: 7", "counter: 8")}  rotation:live: 7\n`;
    const onward = proposed("emergency", stopped(from, plan(8, 7, 6), 7), { file });
    for (const { title, body, plan: to } of [proposed("emergency", completed(from)), onward]) {
      assert.deepStrictEqual(to, plan(8, 8, 7));
      assert.strictEqual(title, "prod: emergency, to generation 8");
      assert.match(body, /the login of generation 7 \(green\) is disabled in the same run/);
    }
  });

  it("to roll back sets the live generation to the previous one", () => {
    const file = FILE.replace("counter: 7", "counter: 8");
    const { plan: to, file: changed } = proposed("roll-back", completed(plan(8, 8, 6)), { file });
    assert.deepStrictEqual(to, plan(8, 7, 6));
    assert.match(changed, /^ {2}rotation:live: 7$/m);
  });

  it("to promote takes the live generation out of the file", () => {
    const file = `${FILE.replace("counter: 7", "counter: 8")}  rotation:live: 7\n`;
    const { file: changed } = proposed("promote", completed(plan(8, 7, 6)), { file });
    assert.doesNotMatch(changed, /rotation:live/);
  });

  it("is never anything that the guard would refuse, and is everything that it would allow", () => {
    const plans = fc
      .record({ counter: fc.nat(9), live: fc.nat(9), retired: fc.integer({ min: -1, max: 9 }) })
      .filter((each) => planProblems(each).length === 0);
    fc.assert(
      fc.property(plans, fc.constantFrom(...MOVES), (from, asked) => {
        const records = completed(from);
        const outcome = propose(request(asked, records, { file: writePlan(FILE, from) }));
        const move = asked === "roll-back" ? "roll back" : asked;
        const expected = movesFrom(from).get(move);
        if (expected === undefined) {
          assert.ok("refused" in outcome);
        } else {
          assert.ok("proposal" in outcome);
          const asks = readPlan(outcome.proposal.file);
          assert.ok(samePlan(asks, expected));
          const target = { plan: asks, settings: "s" };
          const verdict = judge(records.completed, records.started, target, () => "");
          assert.deepStrictEqual(verdict, { move });
        }
      }),
    );
  });

  it("is not made while another one is open for the same stack", () => {
    const branches = ["main", "rotation/dev/rotate-3", "rotation/prod/rotate-8"];
    assert.match(
      settled("rotate", completed(serving), { branches }),
      /rotate-8 is already proposed/,
    );
    assert.match(settled("due", completed(serving, { leftDays: 3 }), { branches }), /proposed/);
  });

  it("is made while one is open for another stack", () => {
    const branches = ["rotation/dev/rotate-8", "rotation/production/rotate-8"];
    assert.strictEqual(proposed("rotate", completed(serving), { branches }).plan.counter, 8);
  });

  it("is not made while the main branch asks for what is not in force yet", () => {
    const file = FILE.replace("counter: 7", "counter: 8");
    assert.match(refused("retire", completed(plan(7, 7, 5)), { file }), /run `up` before another/);
    assert.match(settled("rotate", completed(serving), { file }), /already asks for .*: run `up`/);
  });

  it("to rotate is refused while a generation waits, and names what is possible", () => {
    const file = `${FILE.replace("counter: 7", "counter: 8")}  rotation:live: 7\n`;
    const reason = refused("rotate", completed(plan(8, 7, 6)), { file });
    assert.match(reason, /^rotate is not possible now. Possible: promote, withdraw.$/);
  });

  it("is refused before the first deployment has completed", () => {
    assert.match(refused("rotate", {}), /run the first `up` first/);
  });
});

describe("What is due", () => {
  const file = FILE.replace("counter: 7", "counter: 8");

  it("is a rotation when the expiry is near, and nothing before", () => {
    const at = (leftDays: number) => completed(plan(7, 7, 6), { leftDays });
    assert.match(settled("due", at(36)), /expires in 36 days; it is replaced 35 days before/);
    assert.strictEqual(proposed("due", at(35)).move, "rotate");
  });

  it("is the retirement of the previous generation when the new one has soaked", () => {
    const after = (liveHours: number) => completed(plan(8, 8, 6), { liveHours });
    assert.match(settled("due", after(23), { file }), /live for 23 hours.*retired after 24/);
    assert.strictEqual(proposed("due", after(24), { file }).move, "retire");
  });

  it("is nothing while a generation waits to be promoted or withdrawn", () => {
    const staged = `${file}  rotation:live: 7\n`;
    const records = completed(plan(8, 7, 6), { leftDays: 1 });
    assert.match(settled("due", records, { file: staged }), /a person must promote or withdraw/);
  });

  it("is nothing while a legacy login lives, which a person has to end", () => {
    for (const adopting of [plan(-1, -1, -2), plan(0, -1, -2), plan(0, 0, -2)]) {
      const records = completed(adopting, { leftDays: 1, liveHours: 100 });
      const text = writePlan(FILE, adopting);
      assert.match(settled("due", records, { file: text }), /legacy login is not retired/);
    }
    assert.strictEqual(
      proposed("retire", completed(plan(0, 0, -2)), { file: writePlan(FILE, plan(0, 0, -2)) }).move,
      "retire",
    );
  });

  it("is nothing while a run is under way or has stopped half way", () => {
    const records = stopped(plan(7, 7, 6), plan(8, 8, 6), 8);
    assert.match(settled("due", records, { file }), /must be finished first/);
  });

  it("is nothing after a change of settings that stopped half way", () => {
    const records = completed(plan(7, 7, 6), { leftDays: 1 });
    const started = { ...records.started!, settings: "others" };
    assert.match(settled("due", { ...records, started }), /so rotate must wait/);
  });
});

describe("The way back", () => {
  const file = FILE.replace("counter: 7", "counter: 8");
  const from = plan(7, 7, 6);
  const to = plan(8, 8, 6);

  it("is proposed when the proof after promotion did not pass", () => {
    const {
      plan: back,
      branch,
      file: changed,
    } = proposed("way-back", stopped(from, to, 8), { file });
    assert.deepStrictEqual(back, plan(8, 7, 6));
    assert.strictEqual(branch, "rotation/prod/roll-back-8");
    assert.deepStrictEqual(readPlan(changed), back);
  });

  it("is proposed although something else is open, but only once", () => {
    const records = stopped(from, to, 8);
    const others = ["rotation/prod/retire-8"];
    assert.strictEqual(proposed("way-back", records, { file, branches: others }).move, "go back");
    const branches = [...others, "rotation/prod/roll-back-8"];
    assert.match(settled("way-back", records, { file, branches }), /already proposed/);
  });

  it("is not proposed when the run stopped before the switch", () => {
    const reason = settled("way-back", stopped(from, to, 7), { file });
    assert.match(reason, /stopped before it moved traffic/);
  });

  it("is not proposed when production was seen with the new generation", () => {
    const reason = settled("way-back", stopped(from, to, 8, { promoted: true }), { file });
    assert.match(reason, /stopped after the proof that generation 8 serves production/);
    assert.match(reason, /run `up` by hand/);
  });

  it("is not proposed after an emergency, because it leads to the credential that leaked", () => {
    const emergency = plan(8, 8, 7);
    const asks = { file: file.replace("retired: 6", "retired: 7") };
    const records = stopped(from, emergency, 8);
    const reason = settled("way-back", records, asks);
    assert.match(reason, /was going to disable the credential of generation 7/);
    assert.match(reason, /Fix the cause and run `up` by hand/);
    assert.match(reason, /roll-back/);
  });

  it("after an emergency is a person's to ask for, and says what comes back with it", () => {
    const asks = { file: file.replace("retired: 6", "retired: 7") };
    const {
      body,
      plan: back,
      title,
    } = proposed("roll-back", stopped(from, plan(8, 8, 7), 8), asks);
    assert.deepStrictEqual(back, plan(8, 7, 6));
    assert.match(title, /which the emergency was going to disable$/);
    assert.match(body, /whoever has it can use it/);
    assert.doesNotMatch(body, /still valid/);
  });

  it("is not proposed, nor is production said to be anywhere, when the switch was cut off", () => {
    for (const trafficTo of [7, 8]) {
      for (const started of [to, plan(8, 8, 7), plan(8, 7, 6)]) {
        const records = stopped(from, started, trafficTo, { trafficPending: true });
        const reason = settled("way-back", records, { file });
        assert.match(reason, /not certain which slot receives traffic/);
        assert.match(reason, /First run `npm run recover`.* then `up` by hand/);
      }
    }
  });

  it("is not proposed when the last run completed, or was not to move traffic", () => {
    assert.match(settled("way-back", completed(to), { file }), /nothing to go back from/);
    const retiring = stopped(to, plan(8, 8, 7), 8);
    assert.match(settled("way-back", retiring, { file }), /was not going to move traffic/);
  });
});

describe("A stack file", () => {
  it("gets a key that it did not have, and means the defaults where it has none", () => {
    const bare = "config:\n  rotation:profile: dev\n";
    assert.deepStrictEqual(readPlan(bare), plan(0, 0, -1));
    assert.strictEqual(writePlan(bare, plan(1, 1, -1)), `${bare}  rotation:counter: 1\n`);
  });

  it("keeps encrypted values and comments", () => {
    const text = `${FILE}  # a key\n  secret:\n    secure: v1:abc= # sealed\n`;
    assert.strictEqual(writePlan(text, plan(7, 7, 6)), text);
  });

  it("that Pulumi would not read asks for no plan: nothing is settled by it", () => {
    const conflict = `${FILE}<<<<<<< HEAD\n  rotation:live: 1\n=======\n>>>>>>> other\n`;
    assert.throws(
      () => propose(request("due", completed(plan(7, 7, 6)), { file: conflict })),
      /stacks\/Pulumi\.prod\.yaml is not valid YAML: .* git conflict markers/,
    );
  });

  it("with a number that is none is an error that names the key", () => {
    assert.throws(() => readPlan(FILE.replace("7", "seven")), /rotation:counter .* "seven"/);
  });
});

describe("The records of a stack", () => {
  const state = {
    deployment: {
      resources: [
        {
          urn: "urn:pulumi:prod::rotation::pulumi:pulumi:Stack::rotation-prod",
          type: "pulumi:pulumi:Stack",
          outputs: { completed: run(plan(7, 7, 6)), live: { ...completed(plan(7, 7, 6)).live } },
        },
        {
          urn: "urn:pulumi:prod::rotation::rotation:index:PlanGuard$pulumi:index:Stash::guard-started",
          type: "pulumi:index:Stash",
          inputs: { input: run(plan(8, 8, 6)) },
        },
        {
          urn: "urn:pulumi:prod::rotation::rotation:index:Rotation$kubernetes:networking.k8s.io/v1:Ingress::rotation-traffic",
          type: "kubernetes:networking.k8s.io/v1:Ingress",
          inputs: {
            spec: {
              rules: [{ http: { paths: [{ backend: { service: { name: "app-blue" } } }] } }],
            },
          },
        },
      ],
    },
  };

  it("are the completed run, the started one, the live credential and where traffic goes", () => {
    assert.deepStrictEqual(recordsOf(state), {
      completed: run(plan(7, 7, 6)),
      started: run(plan(8, 8, 6)),
      live: completed(plan(7, 7, 6)).live,
      trafficTo: "blue",
    });
  });

  describe("of where traffic goes", () => {
    const [stack] = state.deployment.resources as StateResource[];

    /** Whom production leads to, by the Service that an object of this type names. */
    function trafficTo(
      service: string,
      type = "Ingress",
      outputs: Record<string, unknown> = {},
    ): unknown {
      const traffic: StateResource = {
        urn: `urn:pulumi:prod::rotation::kubernetes:networking.k8s.io/v1:${type}::rotation-traffic`,
        type: `kubernetes:networking.k8s.io/v1:${type}`,
        inputs: {
          spec: { rules: [{ http: { paths: [{ backend: { service: { name: service } } }] } }] },
        },
      };
      const own = { ...stack!, outputs };
      return recordsOf({ deployment: { resources: [own, traffic] } }).trafficTo;
    }

    it("know the Services of a chart of one's own by the outputs", () => {
      const [blue, green] = ["one", "two"].map((name) => ({ service: { name }, deployment: name }));
      const outputs = { connections: { objects: { blue, green } } };
      assert.strictEqual(trafficTo("two", "Ingress", outputs), "green");
      assert.throws(() => trafficTo("two"), /two, which is not a slot's service/);
    });

    it("know where both slots have one release, by the credential that its pods are to hold", () => {
      const shape = { ...ownSlotShapes("app").blue, deployment: "app" };
      const outputs = { connections: { objects: { blue: shape, green: shape } } };
      const own = { ...stack!, outputs };
      const heldBy = (values: object, more: Partial<StateResource> = {}) => {
        const release: StateResource = {
          urn: "urn:pulumi:prod::rotation::kubernetes:helm.sh/v3:Release::rotation-release",
          type: "kubernetes:helm.sh/v3:Release",
          inputs: { values },
          ...more,
        };
        return recordsOf({ deployment: { resources: [own, release] } });
      };
      const values = { env: { PGUSER: "app_green" }, account: "app-green-credential" };
      assert.strictEqual(heldBy(values).trafficTo, "green");
      assert.strictEqual(heldBy(values, { initErrors: ["timed out"] }).trafficPending, true);
      assert.throws(() => heldBy({ image: "app" }), /do not tell whose credential/);
    });

    it("know a legacy login's while it lives, through an Ingress that was taken over", () => {
      const outputs = { completed: run(plan(0, -1, -2)) };
      assert.strictEqual(trafficTo("shop-web", "IngressPatch", outputs), "legacy");
      assert.strictEqual(trafficTo("app-blue", "IngressPatch", outputs), "blue");
      const ended = { completed: run(plan(0, 0, -1)) };
      assert.throws(() => trafficTo("shop-web", "IngressPatch", ended), /not a slot's service/);
    });
  });

  describe("of a run that stopped after the switch", () => {
    const [stack, stash, ingress] = state.deployment.resources as StateResource[];

    /** What is read of a state that has these proofs too, and an Ingress with or without an end. */
    function read(jobs: StateResource[], pending: StateResource[] = []): Records {
      const started = { ...stash!, inputs: { input: run(plan(8, 8, 6), ATTEMPT) } };
      return recordsOf({
        deployment: {
          resources: [stack!, started, ingress!, ...jobs],
          pending_operations: pending.map((resource) => ({ type: "updating", resource })),
        },
      });
    }

    /** The proof after promotion as the state has it. */
    function proof(attempt: string, rest: object = {}, name = "8-live-8"): StateResource {
      const env = [
        { name: "SLOT", value: "blue" },
        { name: "ATTEMPT", value: attempt },
      ];
      return {
        urn: `urn:pulumi:prod::rotation::rotation:index:Proofs$kubernetes:batch/v1:Job::rotation-proof-after-promotion-${name}`,
        type: "kubernetes:batch/v1:Job",
        inputs: { spec: { template: { spec: { containers: [{ name: "proof", env }] } } } },
        ...rest,
      };
    }

    it("say that its proof after promotion passed", () => {
      assert.strictEqual(read([proof(ATTEMPT)]).promoted, true);
    });

    it("do not say so of a proof that failed, or never ran, or of another run", () => {
      assert.strictEqual(read([proof(ATTEMPT, { initErrors: ["failed"] })]).promoted, undefined);
      assert.strictEqual(read([]).promoted, undefined);
      assert.strictEqual(read([proof("2026-11-01T00:00:00.000Z")]).promoted, undefined);
      assert.strictEqual(read([proof(ATTEMPT, { delete: true })]).promoted, undefined);
      assert.strictEqual(read([proof(ATTEMPT, {}, "7-live-7")]).promoted, undefined);
    });

    it("say that the switch was cut off, and of no other operation", () => {
      assert.strictEqual(read([], [ingress!]).trafficPending, true);
      const doubtful = { ...ingress!, initErrors: ["a conflict"] };
      const { trafficPending } = recordsOf({ deployment: { resources: [doubtful] } });
      assert.strictEqual(trafficPending, true);
      assert.strictEqual(read([], [proof(ATTEMPT)]).trafficPending, undefined);
    });
  });

  it("hand on nothing of the record that a pull request has no use for", () => {
    const live = { ...completed(plan(7, 7, 6)).live, secretVersion: "abc" };
    const stack = { ...state.deployment.resources[0]!, outputs: { live } };
    const read = recordsOf({ deployment: { resources: [stack] } });
    assert.doesNotMatch(JSON.stringify(read), /abc/);
  });

  it("are empty before the first deployment", () => {
    assert.deepStrictEqual(recordsOf({ deployment: {} }), {});
  });
});

describe("npm run propose", () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "propose-"));
    await mkdir(join(folder, "stacks"));
    await writeFile(join(folder, "stacks/Pulumi.prod.yaml"), FILE);
    await writeFile(join(folder, "records.json"), JSON.stringify(completed(plan(7, 7, 6))));
    await writeFile(join(folder, "branches"), "abc\trefs/heads/main\n");
  });

  afterEach(() => rm(folder, { recursive: true }));

  /** Runs the command as the pipelines do; resolves with its exit code and what it printed. */
  async function command(...args: string[]) {
    const all = [
      ...[join(ROOT, "cli/rotation.mjs"), "propose", "--cwd", folder],
      ...["--stack", "prod", "--records", join(folder, "records.json")],
      ...["--branches", join(folder, "branches"), "--out", join(folder, "out"), ...args],
    ];
    try {
      return { code: 0, ...(await promisify(execFile)(process.execPath, all, { cwd: ROOT })) };
    } catch (error) {
      return error as { code: number; stdout: string; stderr: string };
    }
  }

  it("changes the file and leaves branch, title and body where a pipeline picks them up", async () => {
    const { code, stdout, stderr } = await command("--move", "rotate");
    assert.strictEqual(code, 0, stderr);
    assert.match(stdout, /^prod: rotate 7 -> 8\n/);
    assert.match(await readFile(join(folder, "stacks/Pulumi.prod.yaml"), "utf8"), /counter: 8/);
    assert.strictEqual(
      await readFile(join(folder, "out/branch"), "utf8"),
      "rotation/prod/rotate-8",
    );
    assert.strictEqual(await readFile(join(folder, "out/title"), "utf8"), "prod: rotate 7 -> 8");
    assert.match(await readFile(join(folder, "out/body.md"), "utf8"), /is \d+ days old/);
  });

  it("changes nothing and ends well when the same is proposed already", async () => {
    await writeFile(join(folder, "branches"), "abc\trefs/heads/rotation/prod/rotate-8\n");
    const { code, stdout } = await command("--move", "rotate");
    assert.strictEqual(code, 0);
    assert.match(stdout, /^Nothing to propose. rotation\/prod\/rotate-8 is already proposed/);
    assert.strictEqual(await readFile(join(folder, "stacks/Pulumi.prod.yaml"), "utf8"), FILE);
  });

  it("ends with 3 when the move is refused and with 2 when it makes no sense", async () => {
    const withdraw = await command("--move", "withdraw");
    assert.strictEqual(withdraw.code, 3);
    assert.match(withdraw.stderr, /withdraw is not possible now/);
    assert.strictEqual((await command("--move", "sideways")).code, 2);
  });
});
