import assert from "node:assert";
import { mock } from "node:test";
import type { Registration } from "../../mocks/mocks";
import { runProgram, type ProgramRun } from "../../mocks/program";

/** Types as the engine names them. */
const TYPE = {
  ingress: "kubernetes:networking.k8s.io/v1:Ingress",
  job: "kubernetes:batch/v1:Job",
  password: "random:index/randomPassword:RandomPassword",
  release: "kubernetes:helm.sh/v3:Release",
  role: "postgresql:index/role:Role",
  secret: "azure-native:keyvault:Secret",
  stash: "pulumi:index:Stash",
} as const;

/** The inputs of everything that belongs to a slot, by type and name. */
function slotInputs({ program }: ProgramRun, slot: string): Record<string, unknown> {
  const belongs = ({ type, name }: Registration) =>
    new RegExp(`^rotation-${slot}(-|$)`).test(name) && !type.startsWith("rotation:");
  const all = program.registrations.filter(belongs);
  // What a Stash is given when nothing is stored yet is a time, which the engine then ignores.
  return Object.fromEntries(
    all
      .filter(({ type }) => type !== TYPE.stash)
      .map(({ type, name, inputs }) => [`${type} ${name}`, inputs]),
  );
}

/** A resource, its parent, and so on up to the top. */
function withParents(program: ProgramRun["program"], start: Registration): Registration[] {
  const parent = program.registrations.find(({ urn }) => urn === start.options.parent);
  return parent ? [start, ...withParents(program, parent)] : [start];
}

/** Names of the resources whose inputs differ between two runs; times of a Stash do not count. */
function changed(before: ProgramRun, after: ProgramRun): string[] {
  const inputsOf = ({ program }: ProgramRun) =>
    new Map(
      program.registrations
        .filter(({ custom, options }) => custom && !options.ignoreChanges.includes("input"))
        .map(({ type, name, inputs }) => [`${type} ${name}`, inputs]),
    );
  const [old, now] = [inputsOf(before), inputsOf(after)];
  return [...new Set([...old.keys(), ...now.keys()])]
    .filter((key) => JSON.stringify(old.get(key)) !== JSON.stringify(now.get(key)))
    .map((key) => key.split(" ")[1]!)
    .sort();
}

/** What the SDK sends for a value that nobody knows yet. */
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

function emptyLists(value: unknown): string[] {
  if (typeof value !== "object" || value === null) {
    return [];
  }
  return Array.isArray(value) && value.length === 0
    ? [""]
    : Object.entries(value).flatMap(([key, part]) =>
        emptyLists(part).map((path) => `.${key}${path}`),
      );
}

describe("the program", function () {
  this.timeout(60_000);

  // Times are kept by the engine between runs; here every run has the same one instead.
  before(() => mock.timers.enable({ apis: ["Date"], now: new Date("2026-11-22T12:00:00Z") }));
  after(() => mock.timers.reset());

  it("knows in its preview nothing that its `up` makes otherwise: an update plan holds", async () => {
    const at = async (now: string, preview: boolean) => {
      mock.timers.setTime(Date.parse(now));
      const { program } = await runProgram("rehearsal", { counter: 2, retired: 1 }, { preview });
      return new Map(program.registrations.map((each) => [`${each.type} ${each.name}`, each]));
    };
    const previewed = await at("2026-11-22T12:00:00Z", true);
    const done = await at("2026-11-22T18:30:00Z", false);
    mock.timers.setTime(Date.parse("2026-11-22T12:00:00Z"));
    assert.deepStrictEqual([...previewed.keys()].sort(), [...done.keys()].sort());
    const unknown: string[] = [];
    const compare = (path: string, before: unknown, after: unknown): void => {
      if (before === UNKNOWN) {
        unknown.push(path);
      } else if (typeof before === "object" && before !== null) {
        const keys = new Set([...Object.keys(before), ...Object.keys(after as object)]);
        for (const key of keys) {
          compare(
            `${path}.${key}`,
            (before as Record<string, unknown>)[key],
            (after as Record<string, unknown>)[key],
          );
        }
      } else {
        assert.deepStrictEqual(after, before, path);
      }
    };
    for (const [key, { inputs }] of previewed) {
      compare(key.split(" ")[1]!, inputs, done.get(key)!.inputs);
    }
    for (const time of [
      "guard-attempt.input",
      "rotation-blue-secret.properties.attributes.expires",
      "rotation-green-secret.properties.attributes.expires",
      "rotation-rotator-secret.properties.attributes.expires",
    ]) {
      assert.ok(unknown.includes(time), `${time} is known before its run`);
    }
  });

  // An empty list is what the Kubernetes provider takes out of an `up`, but not of its preview.
  it("gives no empty list to the Kubernetes provider", async () => {
    const { program } = await runProgram("rehearsal", { counter: 2, retired: 1 });
    const empty = program.registrations
      .filter(({ type }) => type.startsWith("kubernetes:"))
      .flatMap(({ name, inputs }) => emptyLists(inputs).map((path) => `${name}${path}`));
    assert.deepStrictEqual(empty, []);
  });

  it("refuses a stack that had another name, before anything is registered", async () => {
    const outputs = {
      completed: { plan: { counter: 0, live: 0, retired: -1 }, settings: "s", attempt: "a" },
      connections: { database: { host: "psql-app-dev-ab12cd.postgres.database.azure.com" } },
    };
    await assert.rejects(
      runProgram("rehearsal", {}, { stackOutputs: { "organization/rotation/rehearsal": outputs } }),
      /stack was called "dev" .*: pulumi stack rename dev$/,
    );
  });

  it("refuses sessions that act as somebody else than before, until that is accepted", async () => {
    const completed = { plan: { counter: 0, live: 0, retired: -1 }, settings: "s", attempt: "a" };
    const stack = { stackOutputs: { "organization/rotation/rehearsal": { completed } } };
    await assert.rejects(
      runProgram("rehearsal", { actAs: "owner" }, stack),
      /rotation:actAs was readwrite in the last completed run and is owner now/,
    );
    const { program } = await runProgram("rehearsal", { actAs: "owner", accept: "actAs" }, stack);
    assert.deepStrictEqual(
      ["blue", "green"].map((slot) => {
        const role = program.find(TYPE.role, `rotation-${slot}-role`).inputs;
        return [role["roles"], role["assumeRole"]];
      }),
      [
        [["app_owner", "app_rw"], "app_owner"],
        [["app_owner", "app_rw"], "app_owner"],
      ],
    );
  });

  it("changes no input of the slot that serves when the counter grows by one", async () => {
    for (const counter of [0, 1, 2]) {
      const before = await runProgram("rehearsal", { counter });
      const after = await runProgram("rehearsal", { counter: counter + 1 });
      const serving = counter % 2 === 0 ? "blue" : "green";
      const inputs = slotInputs(before, serving);
      assert.strictEqual(Object.keys(inputs).length, 6, JSON.stringify(Object.keys(inputs)));
      assert.deepStrictEqual(slotInputs(after, serving), inputs);
    }
  });

  it("changes nothing of platform and application when the counter grows or a slot is retired", async () => {
    const at1 = await runProgram("rehearsal", { counter: 1 });
    const at2 = await runProgram("rehearsal", { counter: 2 });
    const retired = await runProgram("rehearsal", { counter: 2, retired: 1 });
    for (const after of [at2, retired]) {
      assert.deepStrictEqual(
        changed(at1, after).filter((name) => /^(platform|application)(-|$)/.test(name)),
        [],
      );
    }
  });

  it("rotates with a short list of changed resources", async () => {
    const before = await runProgram("rehearsal", { counter: 1 });
    const after = await runProgram("rehearsal", { counter: 2 });
    assert.deepStrictEqual(changed(before, after), [
      "app-rotator",
      "guard-completed",
      "guard-started",
      "rotation-blue-mount",
      "rotation-blue-password",
      "rotation-blue-release",
      "rotation-blue-role",
      "rotation-blue-secret",
      "rotation-proof-after-promotion-1-live-1",
      "rotation-proof-after-promotion-2-live-2",
      "rotation-proof-before-promotion-1-live-1",
      "rotation-proof-before-promotion-2-live-2",
      "rotation-proof-rolled-1-live-1",
      "rotation-proof-rolled-2-live-2",
      "rotation-record",
      "rotation-rotator-password",
      "rotation-rotator-role",
      "rotation-rotator-secret",
      "rotation-traffic",
    ]);
  });

  it("changes nothing of either slot when traffic is promoted or rolled back", async () => {
    const promoted = await runProgram("rehearsal", { counter: 2, live: 2 });
    const staged = await runProgram("rehearsal", { counter: 2, live: 1 });
    for (const slot of ["blue", "green"]) {
      assert.deepStrictEqual(slotInputs(staged, slot), slotInputs(promoted, slot));
    }
  });

  it("puts every step of a rotation after the one before", async () => {
    const { program } = await rotated(1, 2);
    assertOrder(program, [
      [TYPE.password, "rotation-blue-password"],
      [TYPE.role, "rotation-blue-role"],
      [TYPE.secret, "rotation-blue-secret"],
      [TYPE.release, "rotation-blue-release"],
      [TYPE.job, "rotation-proof-before-promotion-2-live-2"],
      [TYPE.ingress, "rotation-traffic"],
      [TYPE.job, "rotation-proof-after-promotion-2-live-2"],
      [TYPE.stash, "rotation-record"],
      [TYPE.stash, "guard-completed"],
    ]);
  });

  it("switches before the proof on the first deployment, which has no stage host yet", async () => {
    const { program } = await runProgram("rehearsal", { counter: 2 });
    assertOrder(program, [
      [TYPE.release, "rotation-blue-release"],
      [TYPE.ingress, "rotation-traffic"],
      [TYPE.job, "rotation-proof-before-promotion-2-live-2"],
      [TYPE.job, "rotation-proof-after-promotion-2-live-2"],
    ]);
  });

  it("retires in the opposite direction, and only after production was asked", async () => {
    const { program } = await runProgram("rehearsal", { counter: 2, retired: 1 });
    assertOrder(program, [
      [TYPE.ingress, "rotation-traffic"],
      [TYPE.job, "rotation-proof-after-promotion-2-live-2"],
      [TYPE.release, "rotation-green-release"],
      [TYPE.job, "rotation-proof-drained-2-live-2"],
      [TYPE.role, "rotation-green-role"],
      [TYPE.job, "rotation-proof-refused-2-live-2"],
      [TYPE.secret, "rotation-green-secret"],
      [TYPE.stash, "rotation-record"],
      [TYPE.stash, "guard-completed"],
    ]);
    const answered = program.find(TYPE.job, "rotation-proof-after-promotion-2-live-2");
    const password = program.find(TYPE.password, "rotation-green-password");
    assert.ok(program.comesAfter(password, answered), "a withdraw would re-key before step 8");
  });

  it("lets no broken staged slot block the way back", async () => {
    const { program } = await runProgram("rehearsal", { counter: 2, live: 1 });
    const traffic = program.find(TYPE.ingress, "rotation-traffic");
    const answered = program.find(TYPE.job, "rotation-proof-after-promotion-2-live-1");
    for (const [type, name] of [
      [TYPE.password, "rotation-blue-password"],
      [TYPE.role, "rotation-blue-role"],
      [TYPE.secret, "rotation-blue-secret"],
      [TYPE.release, "rotation-blue-release"],
      [TYPE.job, "rotation-proof-before-promotion-2-live-1"],
    ] as const) {
      const staged = program.find(type, name);
      assert.ok(!program.comesAfter(traffic, staged), `the switch waits for ${name}`);
      assert.ok(program.comesAfter(staged, answered), `${name} does not wait for production`);
    }
  });

  it("has everything of all layers wait for the started record", async () => {
    const { program } = await runProgram("rehearsal", { counter: 1 });
    const started = program.find(TYPE.stash, "guard-started");
    const order = program.registrations.map(({ urn }) => urn);
    const layers = program.registrations.filter(({ type }) => !type.startsWith("pulumi:"));
    for (const { urn, name, type } of layers.filter((each) => !/PlanGuard/.test(each.type))) {
      assert.ok(order.indexOf(urn) > order.indexOf(started.urn), `${type} ${name}`);
    }
  });

  it("writes secrets only with the right and the way to, which a destroy keeps until they are gone", async () => {
    const { program } = await runProgram("rehearsal", { counter: 2, retired: 1 });
    const secrets = program.ofType(TYPE.secret);
    assert.strictEqual(secrets.length, 4);
    for (const secret of secrets) {
      for (const [type, name] of [
        ["azure-native:authorization:RoleAssignment", "deployer-vault"],
        ["azure-native:network:PrivateDnsZoneGroup", "platform-vault-endpoint"],
      ] as const) {
        const earlier = program.find(type, name);
        // The engine deletes a child before its parent, and that before what the parent waited for.
        assert.ok(
          withParents(program, secret).some((each) => program.comesAfter(each, earlier)),
          `${secret.name} could outlive ${name}`,
        );
      }
    }
  });

  it("retires a slot by its role, its secret and its size, and keeps its password", async () => {
    const before = await runProgram("rehearsal", { counter: 2 });
    const after = await runProgram("rehearsal", { counter: 2, retired: 1 });
    const role = (run: ProgramRun) => run.program.find(TYPE.role, "rotation-green-role").inputs;
    assert.deepStrictEqual([role(before)["login"], role(after)["login"]], [true, false]);
    assert.strictEqual(role(before)["password"], role(after)["password"]);
    const { properties } = after.program.find(TYPE.secret, "rotation-green-secret").inputs;
    const { attributes } = properties as { attributes: { enabled: boolean } };
    assert.strictEqual(attributes.enabled, false);
    const { values } = after.program.find(TYPE.release, "rotation-green-release").inputs;
    const { replicas, secret } = values as { replicas: number; secret: { version: string } };
    assert.deepStrictEqual([replicas, secret.version], [0, ""]);
  });

  it("marks every password as secret wherever it goes, and puts it nowhere else", async () => {
    const { program } = await runProgram("rehearsal", { counter: 2, retired: 1 });
    for (const role of program.ofType(TYPE.role).filter(({ inputs }) => "password" in inputs)) {
      assert.deepStrictEqual(role.secretInputs, ["password"], role.name);
      assert.match(String(role.inputs["password"]), /^SCRAM-SHA-256\$4096:/, role.name);
    }
    for (const secret of program.ofType(TYPE.secret)) {
      assert.deepStrictEqual(secret.secretInputs, ["properties.value"], secret.name);
    }
    const clear = program
      .ofType(TYPE.secret)
      .map(({ inputs }) => (inputs["properties"] as { value: string }).value);
    for (const { name, type, inputs } of program.registrations) {
      if (type !== TYPE.secret) {
        const text = JSON.stringify(inputs);
        const leaked = clear.filter((value) => value !== "none" && text.includes(value));
        const allowed = type.startsWith("pulumi:providers:postgresql") || type.includes("dbfor");
        assert.ok(leaked.length === 0 || allowed, `${type} ${name} has a password in its inputs`);
      }
    }
  });

  it("begins with both slots, of which green cannot log in and has no pod", async () => {
    const { program } = await runProgram("rehearsal", { counter: 0 });
    assert.strictEqual(program.find(TYPE.role, "rotation-green-role").inputs["login"], false);
    assert.strictEqual(program.find(TYPE.role, "rotation-blue-role").inputs["login"], true);
    const releases = program.ofType(TYPE.release).map(({ inputs }) => inputs["name"]);
    assert.deepStrictEqual(releases.sort(), ["app-blue", "app-green"]);
  });

  it("refuses a forbidden move before anything is registered", async () => {
    const completed = {
      plan: { counter: 1, live: 1, retired: -1 },
      settings: "irrelevant",
      attempt: "2026-01-01T00:00:00.000Z",
    };
    const stackOutputs = { "organization/rotation/rehearsal": { completed } };
    await assert.rejects(
      runProgram("rehearsal", { counter: 3 }, { stackOutputs }),
      /rotation:counter may rise by one, from 1 to 2, not to 3[\s\S]*pulumi config set/,
    );
  });

  it("makes everything but the rotation without images, until a run has completed with them", async () => {
    const without = { appImage: "", toolsImage: "" };
    const { program, outputs } = await runProgram("rehearsal", without);
    assert.strictEqual(program.ofType(TYPE.release).length, 0);
    assert.ok(program.find("azure-native:containerregistry:Registry", "platform-registry"));
    assert.ok(program.find(TYPE.stash, "guard-started"));
    assert.deepStrictEqual(Object.keys(outputs).sort(), [
      "connections",
      "gatewayAddress",
      "hosts",
      "platform",
      "registry",
    ]);
    await assert.rejects(
      rotated(0, 0, without),
      /rotation:appImage and rotation:toolsImage are missing/,
    );
  });

  it("refuses images of another registry, until those in force are admitted beside them", async () => {
    const other = {
      appImage: `other/app:1@sha256:${"0".repeat(64)}`,
      toolsImage: `other/tools:1@sha256:${"0".repeat(64)}`,
    };
    const message = await rotated(0, 0, other).then(
      () => assert.fail("It is not refused."),
      (error: Error) => error.message,
    );
    const [, admittedImages] =
      /^The pods in force have rehearsal\/app:.* and rehearsal\/tools:.*: pulumi config set rotation:admittedImages (\S+)$/.exec(
        message,
      )!;
    const { program } = await rotated(0, 0, { ...other, admittedImages: admittedImages! });
    const [policy] = program.ofType(
      "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy",
    );
    assert.ok(JSON.stringify(policy!.inputs).includes(admittedImages!.split(",")[0]!));
  });

  it("lets the gateway be written, with no word of maintenance, until a run has completed", async () => {
    const write = (run: ProgramRun) => () =>
      run.program.hook("platform-gateway-write").callback({ newInputs: { sku: "b" } } as never);
    const first = await runProgram("rehearsal");
    assert.doesNotThrow(write(first));
    assert.throws(write(await rotated(0, 1)), /This run would update the application gateway/);
  });

  it("runs for every stack there is", async () => {
    for (const stack of ["dev", "prod", "rehearsal"]) {
      const { program } = await runProgram(stack);
      assert.strictEqual(program.ofType(TYPE.release).length, 2, stack);
    }
  });
});

/** Runs the program at one counter, then at the next one with what the first run has exported. */
async function rotated(
  from: number,
  to: number,
  config: Record<string, string> = {},
): Promise<ProgramRun> {
  const { program } = await runProgram("rehearsal", { counter: from });
  const completed = program.find(TYPE.stash, "guard-completed").inputs["input"];
  const live = program.find(TYPE.stash, "rotation-record").inputs["input"];
  const stackOutputs = { "organization/rotation/rehearsal": { completed, live } };
  return runProgram("rehearsal", { counter: to, ...config }, { stackOutputs });
}

function assertOrder(
  program: ProgramRun["program"],
  steps: readonly (readonly [string, string])[],
): void {
  const found = steps.map(([type, name]) => program.find(type, name));
  found.slice(1).forEach((later, index) => {
    const earlier = found[index]!;
    assert.ok(
      program.comesAfter(later, earlier),
      `${later.name} does not wait for ${earlier.name}`,
    );
  });
}
