import assert from "node:assert";
import { appendFile, writeFile } from "node:fs/promises";
import type { Connections } from "../../components/platform/connections";
import { kubeconfigOf } from "../../rehearsal/scenarios/status";
import { shellBlocks } from "../support/shellBlocks";
import { TwinAgent } from "../support/twinAgent";

/** The block of a document that begins with this, for the rehearsal's stack. */
function block(file: string, begin: string): string {
  const found = shellBlocks(file).find(({ text }) => text.startsWith(begin));
  assert(found, `${file} has no block that begins with ${begin}.`);
  return found.text.replace("--stack prod", "--stack rehearsal");
}

describe("the commands of the documents, in front of the twin", function () {
  this.timeout(300_000);
  let twin: TwinAgent;

  /** Runs a block; nobody is asked whether it may. */
  function run(file: string, begin: string): Promise<string> {
    return twin.shell(block(file, begin), { PULUMI_SKIP_CONFIRMATIONS: "true" });
  }

  before(async () => {
    twin = await TwinAgent.start();
    // The README rotates from 7 to 8.
    await appendFile(twin.agent.path("stacks/Pulumi.rehearsal.yaml"), "  rotation:counter: 7\n");
  });
  after(() => twin?.close());

  it("deploy", async () => {
    const said = await run("README.md", "pulumi stack init rehearsal");
    assert.match(said, /Resources:\s+\+ \d+ created/);
  });

  it("rotate, after a preview that says so", async () => {
    const said = await run("README.md", "pulumi config set rotation:counter");
    assert.match(said, /Previewing update[\s\S]*Rotate 7 -> 8: blue gets a new credential/);
    assert.match(said, /Updating [\s\S]*rotation-traffic updated/);
  });

  it("retire", async () => {
    const said = await run("README.md", "pulumi config set rotation:retired");
    assert.match(said, /rotation-proof-refused-8-live-8 created/);
  });

  it("declare a run for the gateway, and accept what was changed by hand", async () => {
    for (const file of ["docs/platform.md", "docs/status.md"]) {
      const said = await run(file, "pulumi config set");
      assert.match(said, /Resources:\s+\d+ unchanged\s+Duration/);
    }
  });

  it("say where we stand, without a state too", async () => {
    assert.match(await run("docs/status.md", "npm run -s status"), /Nothing disagrees\./);

    const { cluster, database, vault } = JSON.parse(
      await twin.shell("pulumi stack output connections --json"),
    ) as Connections;
    const kubeconfig = twin.agent.path("kubeconfig");
    await writeFile(kubeconfig, kubeconfigOf(cluster));
    const gateway = await twin.shell("pulumi stack output gatewayAddress");
    const lines = block("docs/status.md", "PGHOST=")
      .replace("<host>", database.host)
      .replace("<name>", vault.uri)
      .replace("<file>", kubeconfig)
      .replace("<address>", gateway.trim());
    const nowhere = `file://${await twin.agent.directory("nowhere")}`;
    const asked = twin.shell(lines, { PULUMI_BACKEND_URL: nowhere, PGDATABASE: database.name });
    // It ends as when something disagrees: there are no records.
    await assert.rejects(asked, /No state: [\s\S]*Nothing disagrees\.[\s\S]*rotation:counter -- 8/);
  });
});
