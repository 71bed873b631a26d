import assert from "node:assert";
import {
  type Kept,
  type Plan,
  type Strategy,
  STRATEGIES,
  transition,
} from "../../../components/plan";
import type { RotationEnvironment } from "../../../components/rotation/environment";
import { Rotation } from "../../../components/rotation/rotation";
import { MockProgram } from "../../../mocks/mocks";
import { rotationArgs, rotationEnvironment, SHAPE } from "../../support/rotationEnvironment";

const TYPE = {
  account: "kubernetes:core/v1:ServiceAccount",
  ingress: "kubernetes:networking.k8s.io/v1:Ingress",
  job: "kubernetes:batch/v1:Job",
  release: "kubernetes:helm.sh/v3:Release",
  role: "postgresql:index/role:Role",
  secret: "azure-native:keyvault:Secret",
} as const;

const plan = (counter: number, live = counter, retired = -1): Plan => ({ counter, live, retired });

const KEPT: Kept = { trial: undefined, vacates: false, cutsOff: false };

/** The environment of one release, which a host leads to. */
function oneRelease() {
  const usual = rotationEnvironment();
  const slot = { ...SHAPE.slots.blue, service: { name: "app", port: 80 }, deployment: "app" };
  return rotationEnvironment({
    strategy: "rolling",
    hosts: { production: "app.example.invalid" },
    release: { ...usual.release, shape: { ...SHAPE, slots: { blue: slot, green: slot } } },
  });
}

async function rotated(
  from: Plan | undefined,
  to: Plan,
  { kept = KEPT, environment = oneRelease() } = {},
): Promise<MockProgram> {
  const program = await MockProgram.start();
  new Rotation("rotation", rotationArgs(transition(from, to), { kept, environment }));
  await program.drained();
  return program;
}

/** Which of these comes after which: `first`, then `second`. */
function inOrder(program: MockProgram, ...all: readonly (readonly [string, string])[]): void {
  all.slice(1).forEach((later, index) => {
    const [first, second] = [program.find(...all[index]!), program.find(...later)];
    assert.ok(program.comesAfter(second, first), `${second.name} does not wait for ${first.name}.`);
  });
}

/** What of a credential a change of the strategy must not replace. */
const CREDENTIAL = /-(password|role|sessions|secret|times)$/;

async function credentialsUnder(strategy: Strategy): Promise<string[]> {
  const environment = strategy === "blueGreen" ? rotationEnvironment() : oneRelease();
  const program = await rotated(plan(7, 7, 5), plan(8, 8, 5), { environment });
  return program.registrations
    .map(({ urn }) => urn)
    .filter((urn) => urn.includes("rotation:index:Slot$") && CREDENTIAL.test(urn))
    .sort();
}

describe("strategies", () => {
  it("keep the URNs of password, role, grant and secret", async () => {
    const usual = await credentialsUnder("blueGreen");
    assert.ok(usual.length >= 8, usual.join("\n"));
    for (const strategy of STRATEGIES) {
      assert.deepStrictEqual(await credentialsUnder(strategy), usual, strategy);
    }
  });
});

describe("rolling", () => {
  it("has one release, after a login with the new credential, and sees it rolled before the gateway", async () => {
    const program = await rotated(plan(7, 7, 6), plan(8, 8, 6));
    const releases = program.ofType(TYPE.release).map(({ inputs }) => inputs["name"]);
    assert.deepStrictEqual(releases, ["app"]);
    inOrder(
      program,
      [TYPE.secret, "rotation-blue-secret"],
      [TYPE.job, "rotation-proof-before-promotion-8-live-8"],
      [TYPE.release, "rotation-release"],
      [TYPE.job, "rotation-proof-rolled-8-live-8"],
      [TYPE.ingress, "rotation-traffic"],
      [TYPE.job, "rotation-proof-after-promotion-8-live-8"],
    );
  });

  it("re-keys a credential only when nobody holds it", async () => {
    const kept = { ...KEPT, vacates: true };
    const program = await rotated(plan(7, 7, 6), plan(8, 8, 6), { kept });
    inOrder(program, [TYPE.job, "rotation-proof-free-8"], [TYPE.role, "rotation-blue-role"]);
  });

  it("looks for holders before a re-key only once: those of later are production", async () => {
    const kept = { ...KEPT, vacates: true };
    const lookIn = async (from: Plan, to: Plan) => {
      const program = await rotated(from, to, { kept });
      return program.find(TYPE.job, "rotation-proof-free-8").options.ignoreChanges ?? [];
    };
    assert.deepStrictEqual(await lookIn(plan(7, 7, 6), plan(8, 8, 6)), []);
    // With rotation:accept sessions, another drain time or other images it would look again.
    assert.deepStrictEqual(await lookIn(plan(8, 8, 6), plan(8, 8, 7)), ["spec"]);
  });

  it("ends a credential only when the other one serves and nobody holds it", async () => {
    const program = await rotated(plan(8, 8, 6), plan(8, 8, 7));
    inOrder(
      program,
      [TYPE.job, "rotation-proof-rolled-8-live-8"],
      [TYPE.job, "rotation-proof-after-promotion-8-live-8"],
      [TYPE.job, "rotation-proof-free-8-live-8"],
      [TYPE.role, "rotation-green-role"],
      [TYPE.job, "rotation-proof-refused-8-live-8"],
    );
    // Not even the state's entry of the slot changes before.
    const free = [TYPE.job, "rotation-proof-free-8-live-8"] as const;
    inOrder(program, free, ["rotation:index:Slot", "rotation-green"]);
  });

  it("stages a credential by a login alone, when nobody holds the one before", async () => {
    const kept = { ...KEPT, vacates: true };
    const program = await rotated(plan(7, 7, 6), plan(8, 7, 6), { kept });
    inOrder(
      program,
      [TYPE.job, "rotation-proof-after-promotion-8-live-7"],
      [TYPE.job, "rotation-proof-free-8"],
      [TYPE.role, "rotation-blue-role"],
      [TYPE.job, "rotation-proof-before-promotion-8-live-7"],
    );
    const { inputs } = program.find(TYPE.job, "rotation-proof-before-promotion-8-live-7");
    assert.doesNotMatch(JSON.stringify(inputs), /STAGE_|DEPLOYMENT/);
  });

  it("starts a rollout with as many pods as an autoscaler may have, not with the fewest", async () => {
    const usual = oneRelease();
    const autoscaling = { minReplicas: 2, maxReplicas: 6 };
    const environment = { ...usual, release: { ...usual.release, autoscaling, replicas: 2 } };
    const program = await rotated(plan(7, 7, 6), plan(8, 8, 6), { environment });
    const { replicas } = program.find(TYPE.release, "rotation-release").inputs["values"] as {
      readonly replicas: number;
    };
    assert.strictEqual(replicas, 6);
  });

  it("gives the release what the live slot's pods need, and no account of its own", async () => {
    const program = await rotated(plan(8, 8, 6), plan(8, 7, 6));
    const accounts = ["rotation-blue-account", "rotation-green-account"].map(
      (name) => program.find(TYPE.account, name).inputs["metadata"] as { name: string },
    );
    assert.deepStrictEqual(
      accounts.map(({ name }) => name),
      ["app-blue-credential", "app-green-credential"],
    );
    const values = program.find(TYPE.release, "rotation-release").inputs["values"] as {
      readonly slot: string;
      readonly database: { readonly user: string };
    };
    assert.strictEqual(values.slot, "green");
    assert.strictEqual(values.database.user, "app_green");
    inOrder(
      program,
      [TYPE.account, "rotation-green-account"],
      [TYPE.release, "rotation-release"],
      [TYPE.job, "rotation-proof-rolled-8-live-7"],
    );
  });

  it("leads one host to the release, whoever is live", async () => {
    const programs = [
      await rotated(plan(8, 8, 6), plan(8, 7, 6)),
      await rotated(plan(7, 7, 6), plan(8, 8, 6)),
    ];
    const [one, other] = programs.map(
      (program) => program.find(TYPE.ingress, "rotation-traffic").inputs,
    );
    assert.deepStrictEqual(one, other);
    assert.strictEqual((one!["spec"] as { rules: unknown[] }).rules.length, 1);
  });

  it("needs no gateway", async () => {
    const environment = { ...oneRelease(), hosts: {} };
    const program = await rotated(plan(7, 7, 6), plan(8, 8, 6), { environment });
    assert.deepStrictEqual(program.ofType(TYPE.ingress), []);
    const proofs = program.ofType(TYPE.job).map(({ name }) => name);
    assert.ok(!proofs.some((name) => name.includes("after-promotion")), proofs.join(", "));
    inOrder(
      program,
      [TYPE.job, "rotation-proof-rolled-8-live-8"],
      [TYPE.role, "rotation-green-role"],
    );
  });
});

describe("a strategy that is left", () => {
  /** From one to the other, with what both pods are made of. */
  function leaving(from: Strategy): RotationEnvironment {
    const [usual, one] = [rotationEnvironment(), oneRelease()];
    const [left, entered] = from === "blueGreen" ? [usual, one] : [one, usual];
    const { shape, template, values } = left.release;
    return {
      ...entered,
      hosts: usual.hosts,
      leaving: { strategy: from, shape, template: `${template}-left`, values },
    };
  }

  const backends = (program: MockProgram) => {
    const { spec } = program.find(TYPE.ingress, "rotation-traffic").inputs as {
      spec: {
        rules: { host: string; http: { paths: { backend: { service: { name: string } } }[] } }[];
      };
    };
    return Object.fromEntries(
      spec.rules.map(({ host, http }) => [host, http.paths[0]!.backend.service.name]),
    );
  };

  for (const [from, stage] of [
    ["blueGreen", { "blue.example.invalid": "app-blue", "green.example.invalid": "app" }],
    ["rolling", { "blue.example.invalid": "app-blue", "green.example.invalid": "app" }],
  ] as const) {
    it(`keeps production with ${from}, and leads one stage host to the others' pods`, async () => {
      const same = plan(8, 8, 7);
      const program = await rotated(same, same, { environment: leaving(from) });
      const production = from === "blueGreen" ? "app-blue" : "app";
      assert.deepStrictEqual(backends(program), {
        "app.example.invalid": production,
        ...stage,
      });
      assert.deepStrictEqual(
        program
          .ofType(TYPE.release)
          .map(({ inputs }) => inputs["name"])
          .sort(),
        ["app", "app-blue", "app-green"],
      );
      inOrder(
        program,
        [TYPE.job, "rotation-proof-entering-8-live-8"],
        [TYPE.ingress, "rotation-traffic"],
        [TYPE.job, "rotation-proof-entered-8-live-8"],
      );
    });
  }

  it("changes nothing of the pods that serve", async () => {
    const same = plan(8, 8, 7);
    const template = `${rotationEnvironment().release.template}-left`;
    const environment = rotationEnvironment();
    const before = await rotated(same, same, {
      environment: { ...environment, release: { ...environment.release, template } },
    });
    const during = await rotated(same, same, { environment: leaving("blueGreen") });
    for (const slot of ["blue", "green"]) {
      const release = [TYPE.release, `rotation-${slot}-release`] as const;
      assert.deepStrictEqual(during.find(...release).inputs, before.find(...release).inputs);
    }
  });

  it("sees by the marker's end that the gateway has followed", async () => {
    const same = plan(8, 8, 7);
    const kept = { ...KEPT, gone: "green.example.invalid" };
    const program = await rotated(same, same, { kept });
    const { inputs } = program.find(TYPE.job, "rotation-proof-after-promotion-8-live-8");
    assert.match(JSON.stringify(inputs), /"GONE_HOST","value":"green\.example\.invalid"/);
  });
});
