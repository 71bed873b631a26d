import assert from "node:assert";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { dirname } from "node:path";
import type { StateResource } from "../operate/state/state";
import { findEngine } from "../rehearsal/engine/engine";
import { type Ended, PipelineAgent } from "./support/pipelineAgent";
import { dynamic, fromAddress, loginBy, provider, servedBy } from "./support/poisonedState";

/**
 * A state that somebody has written who cannot open its secrets, before the real engine and what runs on
 * an agent. That the engine alone falls for it is shown first: otherwise the rest would show nothing.
 */
describe("a poisoned state", function () {
  this.timeout(300_000);
  let agent: PipelineAgent;
  let server: Server;
  let asked: number;
  let marker: string;
  let stateFile: string;
  let variables: NodeJS.ProcessEnv;
  let plugin: StateResource[];
  let code: StateResource[];
  let login: StateResource[];

  before(async () => {
    const { command } = await findEngine();
    agent = await PipelineAgent.create([dirname(command.command)]);
    const runner = require.resolve("@pulumi/pulumi/cmd/dynamic-provider");
    await agent.program("pulumi-resource-pulumi-nodejs", `exec node "${runner}" "$@"`);
    server = createServer((_, response) => {
      asked++;
      response.statusCode = 404;
      response.end();
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    marker = agent.path("was-run");
    plugin = fromAddress(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    code = dynamic(`require("node:fs").writeFileSync(${JSON.stringify(marker)}, "")`);
    await agent.program("evil", `touch ${marker}`);
    login = [
      provider("kubernetes", { enableServerSideApply: "true", kubeconfig: loginBy("evil") }),
    ];
    const state = await agent.directory("state");
    variables = {
      ...{ PULUMI_BACKEND_URL: `file://${state}`, PULUMI_HOME: await agent.directory("home") },
      ...{ PULUMI_CONFIG_PASSPHRASE: "", PULUMI_SKIP_UPDATE_CHECK: "true", no_proxy: "127.0.0.1" },
    };
    stateFile = `${state}/.pulumi/stacks/rotation/prod.json`;
    const made = await agent.run("pulumi", ["stack", "init", "prod"], variables);
    assert.strictEqual(made.code, 0, made.stderr);
  });
  beforeEach(() => (asked = 0));
  after(async () => {
    server?.close();
    await agent?.close();
  });

  /** Writes resources into the state, as somebody who can write the storage. */
  async function poison(resources: readonly StateResource[]): Promise<void> {
    const state = JSON.parse(await readFile(stateFile, "utf8")) as {
      checkpoint: { latest: { resources?: readonly StateResource[] } };
    };
    state.checkpoint.latest.resources = resources;
    await writeFile(stateFile, JSON.stringify(state));
  }

  /** What the engine does with it by itself, without the program. */
  function engine(more: NodeJS.ProcessEnv = {}): Promise<Ended> {
    const args = ["refresh", "--yes", "--skip-preview", "--stack", "prod", "--non-interactive"];
    return agent.run("pulumi", args, { ...variables, ...more });
  }

  const ALONE = { PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true" };

  it("makes the engine alone ask its address for a plugin, but for the variable", async () => {
    await poison(plugin);
    assert.notStrictEqual((await engine()).code, 0);
    assert.ok(asked > 0);
    asked = 0;
    assert.match((await engine(ALONE)).stderr, /evil/);
    assert.strictEqual(asked, 0);
  });

  it("makes the engine alone run its code, whatever the variable says", async () => {
    await poison(code);
    await engine(ALONE);
    assert.ok(existsSync(marker));
  });

  describe("that names a plugin, code, and a login for the cluster", () => {
    let before: string;

    beforeEach(async () => {
      const ended = await agent.run("rm", ["-f", marker]);
      assert.strictEqual(ended.code, 0);
      await poison([
        ...plugin,
        ...code,
        ...login,
        servedBy(login[0]!, "kubernetes:core/v1:Namespace"),
      ]);
      before = await readFile(stateFile, "utf8");
    });

    const rotation = (...args: string[]) =>
      agent.run(
        process.execPath,
        [agent.path("cli", "rotation.mjs"), ...args, "--stack", "prod"],
        variables,
      );
    const script = (name: string, ...args: string[]) =>
      agent.script(name, ["prod", ...args], variables);

    const COMMANDS: Readonly<Record<string, [run: () => Promise<Ended>, code: number]>> = {
      "the pipelines' preview": [() => script("preview", agent.path("report")), 3],
      "the pipelines' look for drift": [() => script("drift"), 3],
      "the pipelines' up": [() => script("up"), 3],
      "the job that reads the records": [() => script("records"), 2],
      recover: [() => rotation("recover", "--yes"), 3],
      status: [() => rotation("status"), 1],
    };
    for (const [what, [run, expected]] of Object.entries(COMMANDS)) {
      it(`is named by ${what}, which runs nothing, asks nobody and leaves it as it is`, async () => {
        const { code: ended, stdout, stderr } = await run();
        const said = stdout + stderr;
        assert.strictEqual(ended, expected, said);
        assert.match(said, /The state names what is none of this stack's/);
        for (const part of ["evil", "pulumi-nodejs:dynamic:Resource", '"kubeconfig"']) {
          assert.ok(said.includes(part), said);
        }
        assert.strictEqual(asked, 0);
        assert.ok(!existsSync(marker));
        assert.strictEqual(await readFile(stateFile, "utf8"), before);
      });
    }
  });
});
