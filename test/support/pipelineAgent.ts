import { execFile } from "node:child_process";
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { linkPackages } from "./packages";

const ROOT = join(__dirname, "..", "..");
const run = promisify(execFile);

/** A difference of a whole stack is long. */
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;

/** What a pipeline checks out and uses. */
const FILES = [
  ...["Pulumi.yaml", "package.json", "tsconfig.json"],
  ...[
    "azure",
    "azure-pipelines",
    "charts",
    "cli",
    "components",
    "infra",
    "operate",
    "policy",
    "rehearsal",
  ],
  "stacks",
];

/** How a script or a program ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * A clone of this repository with a remote of its own, in which scripts run as on an agent of Azure
 * Pipelines.
 */
export class PipelineAgent {
  private constructor(
    private readonly folder: string,
    /** Folders with programs, before those of PATH. */
    private readonly programs: readonly string[],
  ) {}

  static async create(programs: readonly string[] = []): Promise<PipelineAgent> {
    const folder = await mkdtemp(join(tmpdir(), "pipelines-"));
    const agent = new PipelineAgent(folder, [join(folder, "bin"), ...programs]);
    await mkdir(join(folder, "bin"));
    for (const path of FILES) {
      await cp(join(ROOT, path), agent.path(path), { recursive: true });
    }
    await linkPackages(agent.path());
    await agent.git("init", "--quiet", "--initial-branch=main");
    await agent.git("config", "user.name", "t");
    await agent.git("config", "user.email", "t@localhost");
    await agent.git("add", ...FILES);
    await agent.commit("all");
    await run("git", ["clone", "--quiet", "--bare", agent.path(), join(folder, "origin.git")]);
    await agent.git("remote", "add", "origin", join(folder, "origin.git"));
    return agent;
  }

  /** A path in the clone. */
  path(...parts: string[]): string {
    return join(this.folder, "clone", ...parts);
  }

  async git(...args: string[]): Promise<string> {
    await mkdir(this.path(), { recursive: true });
    return (await run("git", args, { cwd: this.path() })).stdout.trim();
  }

  /** Commits what has changed. */
  async commit(message: string): Promise<void> {
    await this.git("commit", "--quiet", "--all", "--message", message);
  }

  /** Merges a branch of the remote, as a person does there who deletes it with that. */
  async merge(branch: string): Promise<void> {
    await this.git("switch", "--quiet", "main");
    await this.git("merge", "--quiet", "--no-ff", "--no-edit", branch);
    await this.git("push", "--quiet", "origin", "main", `:${branch}`);
  }

  /** A folder beside the clone. */
  async directory(name: string): Promise<string> {
    await mkdir(join(this.folder, name));
    return join(this.folder, name);
  }

  /** Has `az` write down how it is called, and answer with the name of a subscription. */
  recordAz(): Promise<void> {
    return this.program("az", `printf '%s\\n' "$@" >>"${this.folder}/az"; echo subscription`);
  }

  /** Every argument that `az` was called with, a line each. */
  asked(): Promise<string> {
    return readFile(join(this.folder, "az"), "utf8");
  }

  /** Puts a program on PATH. */
  async program(name: string, script: string): Promise<void> {
    const path = join(this.folder, "bin", name);
    await writeFile(path, `#!/usr/bin/env bash\n${script}\n`);
    await chmod(path, 0o755);
  }

  /** Runs a script of the pipelines. */
  script(name: string, args: string[], variables: NodeJS.ProcessEnv = {}): Promise<Ended> {
    return this.run("bash", [this.path(`azure-pipelines/scripts/${name}.sh`), ...args], variables);
  }

  /** Runs a program in the clone. */
  async run(file: string, args: string[], variables: NodeJS.ProcessEnv = {}): Promise<Ended> {
    const PATH = [...this.programs, process.env["PATH"]].join(delimiter);
    const env = { ...process.env, ...variables, PATH };
    try {
      return {
        code: 0,
        ...(await run(file, args, { cwd: this.path(), env, maxBuffer: MAX_OUTPUT_BYTES })),
      };
    } catch (error) {
      return error as Ended & Error;
    }
  }

  close(): Promise<void> {
    return rm(this.folder, { recursive: true });
  }
}
