import assert from "node:assert";
import { readdirSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { parse } from "yaml";
import { MOVES } from "../operate/pipelines/choice";
import { deployedStacks } from "../operate/pipelines/changedStacks";
import {
  auditWorkflows,
  findLinters,
  type Linters,
  lintPipeline,
  lintShell,
  lintWorkflows,
} from "./linters";

const ROOT = join(__dirname, "..");

type Permissions = Readonly<Record<string, string>>;

interface Concurrency {
  readonly group: string;
  readonly "cancel-in-progress"?: unknown;
  readonly queue?: string;
}

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Job {
  readonly uses?: string;
  readonly if?: unknown;
  readonly environment?: string;
  readonly permissions?: Permissions;
  readonly concurrency?: Concurrency;
  readonly strategy?: Readonly<Record<string, unknown>>;
  readonly "runs-on"?: unknown;
  readonly "timeout-minutes"?: number;
  readonly steps?: readonly Step[];
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions?: Permissions;
  readonly concurrency?: Concurrency;
  readonly jobs: Readonly<Record<string, Job>>;
}

/** Paths of all files in a folder, from the repository's root. */
function filesIn(folder: string, extension: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(extension))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
    .sort();
}

function read(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

const WORKFLOWS = filesIn(".github/workflows", ".yml");
const ACTIONS = filesIn(".github/actions", ".yml");
const PIPELINES = filesIn("azure-pipelines", ".yml");
const SCRIPTS = [
  ...["azure-pipelines", "images"].flatMap((folder) => filesIn(folder, ".sh")),
  ".ci/run",
];

function workflow(name: string): Workflow {
  return parse(read(`.github/workflows/${name}.yml`)) as Workflow;
}

/** Every job of every workflow, with the name `workflow/job`. */
function jobs(): [name: string, job: Job][] {
  return WORKFLOWS.flatMap((path) =>
    Object.entries((parse(read(path)) as Workflow).jobs).map(([name, job]): [string, Job] => [
      `${/([\w-]+)\.yml$/.exec(path)![1]}/${name}`,
      job,
    ]),
  );
}

function runsUp(job: Job): boolean {
  return (job.steps ?? []).some((step) => step.with?.["command"] === "up");
}

/**
 * What actionlint 1.7.12 does not know yet: `queue` of a concurrency group (GitHub, "Control the
 * concurrency of workflows and jobs").
 */
const UNKNOWN_QUEUE = /: unexpected key "queue" for "concurrency" section\./;

describe("The pipelines", () => {
  let linters: Linters;

  before(async function () {
    this.timeout(300_000);
    linters = await findLinters();
  });

  describe("on GitHub", () => {
    it("leave actionlint nothing to say, nor shellcheck about the scripts inside", async () => {
      const findings = await lintWorkflows(
        linters,
        WORKFLOWS.map((path) => join(ROOT, path)),
      );
      assert.deepStrictEqual(
        findings.filter((each) => !UNKNOWN_QUEUE.test(each)),
        [],
      );
      assert.strictEqual(
        findings.length,
        2,
        "actionlint knows `queue` now: ask it about that too.",
      );
    });

    it("would be found out by actionlint and shellcheck", async () => {
      const folder = await mkdtemp(join(tmpdir(), "workflows-"));
      try {
        const path = join(folder, ".github/workflows/checks.yml");
        await mkdir(join(folder, ".github/workflows"), { recursive: true });
        const text = read(".github/workflows/checks.yml");
        await writeFile(path, text.replace("bash .ci/run", "echo $GITHUB_SHA ${{ github.shaa }}"));
        const findings = (await lintWorkflows(linters, [path])).join("\n");
        assert.match(findings, /property "shaa" is not defined/);
        assert.match(findings, /SC2086/);
      } finally {
        await rm(folder, { recursive: true });
      }
    });

    it("leave zizmor nothing to say, which finds what somebody could turn against them", async () => {
      assert.deepStrictEqual(await auditWorkflows(linters, join(ROOT, ".github")), []);
    });

    it("would be found out by zizmor", async () => {
      const folder = await mkdtemp(join(tmpdir(), "workflows-"));
      try {
        const path = join(folder, ".github/workflows/checks.yml");
        await mkdir(join(folder, ".github/workflows"), { recursive: true });
        const text = read(".github/workflows/checks.yml");
        await writeFile(path, text.replace("bash .ci/run", "echo ${{ github.head_ref }}"));
        const [found, ...others] = await auditWorkflows(linters, join(folder, ".github"));
        assert.match(found!, /checks\.yml: template-injection: /);
        assert.deepStrictEqual(others, []);
      } finally {
        await rm(folder, { recursive: true });
      }
    });

    it("use only actions that are pinned by a commit, with the version beside it", () => {
      const used = [...WORKFLOWS, ...ACTIONS].flatMap((path) =>
        [...read(path).matchAll(/^\s*(?:- )?uses: (.+)$/gm)].map(([, action]) => action!),
      );
      const foreign = used.filter((action) => !action.startsWith("./"));
      const loose = foreign.filter(
        (each) => !/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d[\d.]*$/.test(each),
      );
      assert.deepStrictEqual(loose, []);
      assert.ok(foreign.length > 10);
      // One commit per action: a second one would be an update that was forgotten.
      const commits = new Set(foreign);
      assert.strictEqual(commits.size, new Set(foreign.map((each) => each.split("@")[0])).size);
    });

    it("play the scenarios about pods at production's timing every week, on both systems", () => {
      for (const path of [".github/workflows/scenarios.yml", "azure-pipelines/scenarios.yml"]) {
        assert.match(read(path), /rehearse -- --scenario pods --timing production /, path);
        assert.match(read(path), /cron: "17 1 \* \* 6"/);
      }
    });

    it("give a job no permission that is not in this table", () => {
      const reads = { contents: "read" };
      const azure = { contents: "read", "id-token": "write" };
      assert.deepStrictEqual(
        Object.fromEntries(jobs().map(([name, { permissions }]) => [name, permissions])),
        {
          "checks/checks": reads,
          "drift/stacks": reads,
          "drift/drift": azure,
          "images/images": azure,
          "preview/stacks": reads,
          "preview/preview": { ...azure, "pull-requests": "write" },
          "preview/previewed": {},
          "preview-settings/stacks": reads,
          "preview-settings/preview": { ...azure, "pull-requests": "write" },
          "preview-settings/settings-previewed": {},
          "propose/records": azure,
          "propose/propose": reads,
          "rotate/stacks": reads,
          "rotate/propose": azure,
          "scenarios/order": reads,
          "scenarios/production": reads,
          "scenarios/scenarios": reads,
          "up/stacks": reads,
          "up/up": azure,
          "up/way-back": azure,
        },
      );
      for (const path of WORKFLOWS) {
        assert.deepStrictEqual((parse(read(path)) as Workflow).permissions, {}, path);
      }
    });

    it("write to the repository only where nothing is known of Azure", () => {
      for (const [name, job] of jobs()) {
        const text = JSON.stringify(job.steps ?? []);
        const writes = text.includes("PRIVATE_KEY") || text.includes("create-pull-request");
        assert.ok(!writes || job.permissions?.["id-token"] === undefined, name);
        assert.ok(!text.includes("PRIVATE_KEY") || name === "propose/propose", name);
      }
    });

    it("know the key of the App in an environment of its own only", () => {
      const jobOf = workflow("propose").jobs["propose"]!;
      assert.strictEqual(jobOf.environment, "rotation-app");
      const users = jobs().filter(([, { environment }]) => environment === "rotation-app");
      assert.deepStrictEqual(
        users.map(([name]) => name),
        ["propose/propose"],
      );
      // The name that the environment's secret has: under another one the caller's would be taken.
      for (const path of WORKFLOWS) {
        const named = [...read(path).matchAll(/secrets\.(\w+)/g)].map(([, name]) => name);
        assert.deepStrictEqual(
          [...new Set(named)].join(),
          named.length ? "ROTATION_APP_PRIVATE_KEY" : "",
        );
        assert.doesNotMatch(read(path), /secrets: inherit/);
      }
    });

    it("never cancel an `up`, let every one have its turn, and one stack only one at a time", () => {
      const found = jobs().filter(([, job]) => runsUp(job));
      assert.deepStrictEqual(
        found.map(([name]) => name),
        ["up/up"],
      );
      const [[, up]] = found as [[string, Job]];
      assert.deepStrictEqual(up.concurrency, {
        group: "stack-${{ matrix.stack }}",
        "cancel-in-progress": false,
        queue: "max",
      });
      // Fail-fast cancels what runs beside it: nothing does.
      assert.strictEqual(up.strategy?.["max-parallel"], 1);
      assert.ok(up["timeout-minutes"]! >= 350);
      assert.strictEqual(workflow("up").concurrency, undefined);
    });

    it("cancel nothing that shares a group with an `up`", () => {
      const cancels = [
        ...WORKFLOWS.map((path) => parse(read(path)) as Workflow),
        ...jobs().map(([, job]) => job),
      ]
        .flatMap(({ concurrency }) => concurrency ?? [])
        .filter((each) => each["cancel-in-progress"] !== false);
      const groups = cancels.map(({ group }) => group.split("-")[0]).sort();
      assert.deepStrictEqual(groups, ["checks", "preview", "preview"]);
    });

    it("run an `up` behind the stack's environment, and everything with Azure on its runners", () => {
      for (const [name, job] of jobs().filter(([, each]) => each.steps !== undefined)) {
        const isAzure = job.permissions?.["id-token"] === "write";
        const stack = name.startsWith("propose/") ? "${{ inputs.stack }}" : "${{ matrix.stack }}";
        // What runs a pull request's code is alone in its environment, which asks a reviewer.
        const purpose =
          name === "preview/preview" ? "preview" : name.startsWith("images/") ? "images" : "read";
        const environment = runsUp(job) ? stack : `${stack}-${purpose}`;
        const others = name === "propose/propose" ? "rotation-app" : undefined;
        assert.strictEqual(job.environment, isAzure ? environment : others, name);
        const machine = purpose === "images" ? "images" : "preview";
        const label = `rotation-${stack}${runsUp(job) ? "" : `-${machine}`}`;
        assert.deepStrictEqual(job["runs-on"], isAzure ? ["self-hosted", label] : "ubuntu-24.04");
      }
    });

    it("preview what changes nothing but stack files with main's workflow and code", () => {
      const { on, jobs: found } = workflow("preview-settings");
      assert.deepStrictEqual(Object.keys(on), ["pull_request_target"]);
      assert.match(
        read(".github/workflows/preview-settings.yml"),
        /head\.repo\.full_name == github\.repository/,
      );
      for (const { steps = [] } of Object.values(found)) {
        // Of the pull request there is a folder that no step runs anything of.
        const checkouts = steps.filter(({ uses }) => uses?.startsWith("actions/checkout@"));
        for (const { with: asked = {} } of checkouts) {
          assert.strictEqual(asked["path"], asked["ref"] === undefined ? undefined : "proposed");
          assert.strictEqual(asked["persist-credentials"], false);
        }
        for (const { run = "", uses = "" } of steps) {
          assert.doesNotMatch(uses, /^\.\/proposed/);
          assert.deepStrictEqual(
            run.split("\n").filter((line) => line.includes("proposed")),
            run.includes("proposed")
              ? [
                  'git -C proposed show "HEAD:stacks/Pulumi.$STACK.yaml" >"stacks/Pulumi.$STACK.yaml"',
                  "rm -rf proposed",
                ]
              : [],
          );
        }
      }
      const settings = /needs\.stacks\.outputs\.settings (==|!=) 'true'/;
      assert.match(String(found["preview"]!.if), settings);
      const [, not] = settings.exec(String(workflow("preview").jobs["preview"]!.if))!;
      assert.strictEqual(not, "!=");
      for (const [name, job] of jobs()) {
        const isMain = !name.startsWith("preview-settings/");
        assert.ok(isMain || job.environment === undefined || job.environment.endsWith("-read"));
      }
    });

    it("look at the state, and have plugins by checksums and no others, before an engine runs", () => {
      const { runs } = parse(read(".github/actions/pulumi/action.yml")) as {
        runs: { steps: (Step & { env?: Record<string, string> })[] };
      };
      const lines = runs.steps.map(({ run = "", uses = "" }) => run + uses);
      const at = (part: string) => {
        const index = lines.findIndex((line) => line.includes(part));
        assert.notStrictEqual(index, -1, part);
        return index;
      };
      assert.match(lines.join(), /echo "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true"/);
      assert.match(lines[at("AUTOMATIC_PLUGIN")]!, /\} >>"\$GITHUB_ENV"/);
      const order = ["AUTOMATIC_PLUGIN", "pulumi/actions@", "run -s plugins", "run -s vet"].map(at);
      assert.deepStrictEqual(
        order,
        [...order].sort((a, b) => a - b),
      );
      assert.strictEqual(order.at(-1), lines.length - 1);
      for (const [name, { permissions, steps = [] }] of jobs()) {
        const used = steps.filter(({ uses }) => uses === "./.github/actions/pulumi");
        // The images are built without an engine.
        const isAzure =
          permissions?.["id-token"] === "write" && steps.length > 0 && !name.startsWith("images/");
        assert.strictEqual(used.length, isAzure ? 1 : 0, name);
        const stack = name.startsWith("propose/") ? "${{ inputs.stack }}" : "${{ matrix.stack }}";
        assert.ok(!isAzure || used[0]!.with!["stack"] === stack, name);
        const engines = steps.findIndex(({ uses }) => uses?.startsWith("pulumi/actions@"));
        assert.ok(engines === -1 || engines > steps.indexOf(used[0]!), name);
      }
    });

    it("keep no cache of packages on a runner that Azure knows, or that may write", () => {
      for (const path of [...WORKFLOWS, ...ACTIONS]) {
        const content = parse(read(path)) as Workflow & { runs?: Job };
        const setups = [...Object.values(content.jobs ?? {}), content.runs ?? {}]
          .flatMap((job) => job.steps ?? [])
          .filter(({ uses }) => uses?.startsWith("actions/setup-node@"));
        for (const { with: asked } of setups) {
          const isFree = /(checks|scenarios)\.yml$/.test(path);
          assert.strictEqual(asked?.["package-manager-cache"], isFree ? undefined : false, path);
        }
      }
    });

    it("preview with the policy pack, as a comment, and not for forks", () => {
      const { jobs: found } = workflow("preview");
      assert.deepStrictEqual(found["preview"]!.steps!.at(-1)!.with, {
        command: "preview",
        "stack-name": "${{ matrix.stack }}",
        diff: true,
        policyPacks: "policy",
        "comment-on-pr": true,
        color: "never",
      });
      assert.match(
        read(".github/workflows/preview.yml"),
        /head\.repo\.full_name == github\.repository/,
      );
    });

    it("put nothing from outside into a script but through its environment", () => {
      for (const path of [...WORKFLOWS, ...ACTIONS]) {
        const content = parse(read(path)) as Workflow & { runs?: Job };
        const steps = [...Object.values(content.jobs ?? {}), content.runs ?? {}].flatMap(
          (job) => job.steps ?? [],
        );
        for (const { run = "" } of steps) {
          assert.doesNotMatch(run, /\$\{\{/, path);
        }
      }
    });

    it("start from the schedule, by hand and from the vault's event", () => {
      const { on } = workflow("rotate");
      // By hand and by the relay alike: it then needs no right to write contents.
      assert.deepStrictEqual(Object.keys(on), ["schedule", "workflow_dispatch"]);
      const { inputs } = on["workflow_dispatch"] as {
        inputs: Record<string, { options: string[] }>;
      };
      assert.deepStrictEqual(inputs["move"]!.options, ["due", ...MOVES]);
      assert.deepStrictEqual(inputs["stack"]!.options, stacks());
    });

    it("log in to clusters with one version of kubelogin, not with the newest", () => {
      assert.match(
        read(".github/actions/pulumi/action.yml"),
        /uses: azure\/use-kubelogin@\S+ # v\S+\n\s+with:\n\s+kubelogin-version: v\d+\.\d+\.\d+\n/,
      );
    });

    it("use the engine that rehearsals use", () => {
      const [, version] = /pulumi-version: (\S+)/.exec(read(".github/actions/pulumi/action.yml"))!;
      assert.match(read("toolchain/go.mod"), new RegExp(`pulumi/pkg/v3 v${version}\\b`));
    });
  });

  describe("on Azure", () => {
    for (const path of PIPELINES) {
      it(`leave Microsoft's language service nothing to say about ${path}`, async () => {
        assert.deepStrictEqual(await lintPipeline(linters, path, read(path)), []);
      });
    }

    it("would be found out by the language service", async () => {
      const found = async (path: string, from: string, to: string) => {
        const text = read(`azure-pipelines/${path}`);
        assert.ok(text.includes(from));
        return (await lintPipeline(linters, path, text.replace(from, to))).join("\n");
      };
      assert.match(
        await found("checks.yml", "timeoutIn", "timeOutIn"),
        /Unexpected property timeOutIn/,
      );
      assert.match(
        await found("templates/azure.yml", "keepAz", "keepaz"),
        /^$/,
        "names of inputs may be written in any letters",
      );
      assert.match(
        await found("templates/azure.yml", "keepAzSession", "keepSession"),
        /Unexpected property keepSessionActive/,
      );
      assert.match(await found("templates/up.yml", "sequential", "sometimes"), /"\^sequential\$"/);
    });

    it("let every `up` of a stack have its turn, behind its environment", () => {
      const { stages } = parse(read("azure-pipelines/templates/up.yml")) as {
        stages: { lockBehavior?: string; jobs: Record<string, unknown>[] }[];
      };
      const [up] = stages as [(typeof stages)[0]];
      assert.strictEqual(up.lockBehavior, "sequential");
      assert.strictEqual(up.jobs[0]!["environment"], "rotation-${{ parameters.stack }}");
      const others = PIPELINES.filter((path) => /script: up$/m.test(read(path)));
      assert.deepStrictEqual(others, ["azure-pipelines/templates/up.yml"]);
    });

    it("publish images with an identity that is not the deployer's, on both systems", () => {
      assert.match(
        read("azure-pipelines/images.yml"),
        /azureSubscription: rotation-\$\{\{ stack \}\}-images\n/,
      );
      const { images: job } = workflow("images").jobs;
      assert.strictEqual(job!.environment, "${{ matrix.stack }}-images");
      const paths = [".github/workflows/images.yml", "azure-pipelines/scripts/images.sh"];
      for (const path of paths) {
        assert.match(read(path), /bash images\/publish\.sh "\$REGISTRY" "\$SIGNING_KEY" /, path);
      }
    });

    /** Each use of the steps that log in to Azure, by script, with the pool of its job. */
    const logins = PIPELINES.flatMap((path) =>
      [
        ...read(path).matchAll(
          /pool: (\S+ ?\S* ?\S* ?\}?\}?\S*)\n[\s\S]*?connection: (.+)\n\s+script: (\w+)\n/g,
        ),
      ].map(([, pool, connection, script]) => ({ pool, connection, script })),
    );
    const plain = (text = "") => text.replace(/\$\{\{ (?:parameters\.)?stack \}\}/g, "<stack>");

    it("log in as who deploys for an \`up\` only, on agents of its own", () => {
      assert.deepStrictEqual(
        logins
          .map(({ pool, connection, script }) => [script, plain(connection), plain(pool)])
          .sort(),
        [
          ["drift", "rotation-<stack>-read", "rotation-<stack>-preview"],
          ["preview", "rotation-<stack>-preview", "rotation-<stack>-preview"],
          ["records", "rotation-<stack>-read", "rotation-<stack>-preview"],
          ["up", "rotation-<stack>", "rotation-<stack>"],
        ],
      );
    });

    it("know one backend for each stack: no stack's agents hear of another's", () => {
      const groups = PIPELINES.flatMap((path) =>
        [...read(path).matchAll(/group: (.+)$/gm)].map(([, group]) => `${path}: ${plain(group)}`),
      );
      assert.deepStrictEqual(
        groups,
        [
          "drift.yml: rotation-<stack>",
          // Builds images, and knows no state.
          "images.yml: rotation-<stack>-images",
          "templates/preview.yml: rotation-<stack>",
          "templates/propose.yml: rotation-<stack>",
          "templates/up.yml: rotation-<stack>",
        ].map((each) => `azure-pipelines/${each}`),
      );
    });

    it("give the pipeline's token to no code of a pull request", () => {
      const named = [...PIPELINES, ...SCRIPTS].filter((path) => /ACCESSTOKEN/i.test(read(path)));
      assert.deepStrictEqual(named, [
        "azure-pipelines/templates/preview.yml",
        "azure-pipelines/templates/propose.yml",
        "azure-pipelines/scripts/comment.sh",
      ]);
      const { stages } = parse(read("azure-pipelines/templates/preview.yml")) as {
        stages: [{ jobs: { job: string; steps: { bash?: string; env?: object }[] }[] }];
      };
      const [preview, comment] = stages[0].jobs;
      assert.doesNotMatch(JSON.stringify(preview), /ACCESSTOKEN/i);
      assert.strictEqual(comment!.job, "comment");
      const scripts = comment!.steps.flatMap(({ bash = "" }) => bash || []);
      assert.deepStrictEqual(scripts, [
        'git show origin/main:azure-pipelines/scripts/comment.sh >"$AGENT_TEMPDIRECTORY/comment.sh"',
        'bash "$AGENT_TEMPDIRECTORY/comment.sh" "$STACK" "$PIPELINE_WORKSPACE/preview-$STACK"',
      ]);
    });

    it("look at the state, and have plugins by checksums and no others, before an engine runs", () => {
      for (const script of SCRIPTS.filter((path) => /\bpulumi (up|preview) /.test(read(path)))) {
        assert.match(
          read(script),
          /^npm run -s vet -- --stack "\$1"\n[\s\S]*^pulumi (up|preview) /m,
          script,
        );
      }
      assert.match(
        read("azure-pipelines/scripts/azure.sh"),
        /^export PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true\n[\s\S]*^exec bash /m,
      );
      assert.match(
        read("azure-pipelines/templates/azure.yml"),
        /npm ci .*\n[\s\S]*bash: npm run -s plugins\n[\s\S]*task: AzureCLI@2/,
      );
    });

    it("offer the same moves and the same stacks as on GitHub", () => {
      const { parameters } = parse(read("azure-pipelines/rotate.yml")) as {
        parameters: { default: unknown; values?: string[] }[];
      };
      assert.deepStrictEqual(parameters[0]!.default, stacks());
      assert.deepStrictEqual(parameters[1]!.values, ["due", ...MOVES]);
    });
  });

  it("put on a runner that Azure knows, or that may write, the packages of production only", () => {
    const free = /(checks|scenarios)\.yml$/;
    const paths = [...WORKFLOWS, ...ACTIONS, ...PIPELINES].filter((path) => !free.test(path));
    const installs = paths.flatMap((path) =>
      [...read(path).matchAll(/npm (?:ci|i|install)\b.*$/gm)].map(([command]) => command),
    );
    // Each step of Azure Pipelines says it twice: its name does, too.
    const commands = installs.filter((command) => command !== "npm ci");
    assert.deepStrictEqual([...new Set(commands)], ["npm ci --omit=dev --no-audit --no-fund"]);
    assert.strictEqual(commands.length, 6);
  });

  it("leave shellcheck nothing to say about their scripts", async () => {
    assert.deepStrictEqual(
      await lintShell(
        linters,
        SCRIPTS.map((path) => join(ROOT, path)),
      ),
      [],
    );
  });
});

function stacks(): string[] {
  return deployedStacks(readdirSync(join(ROOT, "stacks")));
}
