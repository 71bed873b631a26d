import assert from "node:assert";
import { Logs } from "../../../components/platform/logs";
import type { ProfileName } from "../../../components/platform/profiles";
import { MockProgram } from "../../../mocks/mocks";
import { platformScope } from "../../support/platformScope";

async function workspaceOf(profile: ProfileName) {
  const program = await MockProgram.start();
  new Logs("logs", { scope: platformScope(profile) });
  await program.drained();
  return program.find("azure-native:operationalinsights:Workspace", "logs");
}

describe("Logs", () => {
  it("takes entries from known identities only, never with a key", async () => {
    const { inputs } = await workspaceOf("dev");
    assert.deepStrictEqual(inputs["features"], { disableLocalAuth: true });
  });

  it("keeps what was written for as long as the profile says", async () => {
    assert.strictEqual((await workspaceOf("dev")).inputs["retentionInDays"], 30);
    assert.strictEqual((await workspaceOf("prod")).inputs["retentionInDays"], 90);
  });

  it("cannot be deleted by Pulumi in production", async () => {
    assert.strictEqual((await workspaceOf("prod")).options.protect, true);
    assert.strictEqual((await workspaceOf("dev")).options.protect, false);
  });
});
