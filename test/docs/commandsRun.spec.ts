import assert from "node:assert";
import { appendFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Connections } from "../../components/facts/connections";
import { kubeconfigOf } from "../../operate/recovery/cluster";
import type { State } from "../../operate/state/state";
import { shellBlocks } from "../support/shellBlocks";
import { TwinAgent } from "../support/twinAgent";

/** The block of a document that begins with this, for the rehearsal's stack. */
function block(file: string, begin: string): string {
  const found = shellBlocks(file).find(({ text }) => text.startsWith(begin));
  assert(found, `${file} has no block that begins with ${begin}.`);
  return found.text.replace("--stack prod", "--stack rehearsal");
}

/** A line of a provider's resource; a replacement has two more, for its halves. */
const OPERATION = /^ (?:\+-|[~+-]) +(?:random|postgresql|azure-native|kubernetes):/;

/** Lines of the text that docs/moves.md quotes after a sentence. */
async function quotedAfter(sentence: string): Promise<string[]> {
  const moves = await readFile(join(__dirname, "..", "..", "docs", "moves.md"), "utf8");
  const quoted = moves.split(sentence)[1]?.split("```text\n")[1]?.split("\n```")[0];
  assert(quoted, `docs/moves.md quotes nothing after "${sentence}".`);
  return quoted.split("\n");
}

/** Asserts that the document shows a preview as the CLI printed it, shortened as it says there. */
async function assertQuoted(preview: string): Promise<void> {
  const operations = await quotedAfter("The preview of a rotation");
  assert.ok(operations.length < 40, `${operations.length} lines are too many to read`);
  const count = operations.pop()!;
  const printed = preview.split("\n").map((line) => line.trimEnd());
  // The engine works at several things at once, so their lines come in any order.
  assert.deepStrictEqual(
    operations.filter((line) => line !== "").sort(),
    printed.filter((line) => OPERATION.test(line)).sort(),
  );
  for (const line of [count, ...(await quotedAfter("it says what the move is"))]) {
    assert.ok(preview.includes(line.replace(/\.\.\.$/, "")), `not in ${preview}: ${line}`);
  }
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
    // The document rotates from 7 to 8, with 6 retired.
    const settings = "  rotation:counter: 7\n  rotation:retired: 6\n";
    await appendFile(twin.agent.path("stacks/Pulumi.rehearsal.yaml"), settings);
  });
  after(() => twin?.close());

  it("deploy", async () => {
    const said = await run("docs/rehearsal.md", "pulumi stack init rehearsal");
    assert.match(said, /Resources:\s+\+ \d+ created/);
  });

  it("rotate, after a preview that says so", async () => {
    const said = await run("docs/moves.md", "pulumi config set rotation:counter");
    // `up` previews, too.
    const [, preview = "", , up = ""] = said.split(/^(?:Previewing update|Updating) /m);
    await assertQuoted(preview);
    assert.match(up, /rotation-traffic updated/);
  });

  it("retire", async () => {
    const said = await run("docs/moves.md", "pulumi config set rotation:retired");
    assert.match(said, /rotation-proof-refused-8-live-8 created/);
  });

  it("update to a new image: its trial, then the slots", async () => {
    const said = await run("docs/moves.md", "pulumi config set rotation:appImage");
    assert.match(said, /Update, no move: blue \(generation 8, live\) gets/);
    assert.match(said, /rotation-trial-[0-9a-f]{12} created[\s\S]*rotation-blue-release updated/);
  });

  it("declare a run for the gateway, and accept what was changed by hand", async () => {
    for (const file of ["docs/platform.md", "docs/status.md"]) {
      const said = await run(file, "pulumi config set");
      assert.match(said, /Resources:\s+\d+ unchanged\s+Duration/);
    }
  });

  it("say where we stand, without a state too", async () => {
    assert.match(await run("docs/status.md", "npx rotation status"), /Nothing disagrees\./);

    const { database, vault } = JSON.parse(
      await twin.shell("pulumi stack output connections --json"),
    ) as Connections;
    const kubeconfig = twin.agent.path("kubeconfig");
    const state = JSON.parse(await twin.shell("pulumi stack export --show-secrets")) as State;
    await writeFile(kubeconfig, kubeconfigOf(state) ?? "");
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
