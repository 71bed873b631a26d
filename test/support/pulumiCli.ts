import { readFileSync, writeFileSync } from "node:fs";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ownHosts } from "../../components/platform/ownHosts";
import type { RecoverArgs } from "../../operate/recovery/recover";
import type { State, StateResource } from "../../operate/state/state";

/** What the providers answer to a refresh; what is not named is as the state has it. */
export interface Answers {
  /** URNs of what is not there. */
  readonly gone?: readonly string[];
  /** URNs of what a provider cannot be asked for. */
  readonly unreachable?: readonly string[];
}

/** Where somebody may log in for the stack. */
export const OWN = ownHosts({ application: "app", stack: "prod" }, "swedencentral");

/** Where the real one keeps the state of this stack, too. */
const STATE = ".pulumi/stacks/rotation/prod.json";

/**
 * A Pulumi CLI with one stack, whose state it keeps in a file. As the real one, an import refuses a
 * URN twice and a dependency that comes later, and drops pending operations; a refresh clears the
 * init errors of what it could read, and takes out what is gone.
 */
export class PulumiCli {
  private constructor(private readonly folder: string) {}

  /** Writes it, and a Pulumi.yaml, into a folder. */
  static async writeInto(folder: string, state: State, answers: Answers = {}): Promise<PulumiCli> {
    const cli = new PulumiCli(folder);
    await writeFile(join(folder, "Pulumi.yaml"), "name: rotation\nruntime: nodejs\n");
    await writeFile(cli.command, `#!${process.execPath}\n(${SCRIPT})(__dirname)\n`);
    await chmod(cli.command, 0o755);
    await mkdir(dirname(join(folder, STATE)), { recursive: true });
    cli.write(STATE, state);
    cli.answer(answers);
    return cli;
  }

  get command(): string {
    return join(this.folder, "cli");
  }

  get state(): State {
    return JSON.parse(readFileSync(join(this.folder, STATE), "utf8")) as State;
  }

  get resources(): readonly StateResource[] {
    return this.state.deployment.resources ?? [];
  }

  answer(answers: Answers): void {
    this.write("answers.json", answers);
  }

  /** The project that it works on, with the state in the same folder. */
  project(): RecoverArgs {
    return {
      own: OWN,
      command: this.command,
      folder: this.folder,
      stack: "prod",
      environment: { ...process.env, PULUMI_BACKEND_URL: `file://${this.folder}` },
    };
  }

  /** What it was called with, by its first words. */
  async calls(): Promise<string[]> {
    const text = await readFile(join(this.folder, "calls"), "utf8").catch(() => "");
    return text.split("\n").filter(Boolean);
  }

  private write(file: string, content: unknown): void {
    writeFileSync(join(this.folder, file), JSON.stringify(content));
  }
}

/** Runs by itself, as plain JavaScript. */
const SCRIPT = `(folder) => {
  const fs = require("node:fs");
  const read = (file) => JSON.parse(fs.readFileSync(folder + "/" + file, "utf8"));
  const write = (state) => fs.writeFileSync(folder + "/${STATE}", JSON.stringify(state));
  const fail = (text) => { process.stderr.write(text); process.exit(1); };
  const args = process.argv.slice(2);
  fs.appendFileSync(folder + "/calls", args.join(" ") + "\\n");
  const [first, second] = args;
  if (first === "whoami") {
    process.stdout.write(JSON.stringify({ url: "file://." }));
  } else if (first === "cancel") {
    fs.rmSync(folder + "/.pulumi/locks", { recursive: true, force: true });
  } else if (first === "stack" && second === "export") {
    process.stdout.write(JSON.stringify(read("${STATE}")));
  } else if (first === "stack" && second === "import") {
    const state = JSON.parse(fs.readFileSync(0, "utf8"));
    const seen = new Set();
    for (const { urn, dependencies = [], delete: condemned } of state.deployment.resources ?? []) {
      if (!condemned && seen.has(urn)) fail("duplicate resource " + urn);
      for (const dependency of dependencies) {
        if (!seen.has(dependency)) fail(urn + "'s dependency " + dependency + " comes after it");
      }
      seen.add(urn);
    }
    delete state.deployment.pending_operations;
    write(state);
  } else if (first === "refresh") {
    const { gone = [], unreachable = [] } = read("answers.json");
    const targets = args.filter((_, index) => args[index - 1] === "--target");
    const state = read("${STATE}");
    const { deployment } = state;
    const failed = targets.filter((urn) => unreachable.includes(urn));
    deployment.resources = deployment.resources
      .filter(({ urn }) => !(targets.includes(urn) && gone.includes(urn)))
      .map(({ initErrors, ...each }) =>
        initErrors && (!targets.includes(each.urn) || failed.includes(each.urn))
          ? { ...each, initErrors }
          : each,
      );
    write(state);
    if (failed.length > 0) fail("error: dial tcp: no route to host");
  }
}`;
