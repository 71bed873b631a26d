import assert from "node:assert";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { judge } from "../../../components/plan/judge";
import {
  commandsFor,
  movesFrom,
  reachableFrom,
  type Run,
  samePlan,
  waysOn,
} from "../../../components/plan/moves";
import type { Facts } from "../../../components/facts/facts";
import { type Plan, planProblems, rotationPlan } from "../../../components/plan/rotationPlan";
import { diagnose } from "../../../operate/status/diagnosis";
import type { Evidence, Records } from "../../../operate/status/evidence";
import { planThatFits } from "../../../operate/status/reconstruction";
import { statusReport } from "../../../operate/status/report";
import { readState } from "../../../operate/status/stackState";
import { OWN } from "../../support/pulumiCli";
import { ownSlotShapes } from "../../../components/chart";
import { factsOfOneRelease, factsOfPlan, LEGACY_SERVICE, version } from "./planFacts";
import { says } from "../../support/says";

const plan = (counter: number, live = counter, retired = -1): Plan => ({ counter, live, retired });
const run = (of: Plan, attempt: string): Run => ({ plan: of, settings: "s", attempt });

function evidence(facts: Facts, records: Records = {}): Evidence {
  return {
    application: "app",
    namespace: "app",
    vault: "kv-app",
    replicas: 2,
    facts,
    records: { connections: 16, ...records },
    now: new Date("2026-11-22T12:00:00Z"),
  };
}

function completed(of: Plan): Records {
  return { completed: run(of, "a"), started: run(of, "a"), secretVersion: version(of.live) };
}

/** Every plan with counters up to 5. */
const PLANS = [0, 1, 2, 3, 4, 5]
  .flatMap((counter) => [counter, counter - 1].map((live) => ({ counter, live })))
  .flatMap(({ counter, live }) =>
    Array.from({ length: live + 1 }, (_, index) => plan(counter, live, index - 1)),
  )
  .filter((candidate) => planProblems(candidate).length === 0);

/** Those of an adoption, before the legacy login is retired. */
const ADOPTIONS = [plan(-1, -1, -2), plan(0, -1, -2), plan(0, 0, -2)];

const LEGACY_LOGIN = {
  role: "Shop-App.Legacy",
  service: LEGACY_SERVICE,
  databaseName: "Shop-DB",
  ownerRole: "Shop-App.Legacy",
};
const APP = { application: "app", legacy: LEGACY_LOGIN };

interface Row {
  readonly title: string;
  /** Changes of what counter 4, live 4, retired 2 leaves behind. */
  readonly change: (facts: Writable) => void;
  readonly texts: readonly RegExp[];
}

type Writable = { -readonly [K in Exclude<keyof Facts, "slots">]: Facts[K] } & {
  slots: Record<"blue" | "green", Record<string, unknown>>;
};

const ROWS: readonly Row[] = [
  {
    title: "another password of the live role",
    change: ({ slots }) => (slots.blue["login"] = { version: "v4", sqlstate: "28P01" }),
    texts: [/app_blue with version v4 .* refused \(28P01\)/],
  },
  {
    title: "another password of the previous role",
    change: ({ slots }) => (slots.green["login"] = { version: "v3", sqlstate: "28P01" }),
    texts: [/app_green with version v3 .* was refused \(28P01\)/],
  },
  {
    title: "a role that is gone, which is not one that was not seen",
    change: ({ slots }) => {
      slots.green["role"] = null;
      slots.green["login"] = { version: "v3", sqlstate: "28P01" };
    },
    texts: [/There is no role app_green\. Expected: one for each slot/, /green .*: no role;/],
  },
  {
    title: "a Deployment that is gone",
    change: ({ slots }) => (slots.green["release"] = null),
    texts: [/There is no Deployment app-green\./, /green .*; no release\./],
  },
  {
    title: "a role whose password ended",
    change: ({ slots }) => {
      const role = { canLogin: true, sessions: 0, validUntil: "2025-01-01T00:00:00Z" };
      slots.green["role"] = role;
      slots.green["login"] = { version: "v3", sqlstate: "28P01" };
    },
    texts: [/app_green has a password that expires at 2025-01-01T00:00:00Z/],
  },
  {
    title: "pods that have mounted something else",
    change: ({ slots }) => {
      slots.green["release"] = {
        ...(slots.green["release"] as object),
        mounted: ["v1"],
      };
    },
    texts: [/Pods of app-green have mounted v1\. Expected: v3/],
  },
  {
    title: "pods of another generation than the vault's",
    change: ({ slots }) => {
      slots.green["release"] = { ...(slots.green["release"] as object), generation: 1 };
    },
    texts: [/The pods of app-green are from generation 1/],
  },
  {
    title: "an answer of another slot than the Ingress leads to",
    change: (facts) =>
      (facts.production = { status: 200, slot: "green", generation: 3, secretVersion: "v3" }),
    texts: [
      /answered by the green slot, but the Ingress routes to app-blue/,
      // An `up` without a change would ask nobody: the proof of this plan has passed.
      /generation 4, which is live\.\n.*backend health and the ingress controller's log/,
    ],
  },
  {
    title: "no answer of the application",
    change: (facts) => (facts.production = { status: 502 }),
    texts: [/Production returns status 502/],
  },
  {
    title: "a credential that has expired",
    change: ({ slots }) => {
      const secrets = slots.blue["secrets"] as object[];
      slots.blue["secrets"] = [{ ...secrets[0], expires: "2026-11-01T00:00:00.000Z" }];
    },
    texts: [/The credential in app-blue expired on 2026-11-01/],
  },
  {
    title: "an image that nobody configured",
    change: ({ slots }) => {
      slots.blue["release"] = { ...(slots.blue["release"] as object), image: "app:1.1.0" };
    },
    texts: [/app-blue runs app:1\.1\.0\. Expected: app:1\.0\.0/],
  },
  {
    title: "a scaled live release",
    change: ({ slots }) => {
      slots.blue["release"] = { ...(slots.blue["release"] as object), replicas: 7 };
    },
    texts: [/app-blue is scaled to 7 pods/],
  },
];

describe("diagnose", () => {
  it("agrees with every plan that a run completed, and lists its moves with their commands", () => {
    for (const each of PLANS) {
      const diagnosis = diagnose(evidence(factsOfPlan(each), completed(each)));
      assert.deepStrictEqual(diagnosis.disagreements, [], JSON.stringify(each));
      assert.deepStrictEqual([diagnosis.state, diagnosis.plan], ["completed", each]);
      const moves = [...movesFrom(each)].filter(([move]) => move !== "nothing");
      assert.deepStrictEqual(
        diagnosis.moves.map(({ move, commands }) => [move, commands]),
        moves.map(([move, target]) => [move, commandsFor(target)]),
      );
    }
  });

  it("finds every plan again from the facts alone, with the configuration for it", () => {
    for (const each of PLANS) {
      const found = diagnose(evidence(factsOfPlan(each)));
      assert.strictEqual(found.state, "reconstructed", JSON.stringify(each));
      assert(found.plan);
      const slotsOf = ({ counter, live, retired }: Plan) => {
        const { liveSlot, slots } = rotationPlan({ counter, live, retired });
        return { slots, liveSlot };
      };
      assert.deepStrictEqual(slotsOf(found.plan), slotsOf(each));
      assert.strictEqual(`${found.configuration} && pulumi up`, commandsFor(found.plan));
      assert.deepStrictEqual(found.disagreements, []);
    }
  });

  describe("where both slots have one release", () => {
    const slot = { ...ownSlotShapes("app").blue, deployment: "app" };
    const objects = { blue: slot, green: slot };
    const one = { objects, hosts: { production: "app.example" } };
    const usual = PLANS.filter(({ live }) => live >= 0);

    it("agrees with every plan that a run completed, and finds it again from the facts alone", () => {
      const shape = { ...slot, service: { name: "app", port: 80 } };
      const of = { ...one, objects: { blue: shape, green: shape } };
      for (const each of usual) {
        const facts = factsOfOneRelease(each);
        const { disagreements } = diagnose({ ...evidence(facts, completed(each)), ...of });
        assert.deepStrictEqual(disagreements, [], JSON.stringify(each));
        // Production may answer without a word of who it is.
        for (const production of [facts.production, { status: 200 }]) {
          const found = planThatFits(
            { ...facts, ...(production && { production }) },
            { application: "app", ...of },
          );
          assert.deepStrictEqual(found?.live, each.live, JSON.stringify(each));
        }
      }
    });

    it("says how many pods hold each credential", () => {
      const each = plan(4, 4, 2);
      const facts = factsOfOneRelease(each);
      const { blue, green } = facts.slots;
      const mixed = { ...facts, slots: { blue, green: { ...green, holders: 1 } } };
      const diagnosis = diagnose({ ...evidence(mixed, completed(each)), ...one });
      const report = statusReport("prod", diagnosis, mixed);
      says(report, /blue .*; 2 pods hold it; 2 of 2 pods ready/, /green .*; 1 pod holds it\./);
    });
  });

  it("names a role that does not act as the last run told it to", () => {
    const facts = factsOfPlan(plan(4, 4, 2));
    const records: Records = { ...completed(plan(4, 4, 2)), actAs: "owner" };
    says(
      diagnose(evidence(facts, records)).disagreements[0]?.found ?? "",
      "app_blue acts as itself",
    );
  });

  it("calls a run that did not complete half finished, with the ways on from it", () => {
    const [from, to] = [plan(4, 4, 2), plan(5, 5, 2)];
    const records = { completed: run(from, "a"), started: run(to, "b"), secretVersion: "v4" };
    const diagnosis = diagnose(evidence(factsOfPlan(from), records));
    assert.deepStrictEqual(
      [diagnosis.state, diagnosis.plan, diagnosis.started],
      ["half-finished", from, to],
    );
    assert.deepStrictEqual(
      diagnosis.moves.map(({ move }) => move),
      [...waysOn(from, to).keys()],
    );
    assert.deepStrictEqual(diagnosis.disagreements, []);
  });

  it("says when the facts of a half-finished run fit what was started", () => {
    const [from, to] = [plan(4, 4, 2), plan(5, 5, 3)];
    const records = { completed: run(from, "a"), started: run(to, "b") };
    const { summary } = diagnose(evidence(factsOfPlan(to), records));
    says(summary.join(" "), /facts match the plan .* started/);
  });

  describe("after an `up` that changed settings and stopped half way", () => {
    const of = plan(4, 4, 2);
    const records = {
      ...completed(of),
      image: "app:1.0.0",
      started: { ...run(of, "a"), settings: "others", template: "new" },
    };

    it("says so, and offers only what the guard accepts: the same `up` again", () => {
      const facts = factsOfPlan(of);
      const diagnosis = diagnose(evidence(facts, records));
      assert.deepStrictEqual(
        [diagnosis.state, diagnosis.plan, diagnosis.started],
        ["half-finished", of, of],
      );
      assert.deepStrictEqual(diagnosis.moves, [
        { move: "finish", plan: of, commands: commandsFor(of) },
      ]);
      const report = statusReport("prod", diagnosis, facts);
      assert.match(report, /The last `up` changed settings and did not complete/);
      assert.match(
        report,
        /finish \(run the same plan again\): pulumi config set rotation:counter -- 4/,
      );
      assert.doesNotMatch(report, /The last run completed/);
    });

    it("offers to end the other slot, too, where the live one has got all of the new settings", () => {
      const facts = structuredClone(factsOfPlan(of)) as unknown as Writable;
      Object.assign(facts.slots.blue["release"] as object, { template: "new" });
      assert.deepStrictEqual(
        diagnose(evidence(facts, records)).moves.map(({ move }) => move),
        ["finish", "retire"],
      );
    });

    it("blames nobody for pods that the run has not replaced or scaled yet", () => {
      const facts = structuredClone(factsOfPlan(of)) as unknown as Writable;
      Object.assign(facts.slots.blue["release"] as object, { image: "app:1.1.0" });
      const more = { ...evidence(facts, records), replicas: 5 };
      assert.deepStrictEqual(diagnose(more).disagreements, []);
    });
  });

  it("offers nothing that the guard refuses, and the way out of every half-finished run", () => {
    for (const from of PLANS) {
      for (const to of reachableFrom(from)) {
        const records = { completed: run(from, "a"), started: run(to, "b") };
        const { moves } = diagnose(evidence(factsOfPlan(from), records));
        assert.deepStrictEqual(moves[0], { move: "finish", plan: to, commands: commandsFor(to) });
        for (const { move, plan: target } of moves) {
          const whole = () => "";
          const verdict = judge(records.completed, records.started, run(target, ""), whole);
          assert.deepStrictEqual(verdict, { move });
        }
      }
    }
  });

  it("calls a first deployment that stopped half finished, with one way: finish", () => {
    const to = plan(3);
    const nothing: Facts = { slots: { blue: {}, green: {} }, unseen: [] };
    for (const facts of [nothing, factsOfPlan(to)]) {
      const diagnosis = diagnose(evidence(facts, { started: run(to, "a") }));
      assert.deepStrictEqual(
        [diagnosis.state, diagnosis.plan, diagnosis.started, diagnosis.configuration],
        ["half-finished", undefined, to, undefined],
      );
      assert.deepStrictEqual(diagnosis.moves, [
        { move: "finish", plan: to, commands: commandsFor(to) },
      ]);
      const text = diagnosis.summary.join(" ");
      assert.match(text, /The first deployment, counter 3, .* did not complete/);
      assert.doesNotMatch(text, /Restore the state|No plan matches/);
    }
  });

  for (const { title, change, texts } of ROWS) {
    it(`names ${title}`, () => {
      const of = plan(4, 4, 2);
      const facts = structuredClone(factsOfPlan(of)) as unknown as Writable;
      change(facts);
      const recorded = { ...completed(of), image: "app:1.0.0" };
      const diagnosis = diagnose(evidence(facts, recorded));
      assert.notStrictEqual(diagnosis.disagreements.length, 0);
      const report = statusReport("prod", diagnosis, facts);
      texts.forEach((text) => assert.match(report, text));
      diagnosis.disagreements.forEach(({ help }) => assert.match(help, /\S/));
    });
  }

  it("names what is left of a retired slot", () => {
    const of = plan(4, 4, 3);
    const facts = structuredClone(factsOfPlan(plan(4, 4, 2))) as unknown as Writable;
    const diagnosis = diagnose(evidence(facts, completed(of)));
    const report = statusReport("prod", diagnosis, facts);
    assert.match(report, /The role app_green can log in\. Expected: it cannot/);
    assert.match(report, /The newest version v3 of app-green is enabled/);
    assert.match(report, /The Deployment app-green has 2 pods/);
  });

  it("says that no plan fits, where none does, and offers no move", () => {
    const facts = structuredClone(factsOfPlan(plan(4, 4, 2))) as unknown as Writable;
    facts.slots.green["role"] = { canLogin: false, sessions: 0 };
    const diagnosis = diagnose(evidence(facts));
    assert.deepStrictEqual([diagnosis.state, diagnosis.moves.length], ["unknown", 0]);
    assert.match(diagnosis.summary.join(" "), /No plan matches them/);
  });

  it("names what it could not ask, and judges by the rest", () => {
    const of = plan(4, 4, 2);
    const blind: Facts = {
      slots: { blue: {}, green: {} },
      unseen: [{ place: "database", why: "no way to host" }],
    };
    const diagnosis = diagnose(evidence(blind, completed(of)));
    assert.deepStrictEqual(diagnosis.disagreements, []);
    const report = statusReport("prod", diagnosis, blind);
    assert.match(report, /The database could not be read: no way to host/);
    assert.match(report, /unknown who answers production/);
  });
});

describe("planThatFits", () => {
  it("never finds a plan that is none", () => {
    for (const each of PLANS) {
      const found = planThatFits(factsOfPlan(each), APP);
      assert.deepStrictEqual(found && planProblems(found), []);
    }
  });

  it("tells an adoption's plans apart by who serves and whether the legacy login lives", () => {
    for (const each of [...ADOPTIONS, plan(0, 0, -1)]) {
      const found = planThatFits(factsOfPlan(each), APP);
      assert.ok(found && samePlan(found, each), JSON.stringify({ each, found }));
    }
  });

  it("does not take generations that are no neighbours for a plan", () => {
    const facts = structuredClone(factsOfPlan(plan(4, 4, 2))) as unknown as Writable;
    facts.slots.green["secrets"] = [{ version: "v1", enabled: true, generation: 1 }];
    assert.strictEqual(planThatFits(facts, APP), undefined);
  });

  it("goes by the Ingress where nobody answers for the gateway", () => {
    const { routes, slots, unseen } = factsOfPlan(plan(4, 3, 2));
    const found = planThatFits({ slots, unseen, ...(routes && { routes }) }, APP);
    assert.ok(found && samePlan(found, plan(4, 3, 2)), JSON.stringify(found));
  });
});

describe("The state that status reads", () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "status-"));
  });

  afterEach(() => rm(folder, { recursive: true }));

  /** Reads a state with these resources, by a stand-in for the Pulumi CLI. */
  async function read(resources: object[]) {
    const pulumi = join(folder, "pulumi");
    const state = JSON.stringify({ deployment: { resources } });
    await writeFile(pulumi, `#!/bin/sh\ncat <<'STATE'\n${state}\nSTATE\n`, { mode: 0o755 });
    return readState({ stack: "prod", cwd: folder, pulumi }, OWN);
  }

  const stash = {
    urn: "urn:pulumi:prod::rotation::rotation:index:PlanGuard$pulumi:index:Stash::guard-started",
    type: "pulumi:index:Stash",
    inputs: { input: run(plan(0), "a") },
  };

  it("has the plan of a first deployment that stopped", async () => {
    assert.deepStrictEqual(await read([stash]), { records: { started: run(plan(0), "a") } });
  });

  it("has the image in force, and what the slots' roles were given", async () => {
    const stack = {
      urn: "urn:pulumi:prod::rotation::pulumi:pulumi:Stack::rotation-prod",
      type: "pulumi:pulumi:Stack",
      outputs: { completed: run(plan(0), "a"), live: { images: { app: "app:1.0.0" } } },
    };
    const role = {
      urn: "urn:pulumi:prod::rotation::rotation:index:Slot$postgresql:index/role:Role::rotation-green-role",
      type: "postgresql:index/role:Role",
      inputs: { connectionLimit: 417, assumeRole: "app_owner" },
    };
    assert.deepStrictEqual((await read([stash, stack, role])).records, {
      completed: run(plan(0), "a"),
      started: run(plan(0), "a"),
      image: "app:1.0.0",
      connections: 417,
      actAs: "owner",
    });
  });

  it("is said to be of no use when no run ever began", async () => {
    assert.match((await read([])).missing ?? "", /no record of a run/);
  });
});
