import assert from "node:assert";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import type { Finding } from "../../operate/preflight/finding";
import { DEFAULT_HOSTS, makeGiven } from "../../twin/azure/given";
import { AUDIENCES } from "../../twin/azure/reads/answer";
import { Reads } from "../../twin/azure/reads/reads";
import { RESOURCE_TYPES } from "../../twin/azure/resourceTypes";
import { writeAzureCli } from "../../twin/azure/runner/azureCli";
import { AzureBench } from "../support/azureCloud";
import { ROLE, vaultId } from "../support/preflight";
import { type Ended, rotation } from "./command";

describe("rotation preflight", function () {
  this.timeout(120_000);
  let directory: string;
  let bench: AzureBench;
  let reads: Reads;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "preflight-"));
    bench = await AzureBench.start();
    const { cloud } = bench;
    await makeGiven(cloud, DEFAULT_HOSTS);
    await bench.grant(cloud.deployer.objectId, ROLE.keyVaultReader, vaultId(cloud.subscriptionId));
    reads = await Reads.start(cloud, { types: [...RESOURCE_TYPES.values()] });
    const audiences = [AUDIENCES.resourceManager, `https://${reads.address}`];
    await writeAzureCli(directory, cloud, audiences);
  });

  after(async () => {
    await reads.stop();
    await bench.stop();
    await rm(directory, { recursive: true });
  });

  afterEach(() => reads.mend());

  /** Runs it as somebody who is logged in to the twin by its `az`; there is no state. */
  function preflight(...args: string[]): Promise<Ended> {
    const none = join(directory, "none");
    return rotation(["preflight", "--stack", "rehearsal", "--pulumi", none, ...args], {
      variables: {
        PATH: [directory, process.env["PATH"]].join(delimiter),
        ARM_METADATA_HOSTNAME: reads.address,
        ARM_SUBSCRIPTION_ID: "",
        AZURE_TOKEN_CREDENTIALS: "AzureCliCredential",
        NODE_EXTRA_CA_CERTS: bench.cloud.world.authority.file,
      },
    });
  }

  it("ends with 0 when all is well, and says so", async () => {
    const { code, stdout, stderr } = await preflight();
    assert.deepStrictEqual([code, stderr], [0, ""], stdout);
    assert.match(stdout, /^No state: There is no \S+\/none/);
    assert.match(stdout, /^ok {13}resource providers {2,}\d+ are registered$/m);
    assert.match(
      stdout,
      /\n\nStack rehearsal: 0 wrong, 0 not asked, \d for later, \d\d ok\. Nothing stands in the way of `pulumi up`\.\n$/,
    );
  });

  it("ends with 1 when something is wrong, also where something could not be asked", async () => {
    reads.situation.unregistered.add("Microsoft.EventGrid");
    reads.situation.isDirectoryOpen = false;
    const { code, stdout } = await preflight();
    assert.strictEqual(code, 1);
    assert.match(
      stdout,
      /^wrong {10}resource provider Microsoft\.EventGrid .*\n {15}-> az provider register --namespace Microsoft\.EventGrid --wait$/m,
    );
    assert.match(stdout, /^could not ask {2}group of administrators /m);
    assert.match(stdout, /: 1 wrong, 1 not asked, /);
  });

  it("ends with 4 when nothing is wrong, but not all could be asked, and says the same as JSON", async () => {
    reads.situation.isDirectoryOpen = false;
    const { code, stdout, stderr } = await preflight("--json");
    assert.deepStrictEqual([code, stderr], [4, ""]);
    const said = JSON.parse(stdout) as {
      stack: string;
      subscription: string;
      findings: Finding[];
      missing: string;
    };
    assert.deepStrictEqual(Object.keys(said), ["stack", "subscription", "findings", "missing"]);
    assert.strictEqual(said.subscription, bench.cloud.subscriptionId);
    const unasked = said.findings.filter(({ state }) => state === "could not ask");
    assert.deepStrictEqual(
      unasked.map(({ what }) => what),
      ["group of administrators"],
    );
    assert.match(unasked[0]!.help[0]!, /^az ad group show /);
  });

  it("also has Azure's own judgment with --what-if", async () => {
    const { code, stdout } = await preflight("--what-if");
    assert.strictEqual(code, 0, stdout);
    assert.match(stdout, /^ok {13}validation /m);
    assert.match(stdout, /^ok {13}what-if .* \d+ to create$/m);
  });

  it("ends with 2 when nobody is logged in", async () => {
    await rm(join(directory, "az"));
    const { code, stdout, stderr } = await preflight();
    assert.deepStrictEqual([code, stdout], [2, ""]);
    assert.match(stderr, /^nobody is logged in to Azure for \S+: .+ Run `az login`\.\n$/);
  });
});
