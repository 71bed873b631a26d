import assert from "node:assert";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { chmod, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";

const ROOT = join(__dirname, "..");
const run = promisify(execFile);

const STATE = {
  deployment: {
    resources: [
      {
        urn: "urn:pulumi:prod::rotation::pulumi:pulumi:Stack::rotation-prod",
        type: "pulumi:pulumi:Stack",
        outputs: {
          completed: { plan: { counter: 0, live: 0, retired: -1 }, settings: "s", attempt: "a" },
          live: {
            slot: "blue",
            generation: 0,
            created: "2026-09-01T00:00:00.000Z",
            expires: "2026-11-30T00:00:00.000Z",
            started: "2026-09-01T00:00:00.000Z",
          },
        },
      },
    ],
  },
};

/**
 * The scripts as they are, in a clone of their own; `pulumi` and `az` write down how they are
 * called. Shows what the scripts ask for, not what Azure answers.
 */
describe("The scripts of the pipelines", () => {
  let folder: string;
  let clone: string;
  let origin: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "pipelines-"));
    clone = join(folder, "clone");
    origin = join(folder, "origin.git");
    await mkdir(join(folder, "bin"));
    for (const path of ["azure-pipelines", "components", "operate", "stacks", "package.json"]) {
      await cp(join(ROOT, path), join(clone, path), { recursive: true });
    }
    await cp(join(ROOT, "tsconfig.json"), join(clone, "tsconfig.json"));
    await symlink(join(ROOT, "node_modules"), join(clone, "node_modules"));
    await git("init", "--quiet", "--initial-branch=main");
    await git("add", "azure-pipelines", "components", "operate", "stacks", "package.json");
    await git(
      "-c",
      "user.name=t",
      "-c",
      "user.email=t@localhost",
      "commit",
      "--quiet",
      "-m",
      "all",
    );
    await run("git", ["clone", "--quiet", "--bare", clone, origin]);
    await git("remote", "add", "origin", origin);
    await stub("az", `printf '%s\\n' "$@" >>"${folder}/az"; echo subscription`);
  });

  afterEach(() => rm(folder, { recursive: true }));

  function git(...args: string[]) {
    return run("git", args, { cwd: clone });
  }

  /** Puts a program on PATH. */
  async function stub(name: string, script: string): Promise<void> {
    const path = join(folder, "bin", name);
    await writeFile(path, `#!/usr/bin/env bash\n${script}\n`);
    await chmod(path, 0o755);
  }

  /** Runs a script; resolves with its exit code and what it printed. */
  async function script(name: string, args: string[], variables: NodeJS.ProcessEnv = {}) {
    const PATH = [join(folder, "bin"), process.env["PATH"]].join(delimiter);
    const env = { ...process.env, ...variables, PATH };
    const all = [join(clone, `azure-pipelines/scripts/${name}.sh`), ...args];
    try {
      return { code: 0, ...(await run("bash", all, { cwd: clone, env })) };
    } catch (error) {
      return error as { code: number; stdout: string; stderr: string };
    }
  }

  it("hand the login of the task to Azure's provider", async () => {
    await writeFile(join(folder, "show.sh"), "env | grep ^ARM_ | sort; echo $1");
    const login = { servicePrincipalId: "client", tenantId: "tenant", idToken: "token" };
    const { stdout } = await script("azure", [join(folder, "show.sh"), "prod"], login);
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
      const { stdout } = await script("stacks", args);
      return stdout.split(variable)[1]?.trim();
    };
    assert.strictEqual(await stacks("HEAD"), "[]");
    assert.strictEqual(await stacks("0000000000000000000000000000000000000000"), '["dev","prod"]');
    assert.strictEqual(await stacks("HEAD", "dev"), '["dev"]');
    assert.strictEqual((await script("stacks", ["HEAD", "rehearsal"])).code, 2);
  });

  it("open a pull request with the move in it, and only once", async () => {
    await stub("pulumi", `cat "${folder}/state.json"`);
    await writeFile(join(folder, "state.json"), JSON.stringify(STATE));
    const read = await script("records", ["prod"]);
    const [, records = ""] = /variable=records;isOutput=true\](.*)/.exec(read.stdout) ?? [];

    const first = await script("propose", ["prod", "rotate"], { RECORDS: records });
    assert.strictEqual(first.code, 0, first.stderr);
    const branch = "rotation/prod/rotate-1";
    const { stdout: diff } = await git("--git-dir", origin, "diff", "-U0", "main", branch);
    assert.deepStrictEqual(diff.match(/^[+-] .*$/gm), ["+  rotation:counter: 1"]);
    const asked = await readFile(join(folder, "az"), "utf8");
    assert.match(asked, /^repos\npr\ncreate\n/);
    assert.match(asked, /--source-branch\nrotation\/prod\/rotate-1\n--target-branch\nmain\n/);
    assert.match(asked, /generation 0 \(blue\), is \d+ days old/);

    await git("switch", "--quiet", "main");
    const second = await script("propose", ["prod", "rotate"], { RECORDS: records });
    assert.match(
      second.stdout,
      /^Nothing to propose\. rotation\/prod\/rotate-1 is proposed already/,
    );
    assert.strictEqual(await readFile(join(folder, "az"), "utf8"), asked);
  });

  describe("that preview", () => {
    let server: Server;
    let posted: {
      url: string;
      authorization: string;
      body: { comments: [{ content: string }]; status: string };
    }[];

    beforeEach(async () => {
      posted = [];
      server = createServer((request, response) => {
        void text(request).then((body) => {
          const { url = "", headers } = request;
          const authorization = headers.authorization ?? "";
          posted.push({ url, authorization, body: JSON.parse(body) as (typeof posted)[0]["body"] });
          response.end("{}");
        });
      });
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
    });

    afterEach(() => server.close());

    function preview() {
      return script("preview", ["prod"], {
        SYSTEM_COLLECTIONURI: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
        SYSTEM_TEAMPROJECTID: "project",
        BUILD_REPOSITORY_ID: "repository",
        SYSTEM_PULLREQUEST_PULLREQUESTID: "7",
        SYSTEM_ACCESSTOKEN: "token",
        no_proxy: "127.0.0.1",
      });
    }

    it("write what the engine says into the pull request", async () => {
      await stub("pulumi", `echo "$*"; echo 'a "quoted" change'`);
      const { code, stderr } = await preview();
      assert.strictEqual(code, 0, stderr);
      const [{ url, authorization, body }] = posted as [(typeof posted)[0]];
      assert.strictEqual(
        url,
        "/project/_apis/git/repositories/repository/pullRequests/7/threads?api-version=7.1",
      );
      assert.strictEqual(authorization, "Bearer token");
      assert.match(body.comments[0].content, /^#### Preview of prod\n/);
      assert.match(body.comments[0].content, /preview --stack prod .*--policy-pack policy/);
      assert.match(body.comments[0].content, /a "quoted" change/);
      assert.strictEqual(body.status, "closed");
    });

    it("fail when a move is refused, and write the refusal into the pull request", async () => {
      await stub("pulumi", `echo "rotation:counter may rise by one" >&2; exit 255`);
      assert.strictEqual((await preview()).code, 255);
      const [{ body }] = posted as [(typeof posted)[0]];
      assert.match(body.comments[0].content, /^#### Preview of prod: refused or failed\n/);
      assert.match(body.comments[0].content, /rotation:counter may rise by one/);
      assert.strictEqual(body.status, "active");
    });
  });

  for (const [name, flags] of [
    ["up", ["up", "--yes", "--policy-pack policy"]],
    ["drift", ["preview", "--refresh", "--expect-no-changes"]],
  ] as const) {
    it(`end as the engine ends: ${name}`, async () => {
      await stub("pulumi", `echo "$*"; exit 4`);
      const { code, stdout } = await script(name, ["prod"]);
      assert.strictEqual(code, 4);
      assert.ok(stdout.startsWith(`${flags[0]} --stack prod `));
      assert.ok(
        flags.every((flag) => stdout.includes(flag)),
        stdout,
      );
    });
  }
});
