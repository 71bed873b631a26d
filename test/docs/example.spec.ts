import assert from "node:assert";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import * as ts from "typescript";
import { MockProgram } from "../../mocks/mocks";

const ROOT = join(__dirname, "..", "..");

/** Where the example would lie if this repository were its folder `rotation`. */
const FILE = join(ROOT, "example.ts");

/** The program in docs/components.md. */
function example(): string {
  const text = readFileSync(join(ROOT, "docs", "components.md"), "utf8");
  const blocks = [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code]) => code!);
  assert.strictEqual(blocks.length, 1);
  const [code = ""] = blocks;
  assert.ok(code.includes('"./rotation/components"'));
  return code.replace('"./rotation/components"', '"./components"');
}

/** What the compiler says of programs that lie in the folder, as strict as the project is. */
function compilerProblems(programs: Readonly<Record<string, string>>): string[][] {
  const { config } = ts.readConfigFile(join(ROOT, "tsconfig.json"), (path) =>
    readFileSync(path, "utf8"),
  ) as { config: { compilerOptions: object } };
  const { options } = ts.convertCompilerOptionsFromJson(
    { ...config.compilerOptions, noCheck: false },
    ROOT,
  );
  const disk = ts.createCompilerHost(options);
  const host: ts.CompilerHost = {
    ...disk,
    fileExists: (name) => name in programs || disk.fileExists(name),
    readFile: (name) => programs[name] ?? disk.readFile(name),
    getSourceFile: (name, version, ...rest) =>
      name in programs
        ? ts.createSourceFile(name, programs[name]!, version)
        : disk.getSourceFile(name, version, ...rest),
  };
  const compiler = ts.createProgram(Object.keys(programs), options, host);
  return Object.keys(programs).map((name) => {
    const source = compiler.getSourceFile(name);
    const syntax = compiler.getSyntacticDiagnostics(source);
    return [...syntax, ...compiler.getSemanticDiagnostics(source)].map(({ messageText }) =>
      ts.flattenDiagnosticMessageText(messageText, "\n"),
    );
  });
}

type Example = () => Promise<Record<string, unknown>>;

/** The example as a program that can be run. */
function load(code: string): Example {
  const { outputText } = ts.transpileModule(code, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
  });
  const module = { exports: {} };
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the text is our own document
  const run = new Function("require", "module", "exports", outputText) as (
    require: NodeJS.Require,
    module: object,
    exports: object,
  ) => void;
  run(createRequire(FILE), module, module.exports);
  return module.exports as Example;
}

/** Runs the example on a platform that another stack has made. */
async function runExample(counter: number): Promise<MockProgram> {
  const program = await MockProgram.start({
    project: "shop",
    config: { "shop:counter": String(counter), "shop:administratorPassword": "never-used" },
    secretConfig: ["shop:administratorPassword"],
    stackOutputs: {
      "example/network/prod": {
        kubeconfig: "kubeconfig",
        databaseHost: "psql-shop.postgres.database.azure.com",
        oidcIssuer: "https://oidc.example.invalid/",
        vaultId: "/subscriptions/x/providers/Microsoft.KeyVault/vaults/kv-shop",
        vaultName: "kv-shop",
        vaultUri: "https://kv-shop.vault.azure.net/",
        apiServer: { server: "https://aks.example.invalid", authority: "" },
        tenantId: "00000000-0000-0000-0000-000000000002",
        gatewayAddress: "203.0.113.10",
      },
    },
  });
  await load(example())();
  await program.drained();
  return program;
}

describe("the example in docs/components.md", function () {
  this.timeout(240_000);

  it("compiles against the components, and would not with a wrong argument", () => {
    const code = example();
    const broken = code.replace("attempt: guard.attempt,", "attempt: 1,");
    assert.notStrictEqual(broken, code);
    const [problems, problemsOfBroken] = compilerProblems({
      [FILE]: code,
      [join(ROOT, "broken.ts")]: broken,
    });
    assert.deepStrictEqual(problems, []);
    assert.match(String(problemsOfBroken), /'number' is not assignable to type 'Input<string>'/);
  });

  it("makes both slots of its own application on its own platform, under names of its own", async () => {
    const program = await runExample(0);
    const releases = program.ofType("kubernetes:helm.sh/v3:Release");
    assert.deepStrictEqual(releases.map(({ inputs }) => inputs["name"]).sort(), [
      "shop-blue",
      "shop-green",
    ]);
    const roles = program.ofType("postgresql:index/role:Role").map(({ inputs }) => inputs["name"]);
    assert.deepStrictEqual(roles.sort(), [
      "shop_blue",
      "shop_green",
      "shop_migrator",
      "shop_owner",
      "shop_rotator",
      "shop_rw",
    ]);
    const secrets = program.ofType("azure-native:keyvault:Secret");
    assert.deepStrictEqual(
      [...new Set(secrets.map(({ inputs }) => inputs["vaultName"]))],
      ["kv-shop"],
    );
    const named = program.registrations.map(({ type, name }) => `${type} ${name}`);
    assert.strictEqual(new Set(named).size, named.length);
  });

  it("reads no configuration but what it asks for itself", async () => {
    const keys = [...example().matchAll(/config\.\w+\("(\w+)"\)/g)].map(([, key]) => key);
    assert.deepStrictEqual(keys, ["counter", "live", "retired", "administratorPassword"]);
    const program = await runExample(3);
    const ingress = program.find("kubernetes:networking.k8s.io/v1:Ingress", "rotation-traffic");
    assert.match(JSON.stringify(ingress.inputs), /"shop\.example\.com".*"shop-green"/);
  });
});
