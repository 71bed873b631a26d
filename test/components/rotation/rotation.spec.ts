import assert from "node:assert";
import * as pulumi from "@pulumi/pulumi";
import { type Kept, type Plan, transition } from "../../../components/plan";
import { Rotation } from "../../../components/rotation/rotation";
import { MockProgram, valueOf } from "../../../mocks/mocks";
import { ADOPTED } from "../../support/adopted";
import { rotationArgs, rotationEnvironment } from "../../support/rotationEnvironment";

const TYPE = {
  autoscaler: "kubernetes:autoscaling/v2:HorizontalPodAutoscaler",
  ingress: "kubernetes:networking.k8s.io/v1:Ingress",
  job: "kubernetes:batch/v1:Job",
  release: "kubernetes:helm.sh/v3:Release",
  role: "postgresql:index/role:Role",
  secret: "azure-native:keyvault:Secret",
  slot: "rotation:index:Slot",
} as const;

const plan = (counter: number, live = counter, retired = -1): Plan => ({ counter, live, retired });

/** Inputs of a trial that say what it tries. */
const TRIAL_INPUTS = ["chart", "timeout", "values", "version"];

interface Run {
  readonly program: MockProgram;
  readonly record: Readonly<Record<string, unknown>>;
}

const KEPT: Kept = { trial: undefined, vacates: false, cutsOff: false };

async function rotationFrom(
  from: Plan | undefined,
  to: Plan,
  { kept = KEPT, environment = rotationEnvironment() } = {},
): Promise<Run> {
  const program = await MockProgram.start();
  const { record } = new Rotation(
    "rotation",
    rotationArgs(transition(from, to), { attempt: "2026-11-28T12:00:00.000Z", kept, environment }),
  );
  const value = await valueOf(record);
  await program.drained();
  return { program, record: value };
}

/** Which of these comes after which, as `a > b`: `b` first. */
function order(program: MockProgram, first: [string, string], second: [string, string]): boolean {
  return program.comesAfter(program.find(...second), program.find(...first));
}

function variableOf({ inputs }: { inputs: Record<string, unknown> }, name: string): unknown {
  const { template } = inputs["spec"] as {
    template: { spec: { containers: { env: { name: string; value: unknown }[] }[] } };
  };
  return template.spec.containers[0]!.env.find((variable) => variable.name === name)?.value;
}

function traffic(program: MockProgram): unknown {
  const { rules } = program.find(TYPE.ingress, "rotation-traffic").inputs["spec"] as {
    rules: { http: { paths: { backend: { service: { name: string } } }[] } }[];
  };
  return rules[0]!.http.paths[0]!.backend.service.name;
}

describe("Rotation", () => {
  it("proves a new credential before production moves to it", async () => {
    const { program } = await rotationFrom(plan(7, 7, 6), plan(8, 8, 6));
    const proof: [string, string] = [TYPE.job, "rotation-proof-before-promotion-8-live-8"];
    assert.strictEqual(traffic(program), "app-blue");
    assert.ok(order(program, proof, [TYPE.ingress, "rotation-traffic"]));
  });

  it("sees every pod of the live slot replaced before it moves traffic", async () => {
    const { program } = await rotationFrom(plan(7, 7, 6), plan(8, 8, 6));
    const rolled: [string, string] = [TYPE.job, "rotation-proof-rolled-8-live-8"];
    assert.ok(order(program, [TYPE.release, "rotation-blue-release"], rolled));
    assert.ok(order(program, rolled, [TYPE.ingress, "rotation-traffic"]));
  });

  it("tries new settings with the live slot's credential before any of its pods is replaced", async () => {
    const kept = { ...KEPT, trial: { template: "0123456789ab", isSettled: false } };
    const { program } = await rotationFrom(plan(8, 8, 7), plan(8, 8, 7), { kept });
    const trial: [string, string] = [TYPE.release, "rotation-trial-0123456789ab"];
    assert.ok(order(program, [TYPE.secret, "rotation-blue-secret"], trial));
    assert.ok(order(program, trial, [TYPE.release, "rotation-blue-release"]));
    const { inputs, options } = program.find(...trial);
    const { trial: values, ...pods } = inputs["values"] as Record<string, unknown>;
    const { trial: none, ...served } = program.find(TYPE.release, "rotation-blue-release").inputs[
      "values"
    ] as Record<string, unknown>;
    // The very pods that will serve.
    assert.deepStrictEqual({ ...pods, replicas: 3 }, served);
    assert.strictEqual(none, undefined);
    assert.strictEqual((values as Record<string, unknown>)["serviceAccount"], "app-blue");
    assert.strictEqual(inputs["name"], "app-trial-01234567");
    assert.strictEqual(inputs["waitForJobs"], true);
    // One that failed, or that other values reach, runs again: as another Job.
    assert.deepStrictEqual(options.replaceOnChanges, ["#initerror", ...TRIAL_INPUTS]);
    assert.deepStrictEqual(options.ignoreChanges, []);
  });

  it("looks at nothing of a trial that a run has completed with", async () => {
    const kept = { ...KEPT, trial: { template: "0123456789ab", isSettled: true } };
    const { program } = await rotationFrom(plan(7, 7, 6), plan(8, 8, 6), { kept });
    const { options } = program.find(TYPE.release, "rotation-trial-0123456789ab");
    assert.deepStrictEqual(options.ignoreChanges, TRIAL_INPUTS);
  });

  it("has no trial where there is nothing to try", async () => {
    const { program } = await rotationFrom(plan(7, 7, 6), plan(8, 8, 6));
    assert.deepStrictEqual(
      program
        .ofType(TYPE.release)
        .map(({ name }) => name)
        .sort(),
      ["rotation-blue-release", "rotation-green-release"],
    );
  });

  it("empties a slot before its role gets another password, where its pods may be there", async () => {
    const kept = { ...KEPT, vacates: true };
    const vacated: [string, string] = [TYPE.job, "rotation-proof-vacated-8"];
    const rotated = await rotationFrom(plan(7, 7, 5), plan(8, 8, 5), { kept });
    assert.ok(order(rotated.program, vacated, [TYPE.role, "rotation-blue-role"]));
    assert.ok(order(rotated.program, vacated, [TYPE.release, "rotation-blue-release"]));
    // A stage comes after production has answered.
    const staged = await rotationFrom(plan(7, 7, 5), plan(8, 7, 5), { kept });
    const answered: [string, string] = [TYPE.job, "rotation-proof-after-promotion-8-live-7"];
    assert.ok(order(staged.program, answered, vacated));
    assert.ok(order(staged.program, vacated, [TYPE.role, "rotation-blue-role"]));
  });

  it("moves the one autoscaler with the traffic, when production has answered", async () => {
    const environment = rotationEnvironment();
    const release = { ...environment.release, autoscaling: { minReplicas: 2, maxReplicas: 6 } };
    const { program } = await rotationFrom(plan(7, 7, 6), plan(8, 8, 6), {
      environment: { ...environment, release },
    });
    const { inputs } = program.find(TYPE.autoscaler, "rotation-autoscaler");
    const { scaleTargetRef, minReplicas, maxReplicas } = inputs["spec"] as Record<string, unknown>;
    assert.deepStrictEqual(
      { scaleTargetRef, minReplicas, maxReplicas },
      {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "app-blue" },
        minReplicas: 2,
        maxReplicas: 6,
      },
    );
    const answered: [string, string] = [TYPE.job, "rotation-proof-after-promotion-8-live-8"];
    assert.ok(order(program, answered, [TYPE.autoscaler, "rotation-autoscaler"]));
    const without = await rotationFrom(plan(7, 7, 6), plan(8, 8, 6));
    assert.deepStrictEqual(without.program.ofType(TYPE.autoscaler), []);
  });

  it("switches first where nothing is promoted: on the first run, and where the slot serves", async () => {
    for (const from of [undefined, plan(8, 8, 6)]) {
      const { program } = await rotationFrom(from, plan(8, 8, 6));
      const proof: [string, string] = [TYPE.job, "rotation-proof-before-promotion-8-live-8"];
      assert.ok(order(program, [TYPE.ingress, "rotation-traffic"], proof));
    }
  });

  it("touches nothing of the other slot before production has answered from the live one", async () => {
    for (const to of [plan(8, 7, 6), plan(8, 8, 6), plan(8, 8, 7)]) {
      const { program } = await rotationFrom(plan(7, 7, 6), to);
      const other = to.live === 8 ? "green" : "blue";
      const answered: [string, string] = [
        TYPE.job,
        `rotation-proof-after-promotion-8-live-${to.live}`,
      ];
      for (const [type, name] of [
        [TYPE.slot, `rotation-${other}`],
        [TYPE.role, `rotation-${other}-role`],
        [TYPE.release, `rotation-${other}-release`],
        [TYPE.secret, `rotation-${other}-secret`],
      ] as const) {
        assert.ok(order(program, answered, [type, name]), `${JSON.stringify(to)} ${name}`);
      }
    }
  });

  it("proves a staged credential on its stage host, after production has answered", async () => {
    const { program } = await rotationFrom(plan(7, 7, 6), plan(8, 7, 6));
    assert.strictEqual(traffic(program), "app-green");
    assert.ok(
      order(
        program,
        [TYPE.job, "rotation-proof-after-promotion-8-live-7"],
        [TYPE.job, "rotation-proof-before-promotion-8-live-7"],
      ),
    );
  });

  it("makes anew, when in doubt, the roles of the slots that the run changes, and no other", async () => {
    const anew = ({ program }: Run) =>
      program
        .ofType(TYPE.role)
        .filter(({ options }) => options.replaceOnChanges.includes("#initerror"))
        .map(({ name }) => name)
        .filter((name) => name !== "rotation-rotator-role");
    assert.deepStrictEqual(anew(await rotationFrom(plan(7, 7, 6), plan(8, 8, 6))), [
      "rotation-blue-role",
    ]);
    assert.deepStrictEqual(anew(await rotationFrom(plan(8, 8, 6), plan(8, 8, 7))), [
      "rotation-green-role",
    ]);
    assert.deepStrictEqual(anew(await rotationFrom(plan(8, 8, 6), plan(8, 7, 6))), []);
  });

  it("records what is in force without a value, and only when all of it is proved", async () => {
    const { program, record } = await rotationFrom(plan(7, 7, 6), plan(8, 8, 7));
    const { slot, generation, role, started, images } = record;
    assert.deepStrictEqual(
      { slot, generation, role, started, images },
      {
        slot: "blue",
        generation: 8,
        role: "app_blue",
        started: "2026-11-28T12:00:00.000Z",
        images: rotationEnvironment().images,
      },
    );
    // With these a pod that is not of the release logs in as well.
    const { secretVersion, secretProviderClass, serviceAccount } = record;
    assert.strictEqual(secretProviderClass, `app-blue-${String(secretVersion).slice(0, 8)}`);
    assert.strictEqual(serviceAccount, "app-blue");
    const stash = program.find("pulumi:index:Stash", "rotation-record");
    assert.deepStrictEqual(stash.secretInputs, []);
    assert.ok(program.comesAfter(stash, program.find(TYPE.secret, "rotation-green-secret")));
    assert.ok(program.comesAfter(stash, program.find(TYPE.job, "rotation-proof-refused-8-live-8")));
  });

  it("records the Secret instead where the application reads one", async () => {
    const environment = rotationEnvironment({ delivery: { by: "secret" } });
    const { record } = await rotationFrom(plan(7, 7, 6), plan(8, 8, 7), { environment });
    const { secret, secretVersion } = record;
    assert.strictEqual(secret, `app-blue-8-${String(secretVersion).slice(0, 8)}`);
    assert.ok(!("secretProviderClass" in record));
  });

  it("takes another traffic switch instead of the Ingress", async () => {
    const program = await MockProgram.start();
    class Switch extends pulumi.ComponentResource {}
    new Rotation(
      "rotation",
      rotationArgs(transition(undefined, plan(8)), {
        trafficSwitch: (name, { live }, opts) =>
          new Switch("test:index:Switch", name, { live }, opts),
      }),
    );
    await program.drained();
    assert.deepStrictEqual(program.ofType(TYPE.ingress), []);
    assert.strictEqual(
      program.find("test:index:Switch", "rotation-traffic").inputs["live"],
      "blue",
    );
  });

  describe("that adopts an application with a legacy login", () => {
    const environment = {
      ...rotationEnvironment(),
      actAs: "owner" as const,
      adopted: { ...ADOPTED, legacyService: { name: "shop-web", port: 8080 } },
    };
    const adoption = (from: Plan | undefined, to: Plan) => rotationFrom(from, to, { environment });
    const jobs = (program: MockProgram) =>
      program
        .ofType(TYPE.job)
        .map(({ name }) => name.replace("rotation-proof-", ""))
        .sort();
    const ended: [string, string] = ["pulumi:index:Stash", "rotation-legacy-ended"];

    it("leaves production with it, and makes both slots only when that is seen", async () => {
      const { program, record } = await adoption(undefined, plan(-1, -1, -2));
      assert.strictEqual(traffic(program), "shop-web");
      const serves: [string, string] = [TYPE.job, "rotation-proof-legacy-serves--1-live--1"];
      assert.ok(order(program, [TYPE.ingress, "rotation-traffic"], serves));
      for (const slot of ["blue", "green"]) {
        assert.ok(order(program, serves, [TYPE.role, `rotation-${slot}-role`]));
        assert.strictEqual(program.find(TYPE.role, `rotation-${slot}-role`).inputs["login"], false);
      }
      assert.deepStrictEqual(jobs(program), [
        "drained--1-live--1",
        "legacy-serves--1-live--1",
        "refused--1-live--1",
      ]);
      const { slot, generation, role } = record;
      assert.deepStrictEqual([slot, generation, role], ["legacy", -1, "Shop-App.Legacy"]);
    });

    it("stages the first generation without touching production", async () => {
      const { program } = await adoption(plan(-1, -1, -2), plan(0, -1, -2));
      assert.strictEqual(traffic(program), "shop-web");
      assert.deepStrictEqual(jobs(program), [
        "before-promotion-0-live--1",
        "legacy-serves-0-live--1",
      ]);
    });

    it("promotes it as any other, and ends nothing of the legacy login by that", async () => {
      const { program } = await adoption(plan(0, -1, -2), plan(0, 0, -2));
      assert.strictEqual(traffic(program), "app-blue");
      assert.deepStrictEqual(jobs(program), [
        "after-promotion-0-live-0",
        "before-promotion-0-live-0",
        "rolled-0-live-0",
      ]);
      assert.deepStrictEqual(
        program
          .ofType("pulumi:index:Stash")
          .filter(({ name }) => name.startsWith("rotation-legacy")),
        [],
      );
    });

    it("ends it once production is seen with a slot, and proves that it is refused", async () => {
      for (const from of [plan(0, 0, -2), plan(-1, -1, -2)]) {
        const { program } = await adoption(from, plan(0, 0, -1));
        const answered: [string, string] = [TYPE.job, "rotation-proof-after-promotion-0-live-0"];
        const refused: [string, string] = [TYPE.job, "rotation-proof-refused-0-live-0"];
        assert.ok(order(program, answered, ended));
        assert.ok(
          order(program, answered, [
            "random:index/randomPassword:RandomPassword",
            "rotation-legacy-password",
          ]),
        );
        assert.ok(order(program, ended, refused));
        assert.strictEqual(variableOf(program.find(...refused), "ROLE"), "Shop-App.Legacy");
      }
    });

    it("keeps its end on record, and proves each generation after it as usual", async () => {
      const { program } = await adoption(plan(0, 0, -1), plan(1, 1, -1));
      assert.ok(program.find(...ended));
      assert.deepStrictEqual(jobs(program), [
        "after-promotion-1-live-1",
        "before-promotion-1-live-1",
        "rolled-1-live-1",
      ]);
      const retired = await adoption(plan(1, 1, -1), plan(1, 1, 0));
      const job = retired.program.find(TYPE.job, "rotation-proof-refused-1-live-1");
      assert.strictEqual(variableOf(job, "ROLE"), "app_blue");
    });
  });
});
