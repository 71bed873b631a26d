import assert from "node:assert";
import { writeFile } from "node:fs/promises";
import { PipelineAgent } from "./support/pipelineAgent";

/** Those that need neither an engine nor a cloud; the others are in `pipelineScripts.load.ts`. */
describe("The scripts of the pipelines", () => {
  let agent: PipelineAgent;

  before(async () => {
    agent = await PipelineAgent.create();
    await agent.recordAz();
  });
  after(() => agent.close());

  it("hand the login of the task to Azure's provider", async () => {
    await writeFile(agent.path("show.sh"), "env | grep ^ARM_ | sort; echo $1");
    const login = { servicePrincipalId: "client", tenantId: "tenant", idToken: "token" };
    const { stdout } = await agent.script("azure", [agent.path("show.sh"), "prod"], login);
    assert.deepStrictEqual(stdout.trim().split("\n"), [
      "ARM_CLIENT_ID=client",
      "ARM_OIDC_TOKEN=token",
      "ARM_SUBSCRIPTION_ID=subscription",
      "ARM_TENANT_ID=tenant",
      "ARM_USE_OIDC=true",
      "prod",
    ]);
  });

  it("name the stacks that a commit changes, all of them when the commit is unknown", async () => {
    const variable = "##vso[task.setvariable variable=stacks;isOutput=true]";
    const stacks = async (...args: string[]) => {
      const { stdout } = await agent.script("stacks", args);
      return stdout.split(variable)[1]?.trim();
    };
    assert.strictEqual(await stacks("HEAD"), "[]");
    assert.strictEqual(await stacks("0000000000000000000000000000000000000000"), '["dev","prod"]');
    assert.strictEqual(await stacks("HEAD", "dev"), '["dev"]');
    assert.strictEqual((await agent.script("stacks", ["HEAD", "rehearsal"])).code, 2);
  });
});
