import * as assert from "node:assert/strict";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { LocalWorkspace } from "@pulumi/pulumi/automation";
import { findEngine } from "../../rehearsal/engine/engine";

const POLICY = resolve(__dirname, "../../policy");

/**
 * Proves that the engine loads the pack and stops a preview by it. The resource is a component with
 * a vault's token, because no Azure is asked; the Node language host, which a Pulumi installation
 * starts packs with, is stood in for by the engine's older way, a script of a known name.
 */
describe("The policy pack under the engine", function () {
  this.timeout(60_000);
  let directory: string;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "policy-pack-"));
    const host = join(directory, "pulumi-analyzer-policy-nodejs");
    const runner = require.resolve("@pulumi/pulumi/cmd/run-policy-pack");
    await writeFile(host, `#!/bin/sh\nexec "${process.execPath}" "${runner}" "$@"\n`);
    await chmod(host, 0o755);
  });

  after(() => rm(directory, { recursive: true, force: true }));

  it("stops a preview at broken rules, but for those that the stack's profile waives", async () => {
    const dev = await preview("dev");
    assert.match(dev, /\[mandatory\] {2}azr-000388 .*platform-vault/);
    assert.match(dev, /properties\.enableRbacAuthorization is false; it must be true\./);
    assert.match(
      dev,
      /\[mandatory\] {2}azr-000119 .*platform-vault/,
      "a rule about the whole stack",
    );
    assert.doesNotMatch(dev, /azr-000125/);
    assert.match(await preview("prod"), /\[mandatory\] {2}azr-000125 .*platform-vault/);
  });

  /** What the engine prints when it refuses a vault that breaks rules. */
  async function preview(profile: string): Promise<string> {
    const { command } = await findEngine();
    const program = () => {
      new pulumi.ComponentResource("azure-native:keyvault:Vault", "platform-vault", {
        vaultName: "kv-app",
        properties: { enableRbacAuthorization: false },
      });
      return Promise.resolve({});
    };
    const stack = await LocalWorkspace.createOrSelectStack(
      { stackName: profile, projectName: "rotation", program },
      {
        workDir: directory,
        pulumiHome: directory,
        pulumiCommand: command,
        envVars: {
          PATH: `${directory}${delimiter}${process.env["PATH"] ?? ""}`,
          PULUMI_BACKEND_URL: `file://${directory}`,
          PULUMI_CONFIG_PASSPHRASE: "",
          PULUMI_SKIP_UPDATE_CHECK: "true",
        },
      },
    );
    await stack.setConfig("rotation:profile", { value: profile });
    const refused = await stack.preview({ policyPacks: [POLICY], color: "never" }).then(
      () => undefined,
      (error: Error) => error,
    );
    assert.ok(refused, "the preview was not refused");
    return refused.message;
  }
});
