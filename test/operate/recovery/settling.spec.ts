import assert from "node:assert";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { settle } from "../../../operate/recovery/settling";
import type { PendingOperation, State, StateResource } from "../../../operate/state/state";
import { type Answers, PulumiCli } from "../../support/pulumiCli";
import { INGRESS, JOB, RELEASE, ROLE, resource } from "../../support/stateResource";
import { says } from "../../support/says";

describe("recovery of the state", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "recover-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const pending = (
    type: PendingOperation["type"],
    of: StateResource,
    resources: readonly StateResource[] = [of],
  ): State => ({
    deployment: { resources, pending_operations: [{ type, resource: of }] },
  });

  async function settled(state: State, answers: Answers = {}) {
    const cli = await PulumiCli.writeInto(folder, state, answers);
    const findings = await settle(cli.project(), state);
    return { cli, findings, done: findings.map(({ done }) => done).join("\n") };
  }

  /** How often the CLI was called with words. */
  async function called(cli: PulumiCli, words: string): Promise<number> {
    return (await cli.calls()).filter((call) => call.includes(words)).length;
  }

  const begun = resource(ROLE, "rotation-blue-role", { inputs: { name: "app_blue" } });
  const role = { ...begun, id: "app_blue" };

  it("has what is there of a resource that was being changed, and of no other one", async () => {
    const ingress = resource(INGRESS, "rotation-traffic", { id: "app/app" });
    const { cli, done } = await settled(pending("updating", ingress, [role, ingress]));
    const [call] = (await cli.calls()).filter((each) => each.startsWith("refresh"));
    assert.deepStrictEqual(call?.match(/urn:\S+/g), [ingress.urn]);
    assert.match(done, /^refreshed: the state has what exists now, so the next `pulumi up` ap/);
    assert.deepStrictEqual(cli.state.deployment, { resources: [role, ingress] });
  });

  it("has a release that was being changed marked: the next up upgrades it anyhow", async () => {
    const release = resource(RELEASE, "rotation-blue-release", { id: "app/app-blue" });
    const { cli, done, findings } = await settled(pending("updating", release));
    assert.match(done, /^will be sent again by the next `pulumi up`, whatever its plan: /);
    const [{ initErrors = [] }] = cli.resources as [StateResource];
    assert.match(initErrors.join("\n"), /^rotation-blue-release .* so all of it is sent again$/);
    assert.strictEqual(await called(cli, "refresh"), 0);
    assert.strictEqual(findings[0]?.left, false);
    // Nothing is left to do, and the mark stays until an `up` has upgraded it.
    assert.deepStrictEqual(await settle(cli.project(), cli.state), []);
  });

  it("loses what was being deleted and is gone", async () => {
    const { cli, done } = await settled(pending("deleting", role), { gone: [role.urn] });
    assert.match(done, /^refreshed: it does not exist, .*removed from the state$/);
    assert.deepStrictEqual(cli.resources, []);
  });

  it("still doubts a role whose earlier change failed: nobody tells its password", async () => {
    const doubted = { ...role, initErrors: ["could not commit transaction"] };
    const { cli } = await settled(pending("updating", doubted));
    assert.deepStrictEqual(cli.resources, [doubted]);
  });

  it("gets what was created, and loses it when it is not there", async () => {
    const { cli, done } = await settled(pending("creating", begun, []));
    assert.match(done, /^it exists and is now in the state as app_blue: /);
    assert.deepStrictEqual(cli.resources, [{ ...role, outputs: role.inputs }]);
    const other = await settled(pending("creating", begun, []), { gone: [role.urn] });
    assert.match(other.done, /^it does not exist: removed from the state/);
    assert.deepStrictEqual(other.cli.resources, []);
  });

  it("gets what was created in the place of what was deleted for it", async () => {
    const old = { ...role, pendingReplacement: true, inputs: { name: "app_blue", login: false } };
    const behind = {
      ...resource("postgresql:index/grantRole:GrantRole", "rotation-blue-sessions"),
      pendingReplacement: true,
      dependencies: [role.urn],
    };
    const { cli, done } = await settled(pending("creating", role, [old, behind]));
    assert.match(done, /^it exists and is now in the state as app_blue: .*\(42710\)$/);
    assert.deepStrictEqual(cli.resources, [{ ...role, outputs: role.inputs }, behind]);
  });

  it("loses what is gone from the cluster, once its provider says so too", async () => {
    const job = resource(JOB, "rotation-proof-refused-3-live-3", {
      id: "app/proof",
      initErrors: ["the Job failed"],
    });
    const state: State = { deployment: { resources: [role, job] } };
    const found = `${JOB}) is in the state but not in the cluster`;
    const cli = await PulumiCli.writeInto(folder, state, { unreachable: [job.urn] });
    const [left] = await settle(cli.project(), state, [job]);
    assert.match(left?.found ?? "", /could not be asked about rotation-proof-refused-3/);

    cli.answer({ gone: [job.urn] });
    const [finding, ...others] = await settle(cli.project(), cli.state, [job]);
    assert.deepStrictEqual([finding?.left, others], [false, []]);
    assert.ok(finding?.found.endsWith(found));
    assert.match(finding?.done ?? "", /^refreshed: it does not exist, .*removed from the state$/);
    assert.deepStrictEqual(cli.resources, [role]);
  });

  it("says what is not certain while a provider cannot be asked, until it can", async () => {
    const ingress = resource(INGRESS, "rotation-traffic", { id: "app/app" });
    const state: State = {
      deployment: {
        resources: [ingress],
        pending_operations: [
          { type: "creating", resource: begun },
          { type: "updating", resource: ingress },
        ],
      },
    };
    const { cli, findings } = await settled(state, { unreachable: [role.urn] });
    const [asked, left, ...others] = findings;
    assert.match(asked?.done ?? "", /^refreshed: /);
    assert.strictEqual(left?.left, true);
    says(left.found, "providers could not be asked", "rotation-blue-role");
    assert.match(left.done, /no route to host\n.* Run this again where `pulumi up` runs/);
    assert.deepStrictEqual(others, []);
    const initErrors = [
      "rotation-blue-role (postgresql:index/role:Role) was being created when the engine ended; " +
        "whether that happened is not recorded",
    ];
    assert.deepStrictEqual(cli.resources, [ingress, { ...role, outputs: role.inputs, initErrors }]);

    cli.answer({ gone: [role.urn] });
    const [finding] = await settle(cli.project(), cli.state);
    assert.deepStrictEqual([finding?.found, finding?.left], [initErrors[0], false]);
    assert.deepStrictEqual(cli.resources, [ingress]);
    assert.deepStrictEqual(await settle(cli.project(), cli.state), []);
  });
});
