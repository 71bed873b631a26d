import assert from "node:assert";
import {
  belongsToPlatform,
  isPlatform,
  ServingHistory,
  slotOfUrn,
  stepOf,
} from "../../../rehearsal/result/operations";
import type { MockProgram, Registration } from "../../../mocks/mocks";
import { NEW_KEYS } from "../../../infra/platform";
import { runProgram, stackConfig } from "../../../mocks/program";
import { EXISTING_CONFIG } from "../../support/existingPlatform";

const urn = (types: string, name: string) => `urn:pulumi:rehearsal::rotation::${types}::${name}`;

const SLOT = "rotation:index:Rotation$rotation:index:Slot";
const ROLE = "postgresql:index/role:Role";
const PLATFORM = "rotation:platform:Platform";
const APPLICATION = "rotation:application:Application";

const BLUE_ROLE = urn(`${SLOT}$${ROLE}`, "rotation-blue-role");
const GREEN_ROLE = urn(`${SLOT}$${ROLE}`, "rotation-green-role");

describe("slotOfUrn", () => {
  it("knows the resources of a slot, the slot itself included", () => {
    assert.strictEqual(slotOfUrn(BLUE_ROLE), "blue");
    assert.strictEqual(slotOfUrn(GREEN_ROLE), "green");
    assert.strictEqual(slotOfUrn(urn(SLOT, "rotation-green")), "green");
  });

  it("does not take for a slot what only has a slot's name", () => {
    const account = "rotation:index:Proofs$kubernetes:core/v1:ServiceAccount";
    assert.strictEqual(slotOfUrn(urn(account, "rotation-proof-blue")), undefined);
    const identity = `${APPLICATION}$azure-native:managedidentity:UserAssignedIdentity`;
    assert.strictEqual(slotOfUrn(urn(identity, "application-identities-blue")), undefined);
    assert.strictEqual(slotOfUrn("no urn"), undefined);
  });
});

describe("isPlatform", () => {
  it("knows the platform and all that is under it, and nothing of a rotation", () => {
    assert.ok(isPlatform(urn(PLATFORM, "platform")));
    assert.ok(isPlatform(urn(`${PLATFORM}$rotation:platform:Vault$x:y:Z`, "platform-vault")));
    assert.ok(!isPlatform(BLUE_ROLE));
    assert.ok(!isPlatform(urn("pulumi:providers:azure-native", "platform")));
  });

  it("knows what applications have of their own, which was the platform's once", () => {
    assert.ok(isPlatform(urn(APPLICATION, "application")));
    const roles = `${APPLICATION}$rotation:platform:DatabaseRoles`;
    assert.ok(isPlatform(urn(`${roles}$${ROLE}`, "application-roles-owner")));
    assert.ok(!isPlatform(urn("pulumi:providers:postgresql", "application")));
  });
});

describe("belongsToPlatform", () => {
  const ON_EXISTING = "rotation:platform:ExistingPlatform";
  /** What the stack file says of the platform that it makes, not set. */
  const WITHOUT_NEW = Object.fromEntries(
    Object.keys(stackConfig("rehearsal"))
      .map((key) => key.slice("rotation:".length))
      .filter((key) => key in NEW_KEYS)
      .map((key) => [key, ""]),
  );

  it("knows what a platform is made of, by its place or by its type", () => {
    assert.ok(belongsToPlatform(urn(`${PLATFORM}$random:index/randomString:RandomString`, "x")));
    const setting = "azure-native:monitor:DiagnosticSetting";
    assert.ok(belongsToPlatform(urn(`${APPLICATION}$${setting}`, "application-audit")));
    assert.ok(belongsToPlatform(urn(`${ON_EXISTING}$azure-native:keyvault:Vault`, "vault")));
  });

  it("leaves an application what it has of its own", async () => {
    assert.ok(!belongsToPlatform(urn(`${SLOT}$azure-native:keyvault:Secret`, "rotation-secret")));
    assert.ok(!belongsToPlatform(urn("pulumi:providers:azure-native", "lookup")));
    assert.ok(!belongsToPlatform(BLUE_ROLE));
    const { program } = await runProgram("rehearsal", {
      ...WITHOUT_NEW,
      ...EXISTING_CONFIG,
      counter: 1,
    });
    const urns = program.registrations.map((one) => engineUrn(program, one));
    assert.deepStrictEqual(urns.filter(belongsToPlatform), []);
    assert.ok(urns.some((each) => each.includes(ON_EXISTING)));
    assert.ok(urns.filter(isPlatform).length > 20);
  });
});

describe("the program's own resources", () => {
  it("belong to a slot, to the platform or to the way between, never to two", async () => {
    const { program } = await runProgram("rehearsal", { counter: 1 });
    const counts = { blue: 0, green: 0, platform: 0 };
    for (const each of program.registrations.map((one) => engineUrn(program, one))) {
      const slot = slotOfUrn(each);
      assert.ok(slot === undefined || !isPlatform(each), each);
      counts.platform += Number(isPlatform(each));
      if (/::(platform|application)(-\S+)?$/.test(each)) {
        assert.ok(isPlatform(each), each);
      }
      if (slot !== undefined) {
        counts[slot] += 1;
        assert.match(each, new RegExp(`::rotation-${slot}(-|$)`));
      }
    }
    assert.strictEqual(counts.blue, counts.green);
    assert.ok(counts.blue > 5, `${counts.blue} of a slot`);
    assert.ok(counts.platform > 40, `${counts.platform} of the platform`);
  });
});

/** As the engine has it, with the types of all parents; the mocks' has the nearest one only. */
function engineUrn(program: MockProgram, { type, name, options }: Registration): string {
  const types = [type];
  let parent = options.parent;
  for (const one of [...program.registrations].reverse()) {
    if (one.urn === parent && one.type !== "pulumi:pulumi:Stack") {
      types.unshift(one.type);
      parent = one.options.parent;
    }
  }
  return urn(types.join("$"), name);
}

describe("ServingHistory", () => {
  it("knows which slot served at any moment", () => {
    const history = new ServingHistory();
    history.record(100, "blue");
    history.record(200, "green");
    assert.deepStrictEqual(
      [99, 100, 199, 200, 1000].map((moment) => history.at(moment)),
      [undefined, "blue", "blue", "green", "green"],
    );
  });

  it("takes answers that do not say whose they are for those of the slot that serves", () => {
    const history = new ServingHistory();
    history.record(100, "blue");
    assert.deepStrictEqual(history.attributed({ unknown: 7 }, 99), {});
    assert.deepStrictEqual(history.attributed({ unknown: 7 }, 100), { blue: 7 });
    assert.deepStrictEqual(history.attributed({}, 100), {});
    assert.deepStrictEqual(history.attributed({ blue: 1, green: 2 }, 100), { blue: 1, green: 2 });
  });

  it("finds the operations on the slot that served when they began", () => {
    const history = new ServingHistory();
    history.record(100, "blue");
    history.record(200, "green");
    const operations = [
      { at: 50, urn: BLUE_ROLE, op: "create" },
      { at: 150, urn: BLUE_ROLE, op: "update" },
      { at: 150, urn: GREEN_ROLE, op: "update" },
      { at: 150, urn: urn(PLATFORM, "platform"), op: "update" },
      { at: 250, urn: BLUE_ROLE, op: "update" },
      { at: 250, urn: GREEN_ROLE, op: "delete" },
    ];
    assert.deepStrictEqual(history.onServingSlot(operations), [operations[1], operations[5]]);
  });
});

describe("stepOf", () => {
  it("says in words what an operation means", () => {
    const step = (name: string, op = "create") => stepOf({ at: 0, urn: urn("x:y:Z", name), op });
    assert.strictEqual(step("rotation-green-password"), "green: new password");
    assert.strictEqual(step("rotation-proof-before-promotion-2-live-2"), "proof before promotion");
    assert.strictEqual(step("rotation-traffic", "update"), "traffic switch");
    assert.strictEqual(step("guard-completed"), "plan completed");
  });

  it("leaves out the small print and whatever is cleaned up", () => {
    const old = urn("x:y:Z", "rotation-proof-after-promotion-1-live-1");
    assert.strictEqual(stepOf({ at: 0, urn: old, op: "delete" }), undefined);
    assert.strictEqual(stepOf({ at: 0, urn: urn("x:y:Z", "app-proof"), op: "create" }), undefined);
    const vault = urn(`${PLATFORM}$rotation:platform:Vault`, "platform-vault");
    assert.strictEqual(stepOf({ at: 0, urn: vault, op: "create" }), "platform");
    const database = urn(`${APPLICATION}$x:y:Z`, "application-database");
    assert.strictEqual(stepOf({ at: 0, urn: database, op: "create" }), "application");
  });
});
