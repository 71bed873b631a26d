import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { getLanguageService, parse } from "azure-pipelines-language-service";
import envPaths from "env-paths";
import { TextDocument } from "vscode-languageserver-types";

const run = promisify(execFile);
const REQUIREMENTS = join(__dirname, "linter-requirements.txt");
/** Built from the Go module, whose checksum Go's own database has; the npm packages are old. */
const ACTIONLINT = "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12";

/** Where the linters are. */
export interface Linters {
  readonly actionlint: string;
  readonly shellcheck: string;
  readonly zizmor: string;
  /** Microsoft's schema of Azure Pipelines. */
  readonly pipelineSchema: string;
}

/**
 * Installs the linters once, into the user's cache folder.
 *
 * @throws Error that says what is missing
 */
export async function findLinters(): Promise<Linters> {
  const digest = createHash("sha256").update(readFileSync(REQUIREMENTS)).update(ACTIONLINT);
  const { cache } = envPaths("rotation-linters", { suffix: "" });
  const folder = join(cache, digest.digest("hex").slice(0, 8));
  if (!existsSync(folder)) {
    const unfinished = `${folder}.${process.pid}`;
    try {
      await install(unfinished);
      await rename(unfinished, folder);
    } catch (error) {
      await rm(unfinished, { recursive: true, force: true });
      throw new Error(`The linters of pipelines need Python 3 and Go 1.21: ${String(error)}`);
    }
  }
  const schemas =
    "import check_jsonschema, pathlib; print(pathlib.Path(check_jsonschema.__file__).parent)";
  const { stdout } = await run(join(folder, "python/bin/python"), ["-c", schemas]);
  return {
    actionlint: join(folder, "actionlint"),
    shellcheck: join(folder, "python/bin/shellcheck"),
    zizmor: join(folder, "python/bin/zizmor"),
    pipelineSchema: join(stdout.trim(), "builtin_schemas/vendor/azure-pipelines.json"),
  };
}

async function install(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const python = join(folder, "python");
  await run("python3", ["-m", "venv", python]);
  await run(join(python, "bin/python"), [
    ...["-m", "pip", "install", "--quiet", "--disable-pip-version-check"],
    ...["--requirement", REQUIREMENTS],
  ]);
  await run("go", ["install", ACTIONLINT], { env: { ...process.env, GOBIN: folder } });
}

/** What actionlint finds, and shellcheck in the scripts inside; one line each. */
export async function lintWorkflows(
  { actionlint, shellcheck }: Linters,
  files: readonly string[],
): Promise<string[]> {
  const format = "{{range $ := .}}{{$.Filepath}}:{{$.Line}}: {{$.Message}}\n{{end}}";
  return findings(actionlint, [
    "-format",
    format,
    "-shellcheck",
    shellcheck,
    "-pyflakes=",
    ...files,
  ]);
}

/** What zizmor finds in a folder `.github` without asking GitHub, one line each. */
export async function auditWorkflows({ zizmor }: Linters, folder: string): Promise<string[]> {
  const args = ["--offline", "--no-progress", "--no-exit-codes", "--format=json", folder];
  const { stdout } = await run(zizmor, args, { maxBuffer: 64 * 1024 * 1024 });
  const found = JSON.parse(stdout) as {
    ident: string;
    desc: string;
    locations: { symbolic: { key: { Local?: { verbatim_path: string } } } }[];
  }[];
  return found.map(({ ident, desc, locations }) => {
    const file = locations[0]?.symbolic.key.Local?.verbatim_path;
    return `${file}: ${ident}: ${desc}`;
  });
}

/** What shellcheck finds, one line each. */
export async function lintShell(
  { shellcheck }: Linters,
  files: readonly string[],
): Promise<string[]> {
  return findings(shellcheck, ["--format=gcc", "--external-sources", ...files]);
}

async function findings(command: string, args: readonly string[]): Promise<string[]> {
  try {
    await run(command, [...args]);
    return [];
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    // Both linters end with 1 when they have found something, with more when they could not look.
    if (code !== 1) {
      throw new Error(`${command} could not lint: ${stderr || String(error)}`, { cause: error });
    }
    return stdout.trim().split("\n");
  }
}

/** What Microsoft's language service finds in a pipeline or template, one line each. */
export async function lintPipeline(
  { pipelineSchema }: Linters,
  name: string,
  text: string,
): Promise<string[]> {
  const schema = JSON.parse(await readFile(pipelineSchema, "utf8")) as object;
  const service = getLanguageService(() => Promise.resolve({}), [], undefined as never, {
    resolveRelativePath: (path) => path,
  });
  service.configure({
    validate: true,
    schemas: [{ uri: "file:///azure-pipelines.json", fileMatch: ["*"], schema }],
  });
  const document = TextDocument.create(`file:///${name}`, "azure-pipelines", 1, text);
  const problems = await quietly(() => service.doValidation(document, parse(text)));
  return problems.map(({ message, range }) => {
    const text = typeof message === "string" ? message : message.value;
    return `${name}:${range.start.line + 1}: ${text}`;
  });
}

/** The service tells the console what it does. */
async function quietly<T>(action: () => PromiseLike<T>): Promise<T> {
  const { log } = console;
  console.log = () => undefined;
  try {
    return await action();
  } finally {
    console.log = log;
  }
}
