import assert from "node:assert";
import * as pulumi from "@pulumi/pulumi";
import type { SlotPlan } from "../../../components/plan";
import type { Delivery } from "../../../components/chart/delivery";
import { podRelease } from "../../../components/rotation/release";
import { Slot } from "../../../components/rotation/slot";
import { MockProgram } from "../../../mocks/mocks";
import { rotationEnvironment } from "../../support/rotationEnvironment";

interface Secret {
  readonly providerClass: string;
  readonly version: string;
}

const TYPE = {
  delivered: "kubernetes:core/v1:Secret",
  holder: "kubernetes:apps/v1:Deployment",
  mount: "kubernetes:secrets-store.csi.x-k8s.io/v1:SecretProviderClass",
  release: "kubernetes:helm.sh/v3:Release",
  role: "postgresql:index/role:Role",
  secret: "azure-native:keyvault:Secret",
  /** Stands for the Job of a proof. */
  proof: "pulumi:index:Stash",
} as const;

async function slotOf(plan: SlotPlan, moved = false, delivery?: Delivery): Promise<MockProgram> {
  const program = await MockProgram.start();
  const prove = (name: string, dependsOn: readonly pulumi.Resource[]) =>
    new pulumi.Stash(name, { input: name }, { dependsOn: [...dependsOn] });
  const environment = rotationEnvironment({ delivery });
  new Slot("slot", {
    plan,
    environment,
    standBy: (pods, opts) => [
      podRelease(
        "slot-release",
        { release: "app-blue", environment, pods, replicas: plan.state === "active" ? 3 : 0 },
        opts,
      ),
    ],
    after: [],
    moved,
    advice: "finish",
    retirement: {
      drained: (standing) => [prove("drained", standing)],
      refused: (_credential, role) => prove("refused", role),
    },
  });
  await program.drained();
  return program;
}

const ACTIVE: SlotPlan = { slot: "blue", generation: 8, state: "active" };
const RETIRED: SlotPlan = { slot: "blue", generation: 8, state: "retired" };

/** Asserts that each comes after the one before. */
function assertOrder(program: MockProgram, steps: readonly (readonly [string, string])[]): void {
  steps.slice(1).forEach(([type, name], index) => {
    const [before, its] = steps[index]!;
    const follows = program.comesAfter(program.find(type, name), program.find(before, its));
    assert.ok(follows, `${name} after ${its}`);
  });
}

describe("Slot", () => {
  it("gives an active generation role and secret before its pods, which are pinned to the version", async () => {
    const program = await slotOf(ACTIVE);
    assertOrder(program, [
      [TYPE.role, "slot-role"],
      [TYPE.secret, "slot-secret"],
      [TYPE.mount, "slot-mount"],
      [TYPE.release, "slot-release"],
    ]);
    const { values } = program.find(TYPE.release, "slot-release").inputs as {
      values: { replicas: number; secret: Secret; database: { user: string } };
    };
    assert.strictEqual(values.replicas, 3);
    const { providerClass, version } = values.secret;
    assert.match(version, /^[0-9a-f]{32}$/);
    assert.strictEqual(providerClass, `app-blue-${version.slice(0, 8)}`);
    const { metadata } = program.find(TYPE.mount, "slot-mount").inputs as {
      metadata: { name: string };
    };
    assert.strictEqual(metadata.name, providerClass);
    assert.strictEqual(values.database.user, "app_blue");
  });

  it("ends a retired one the other way round, each end proved before the next", async () => {
    const program = await slotOf(RETIRED);
    assertOrder(program, [
      [TYPE.release, "slot-release"],
      [TYPE.proof, "drained"],
      [TYPE.role, "slot-role"],
      [TYPE.proof, "refused"],
      [TYPE.secret, "slot-secret"],
    ]);
    const { values } = program.find(TYPE.release, "slot-release").inputs as {
      values: { replicas: number; secret: Secret };
    };
    assert.strictEqual(values.replicas, 0);
    assert.deepStrictEqual(values.secret, { providerClass: "app-blue", version: "" });
    assert.deepStrictEqual(program.ofType(TYPE.mount), []);
  });

  it("lets the role of an active generation log in, and that of a retired one not", async () => {
    for (const plan of [ACTIVE, RETIRED]) {
      const { inputs } = (await slotOf(plan)).find(TYPE.role, "slot-role");
      assert.strictEqual(inputs["login"], plan.state === "active");
      assert.match(String(inputs["password"]), /^SCRAM-SHA-256\$/);
    }
  });

  it("keeps password and verifier secret, and names nothing by them", async () => {
    const program = await slotOf(ACTIVE);
    assert.deepStrictEqual(program.find(TYPE.role, "slot-role").secretInputs, ["password"]);
    assert.deepStrictEqual(program.find(TYPE.secret, "slot-secret").secretInputs, [
      "properties.value",
    ]);
    assert.deepStrictEqual(program.find(TYPE.release, "slot-release").secretInputs, []);
  });

  it("makes a role in doubt anew only where the run changes the slot", async () => {
    for (const moved of [true, false]) {
      const { options } = (await slotOf(ACTIVE, moved)).find(TYPE.role, "slot-role");
      assert.strictEqual(options.replaceOnChanges.includes("#initerror"), moved);
      assert.strictEqual(options.deleteBeforeReplace, moved);
    }
  });

  it("shuts out whoever holds the role before it changes it, and never one that may be serving", async () => {
    for (const plan of [ACTIVE, RETIRED]) {
      const bound = async (moved: boolean) =>
        (await slotOf(plan, moved)).find(TYPE.role, "slot-role").options.hooks.beforeUpdate;
      assert.deepStrictEqual(await bound(true), ["slot-shut-out"]);
      assert.strictEqual(await bound(false), undefined);
    }
  });

  describe("with a Secret", () => {
    const SECRET = { by: "secret" } as const;

    it("makes it after the vault secret and before the pods, called by generation and version", async () => {
      const program = await slotOf(ACTIVE, true, SECRET);
      assertOrder(program, [
        [TYPE.role, "slot-role"],
        [TYPE.secret, "slot-secret"],
        [TYPE.delivered, "slot-delivered"],
        [TYPE.release, "slot-release"],
      ]);
      const { values } = program.find(TYPE.release, "slot-release").inputs as {
        values: { secret: Secret };
      };
      const { metadata } = program.find(TYPE.delivered, "slot-delivered").inputs as {
        metadata: { name: string };
      };
      assert.strictEqual(metadata.name, `app-blue-8-${values.secret.version.slice(0, 8)}`);
      assert.deepStrictEqual(program.ofType(TYPE.mount), []);
    });

    it("puts the vault's password into it, and into nothing else", async () => {
      const program = await slotOf(ACTIVE, true, SECRET);
      const { value } = program.find(TYPE.secret, "slot-secret").inputs["properties"] as {
        value: string;
      };
      const delivered = program.find(TYPE.delivered, "slot-delivered");
      const { data } = delivered.inputs as { data: Record<string, string> };
      const base64 = Buffer.from(value).toString("base64");
      assert.deepStrictEqual(data, { password: base64 });
      assert.deepStrictEqual(delivered.secretInputs, ["data"]);
      const holding = program.registrations.filter(({ inputs }) => {
        const text = JSON.stringify(inputs);
        return text.includes(value) || text.includes(base64);
      });
      assert.deepStrictEqual(holding.map(({ name }) => name).sort(), [
        "slot-delivered",
        "slot-secret",
      ]);
    });

    it("has none when retired, and refers to one that there never is", async () => {
      const program = await slotOf(RETIRED, true, SECRET);
      assert.deepStrictEqual(program.ofType(TYPE.delivered), []);
      const { values } = program.find(TYPE.release, "slot-release").inputs as {
        values: { secret: Secret };
      };
      assert.strictEqual(values.secret.providerClass, "app-blue-none");
    });
  });

  describe("with a Secret that the vault's driver writes", () => {
    const FROM_VAULT = { by: "secret", from: "vault" } as const;

    it("makes none, and waits for its holder between the vault secret and the pods", async () => {
      const program = await slotOf(ACTIVE, true, FROM_VAULT);
      assert.deepStrictEqual(program.ofType(TYPE.delivered), []);
      assertOrder(program, [
        [TYPE.role, "slot-role"],
        [TYPE.secret, "slot-secret"],
        [TYPE.mount, "slot-mount"],
        [TYPE.holder, "slot-holder"],
        [TYPE.release, "slot-release"],
      ]);
      const { values } = program.find(TYPE.release, "slot-release").inputs as {
        values: { secret: Secret };
      };
      const { spec } = program.find(TYPE.mount, "slot-mount").inputs as {
        spec: { secretObjects: readonly { secretName: string }[] };
      };
      assert.match(values.secret.providerClass, /^app-blue-8-[0-9a-f]{6}-[0-9a-f]{8}$/);
      assert.strictEqual(spec.secretObjects[0]?.secretName, values.secret.providerClass);
    });

    it("has the password in the vault secret only", async () => {
      const program = await slotOf(ACTIVE, true, FROM_VAULT);
      const { value } = program.find(TYPE.secret, "slot-secret").inputs["properties"] as {
        value: string;
      };
      const holding = program.registrations.filter(({ inputs }) => {
        const text = JSON.stringify(inputs);
        return text.includes(value) || text.includes(Buffer.from(value).toString("base64"));
      });
      assert.deepStrictEqual(
        holding.map(({ name }) => name),
        ["slot-secret"],
      );
    });

    it("has neither class nor holder when retired", async () => {
      const program = await slotOf(RETIRED, true, FROM_VAULT);
      assert.deepStrictEqual([program.ofType(TYPE.mount), program.ofType(TYPE.holder)], [[], []]);
    });
  });

  it("loses what it delivered before only where the run changes the slot, which then has no pods", async () => {
    for (const moved of [true, false]) {
      for (const [delivery, type, name] of [
        [undefined, TYPE.mount, "slot-mount"],
        [{ by: "secret" }, TYPE.delivered, "slot-delivered"],
        [{ by: "secret", from: "vault" }, TYPE.holder, "slot-holder"],
      ] as const) {
        const { options } = (await slotOf(ACTIVE, moved, delivery)).find(type, name);
        assert.strictEqual(options.deleteBeforeReplace, moved, name);
      }
    }
  });
});
