import assert from "node:assert";
import { decide, describeOperation } from "../../../operate/recovery/operations";
import type { PendingOperation, StateResource } from "../../../operate/state/state";
import { INGRESS, JOB, RELEASE, ROLE, SECRET, resource } from "../../support/stateResource";
import { says } from "../../support/says";

describe("recovery of a pending operation", () => {
  const creating = (type: string, inputs: StateResource["inputs"] = {}): PendingOperation => ({
    type: "creating",
    resource: resource(type, "it", { inputs }),
  });

  const done = (type: PendingOperation["type"], of: string, present = true) =>
    decide({ type, resource: resource(of, "it") }, present).do;

  it("that changes something is asked for, because the next up may have another plan", () => {
    for (const type of [ROLE, "postgresql:index/grant:Grant", INGRESS, SECRET]) {
      assert.strictEqual(done("updating", type), "ask", type);
    }
    assert.strictEqual(done("updating", "pulumi:index:Stash"), "forget");
  });

  it("that changes what no refresh tells all of is sent again", () => {
    for (const type of [RELEASE, "azure-native:network:VirtualNetwork"]) {
      assert.strictEqual(done("updating", type), "send", type);
    }
  });

  it("that deletes is asked for where a second deletion fails, or a plan may want it back", () => {
    for (const type of [ROLE, RELEASE, INGRESS, SECRET]) {
      assert.strictEqual(done("deleting", type), "ask", type);
      assert.strictEqual(done("deleting", type, false), "forget", type);
    }
    assert.strictEqual(done("deleting", JOB), "forget");
    assert.strictEqual(done("deleting", "random:index/randomPassword:RandomPassword"), "forget");
  });

  it("that creates under a fixed name is adopted under the id that follows from it", () => {
    const cases: [PendingOperation, string][] = [
      [creating(ROLE, { name: "app_blue" }), "app_blue"],
      [creating(RELEASE, { namespace: "app", name: "app-blue" }), "app/app-blue"],
      [
        creating(INGRESS, {
          metadata: { namespace: "app", name: "app" },
        }),
        "app/app",
      ],
      [creating("kubernetes:core/v1:Namespace", { metadata: { name: "app" } }), "app"],
    ];
    for (const [operation, id] of cases) {
      const decision = decide(operation, false);
      assert.deepStrictEqual([decision.do, "id" in decision && decision.id], ["adopt", id]);
      assert.strictEqual(decide(operation, true).do, "ask");
    }
  });

  it("that creates what has no name of its own is forgotten", () => {
    for (const type of [
      "pulumi:index:Stash",
      "random:index/randomPassword:RandomPassword",
      "postgresql:index/grant:Grant",
      "postgresql:index/grantRole:GrantRole",
      JOB,
    ]) {
      assert.strictEqual(decide(creating(type), false).do, "forget", type);
    }
  });

  it("that says a part of an object of others is forgotten: saying it again is no other thing", () => {
    const operation = creating("kubernetes:networking.k8s.io/v1:IngressPatch", {
      metadata: { namespace: "team", name: "shop" },
    });
    assert.strictEqual(decide(operation, false).do, "forget");
  });

  it("that creates something in Azure is forgotten, and a person is told what may come", () => {
    const decision = decide(creating("azure-native:network:VirtualNetwork"), false);
    assert(decision.do === "leave");
    assert.match(decision.why, /pulumi import azure-native:network:VirtualNetwork <name> <id>/);
  });

  it("is told by name, type and what was under way", () => {
    says(
      describeOperation(creating(JOB)),
      /^it \(kubernetes:batch\/v1:Job\) was being created when the engine ended/,
      "not recorded",
    );
  });
});
