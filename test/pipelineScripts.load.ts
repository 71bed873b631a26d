import assert from "node:assert";
import { copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { writePlan } from "../operate/pipelines/stackFile";
import { asSuperuser, tryLogin } from "../rehearsal/clients/checks";
import { type Rig, requestsOf } from "../rehearsal/rig/rig";
import type { Ended, PipelineAgent } from "./support/pipelineAgent";
import { PullRequestComments } from "./pullRequestComments";
import { succeeded, TwinAgent } from "./support/twinAgent";

const ROOT = join(__dirname, "..");
const CLOCK = join(ROOT, "rehearsal", "up", "shiftedClock.ts");
const PROPOSE = join(ROOT, ".github", "workflows", "propose.yml");
/** Requests per second. */
const RATE = 20;

/**
 * A stack's life by the scripts of Azure Pipelines, with the real CLI and its state, in front of the
 * twin of the cloud and with traffic on; of GitHub's workflows the steps that are more than actions.
 * The stack is prod with the rehearsal's settings. `az` writes down how it is called, `gh` knows no
 * branch, and a server takes the comments. Shows nothing about the logins, nor of what Azure DevOps
 * and GitHub answer.
 */
describe("the scripts of the pipelines, in front of the twin", function () {
  this.timeout(300_000);
  let twin: TwinAgent;
  let rig: Rig;
  let agent: PipelineAgent;
  let comments: PullRequestComments;

  before(async () => {
    twin = await TwinAgent.start();
    ({ rig, agent } = twin);
    comments = await PullRequestComments.serve();
    await agent.recordAz();
    await copyFile(
      agent.path("stacks/Pulumi.rehearsal.yaml"),
      agent.path("stacks/Pulumi.prod.yaml"),
    );
    await twin.shell("pulumi stack init prod");
    await agent.commit("prod");
    await agent.git("push", "--quiet", "origin", "main");
  });

  after(async () => {
    comments?.close();
    await twin?.close();
  });

  function script(name: string, args: string[], variables: NodeJS.ProcessEnv = {}): Promise<Ended> {
    return twin.script(name, args, { ...comments.variables, ...variables });
  }

  /** Previews as the two jobs of a pull request do; the second one runs as main has it. */
  async function previewed(): Promise<Ended> {
    const report = await agent.directory(`report-${comments.posted.length}`);
    const ended = await script("preview", ["prod", report]);
    succeeded(await script("comment", ["prod", report]));
    return ended;
  }

  /** What the job that reads the state hands to the one that proposes. */
  async function records(): Promise<string> {
    const { stdout } = succeeded(await script("records", ["prod"]));
    const [, found] = /variable=records;isOutput=true\](.*)/.exec(stdout) ?? [];
    return found ?? assert.fail(stdout);
  }

  /** Asks for a move, so many hours later; what was said, and the branch it is on. */
  async function propose(move: string, hours = 0): Promise<{ said: string; branch: string }> {
    await agent.git("switch", "--quiet", "main");
    const later = {
      NODE_OPTIONS: ["ts-node/register/transpile-only", CLOCK]
        .map((file) => `--require ${JSON.stringify(require.resolve(file))}`)
        .join(" "),
      CLOCK_SHIFT_SECONDS: String(hours * 3600),
    };
    const asked = { RECORDS: await records(), ...(hours > 0 && later) };
    const { stdout } = succeeded(await script("propose", ["prod", move], asked));
    return { said: stdout, branch: await agent.git("branch", "--show-current") };
  }

  /** Runs a step of the workflow that proposes as GitHub's runner does, and returns its outputs. */
  async function githubStep(id: string, variables: NodeJS.ProcessEnv) {
    const { jobs } = parse(await readFile(PROPOSE, "utf8")) as {
      jobs: Record<string, { steps: { id?: string; run?: string }[] }>;
    };
    const steps = Object.values(jobs).flatMap((job) => job.steps);
    const RUNNER_TEMP = await agent.directory(id);
    const GITHUB_OUTPUT = join(RUNNER_TEMP, "output");
    await twin.shell(steps.find((each) => each.id === id)!.run!, {
      ...{ ...variables, RUNNER_TEMP, GITHUB_OUTPUT },
      GITHUB_STEP_SUMMARY: join(RUNNER_TEMP, "summary"),
      GITHUB_REPOSITORY: "owner/repository",
    });
    const lines = (await readFile(GITHUB_OUTPUT, "utf8")).trim().split("\n");
    return Object.fromEntries(lines.map((line) => line.split(/=(.*)/))) as Record<string, string>;
  }

  /** Lines that a branch changes in the stack's file, on the remote. */
  async function change(branch: string): Promise<string[]> {
    const diff = await agent.git("diff", "-U0", "origin/main", `origin/${branch}`, "--", "stacks");
    return diff.match(/^[+-] .*$/gm) ?? [];
  }

  /** Merges and runs `up` for the stacks that the merge has changed: prod and no other. */
  async function merged(branch: string): Promise<Ended> {
    await agent.merge(branch);
    const { stdout } = succeeded(await script("stacks", ["HEAD^1"]));
    assert.match(stdout, /^\["prod"\]$/m);
    return script("up", ["prod"]);
  }

  it("deploy what the main branch says", async () => {
    succeeded(await script("up", ["prod"]));
    const address = await twin.shell("pulumi stack output gatewayAddress --stack prod");
    await rig.startLoad(address.trim(), RATE);
    assert.strictEqual((await rig.production()).sessionUser, "app_blue");
  });

  it("open a pull request with the move in it, and only once", async () => {
    const { branch } = await propose("rotate");
    assert.strictEqual(branch, "rotation/prod/rotate-1");
    assert.deepStrictEqual(await change(branch), ["+  rotation:counter: 1"]);
    const asked = await agent.asked();
    assert.match(asked, /^repos\npr\ncreate\n/);
    assert.match(asked, /--source-branch\nrotation\/prod\/rotate-1\n--target-branch\nmain\n/);
    assert.match(asked, /generation 0 \(blue\), is 0 days old/);

    const second = await propose("rotate");
    assert.match(second.said, /^Nothing to propose\. rotation\/prod\/rotate-1 is already proposed/);
    assert.strictEqual(await agent.asked(), asked);
  });

  it("write what a pull request would do into it", async () => {
    await agent.git("switch", "--quiet", "rotation/prod/rotate-1");
    succeeded(await previewed());
    const { url, authorization, content, status } = comments.posted.at(-1)!;
    assert.strictEqual(
      url,
      "/project/_apis/git/repositories/repository/pullRequests/7/threads?api-version=7.1",
    );
    assert.strictEqual(authorization, "Bearer token");
    assert.match(content, /^#### Preview of prod\n/);
    assert.match(content, /rotation-green-password/);
    assert.match(content, /Policy Packs run:\s+Name +Version\s+rotation/);
    assert.strictEqual(status, "closed");
  });

  it("fail where a move is refused, and write the refusal into the pull request", async () => {
    await agent.git("switch", "--quiet", "--create", "by-hand", "main");
    const file = agent.path("stacks/Pulumi.prod.yaml");
    const two = { counter: 2, live: 2, retired: -1 };
    await writeFile(file, writePlan(await readFile(file, "utf8"), two));
    await agent.commit("Two at once");
    assert.notStrictEqual((await previewed()).code, 0);
    const { content, status } = comments.posted.at(-1)!;
    assert.match(content, /^#### Preview of prod: refused or failed\n/);
    assert.match(content, /rotation:counter may rise by one, from 0 to 1, not to 2/);
    assert.strictEqual(status, "active");
  });

  it("rotate when the pull request is merged, and the state says so", async () => {
    succeeded(await merged("rotation/prod/rotate-1"));
    assert.strictEqual((await rig.production()).sessionUser, "app_green");
    const { completed, live } = JSON.parse(await records()) as {
      completed: { plan: unknown };
      live: { slot: string; generation: number };
    };
    assert.deepStrictEqual(completed.plan, { counter: 1, live: 1, retired: -1 });
    assert.deepStrictEqual([live.slot, live.generation], ["green", 1]);
  });

  it("find no drift then, and find what was changed by hand", async () => {
    succeeded(await script("drift", ["prod"]));
    const login = await rig.superuser();
    await asSuperuser(login, "app", "ALTER ROLE app_blue NOLOGIN");
    const { code, stdout } = await script("drift", ["prod"]);
    assert.notStrictEqual(code, 0);
    assert.match(stdout, /rotation-blue-role/);
    await asSuperuser(login, "app", "ALTER ROLE app_blue LOGIN");
  });

  it("propose the same on GitHub", async () => {
    await agent.git("switch", "--quiet", "main");
    await agent.program("gh", "exit 0");
    const found = await githubStep("records", { STACK: "prod" });
    assert.deepStrictEqual(JSON.parse(found["records"]!), JSON.parse(await records()));
    const RECORDS = found["records"];
    const { branch, title } = await githubStep("proposal", {
      ...{ STACK: "prod", MOVE: "retire", RECORDS },
    });
    assert.deepStrictEqual(
      [branch, title],
      ["rotation/prod/retire-1", "prod: retire generation 0"],
    );
    assert.match(await agent.git("diff", "-U0"), /^\+ {2}rotation:retired: 0$/m);
    await agent.git("checkout", "--quiet", "stacks");
  });

  it("propose to retire when the soak is over, and what is merged is retired", async () => {
    assert.match((await propose("due")).said, /has been live for 0 hours/);
    const { branch } = await propose("due", 25);
    assert.strictEqual(branch, "rotation/prod/retire-1");
    assert.deepStrictEqual(await change(branch), ["+  rotation:retired: 0"]);
    succeeded(await merged(branch));
    const { value: password } = await rig.slotCredential("blue");
    const login = { user: "app_blue", password, database: "app" };
    assert.strictEqual((await tryLogin(await rig.superuser(), login)).sqlstate, "28000");
  });

  it("propose the way back when an `up` stops after it has moved traffic", async () => {
    const { branch } = await propose("due", 24 * 60);
    assert.strictEqual(branch, "rotation/prod/rotate-2");
    const fault = { kind: "fail", when: "after", nth: 1, text: "The answer got lost." } as const;
    await rig.twin.call("interrupt", { ...fault, urn: "after-promotion-2-live-2" });
    const { code, stdout, stderr } = await merged(branch);
    assert.notStrictEqual(code, 0);
    assert.match(`${stdout}${stderr}`, /The answer got lost/);
    assert.strictEqual((await rig.production()).sessionUser, "app_blue");

    const back = await propose("way-back");
    assert.strictEqual(back.branch, "rotation/prod/roll-back-2");
    assert.deepStrictEqual(await change(back.branch), ["+  rotation:live: 1"]);
    succeeded(await merged(back.branch));
    assert.strictEqual((await rig.production()).sessionUser, "app_green");
  });

  it("cost no request in all of this", async () => {
    const { load } = rig;
    const { failed, sent } = requestsOf(await load.between({ at: 0 }, load.mark()));
    assert.deepStrictEqual({ failed, sent: sent > RATE }, { failed: 0, sent: true });
  });
});
