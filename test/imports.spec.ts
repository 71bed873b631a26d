import assert from "node:assert";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const ROOT = join(__dirname, "..");
const CONFIGURATION = join(ROOT, ".dependency-cruiser.cjs");

interface Rule {
  readonly name: string;
  readonly comment?: string;
}

const { forbidden } = createRequire(__filename)(CONFIGURATION) as { forbidden: readonly Rule[] };

/** Runs the rule on a folder: its exit code and what it prints. */
function check(folder: string): Promise<{ code: number; text: string }> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [join(ROOT, "node_modules", ".bin", "depcruise"), "--config", CONFIGURATION, "."],
      { cwd: folder, env: { ...process.env, NO_COLOR: "1" } },
      (_, stdout, stderr) => resolve({ code: child.exitCode ?? -1, text: stdout + stderr }),
    );
  });
}

/** A tree that keeps to the rule, and what is planted in it. */
const TREE: Readonly<Record<string, string>> = {
  "azure/index.ts": "export const REGIONS = {};\n",
  "components/index.ts": 'export * from "./plan";\nexport * from "./rotation/rotation";\n',
  "components/plan/index.ts": 'export * from "./moves";\n',
  "components/plan/moves.ts": "export type Move = string;\n",
  "components/rotation/rotation.ts":
    'import type { Move } from "../plan/moves";\nexport const rotation: Move = "";\n',
  "infra/index.ts": 'import { rotation } from "../components";\nexport default rotation;\n',
  "twin/world/world.ts": "export type World = string;\n",
  "twin/azure/azureCloud.ts":
    'import type { World } from "../world/world";\nexport type AzureCloud = World;\n',
  "test/rotation.spec.ts": 'import "../components/rotation/rotation";\n',
};

const PLANTED: readonly (readonly [
  title: string,
  rule: string,
  file: string,
  text: string,
  target: string,
])[] = [
  [
    "an import against the table of folders",
    "twin may import azure",
    "twin/facts.ts",
    'import { rotation } from "../components";\nexport default rotation;\n',
    "components/index.ts",
  ],
  [
    "a type against the table of rooms",
    "components/plan may import nothing",
    "components/plan/steps.ts",
    'export type Steps = typeof import("../rotation/rotation");\n',
    "components/rotation/rotation.ts",
  ],
  [
    "a room that imports what lies above the rooms",
    "components/rotation may import plan, arguments, chart, facts",
    "components/rotation/slot.ts",
    'import type { Move } from "..";\nexport type Slot = Move;\n',
    "components/index.ts",
  ],
  [
    "a way past the door",
    "only the index is imported of components, components/chart, components/contract, components/plan, components/facts",
    "infra/config.ts",
    'import type { Move } from "../components/plan/moves";\nexport type Settings = Move;\n',
    "components/plan/moves.ts",
  ],
  [
    "Pulumi in the plan",
    "components/plan knows nothing of Pulumi",
    "components/plan/steps.ts",
    'import "@pulumi/pulumi";\n',
    "@pulumi/pulumi",
  ],
  [
    "a command outside of cli",
    "commands are in cli",
    "twin/twin.ts",
    'import "commander";\n',
    "commander",
  ],
  [
    "support of the tests in a program",
    "infra may import components",
    "infra/config.ts",
    'import "../test/rotation.spec";\n',
    "test/rotation.spec.ts",
  ],
  [
    "a folder without a row",
    "every folder of the root has a row",
    "helpers/text.ts",
    'import "node:fs";\n',
    "fs",
  ],
  [
    "a room without a row",
    "every folder of twin/ has a row",
    "twin/twin.ts",
    'import "./azure/azureCloud";\nimport "./helpers/text";\n',
    "twin/helpers/text.ts",
  ],
];

function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
}

describe("the rule of imports", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "imports-"));
    write(folder, TREE);
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it("holds for every file of this repository", async () => {
    const { code, text } = await check(ROOT);
    assert.match(text, /no dependency violations found \((\d{3,}) modules/);
    assert.strictEqual(code, 0, text);
  });

  it("lets a small tree pass that keeps to it", async () => {
    const { code, text } = await check(folder);
    assert.strictEqual(code, 0, text);
    assert.match(text, /no dependency violations found \(9 modules/);
  });

  for (const [title, rule, file, source, target] of PLANTED) {
    it(`refuses ${title}, and names both files`, async () => {
      write(folder, { "twin/helpers/text.ts": "", ...{ [file]: source } });
      const { code, text } = await check(folder);
      assert.notStrictEqual(code, 0);
      const line = text.split("\n").find((each) => each.includes(`error ${rule}`));
      assert.ok(line?.endsWith(`: ${file} → ${target}`), text);
    });
  }

  it("refuses a circle that only types close, and names its files", async () => {
    write(folder, {
      "twin/world/journal.ts":
        'import type { World } from "./world";\nexport interface Journal { world: World }\n',
      "twin/world/world.ts":
        'import type { Journal } from "./journal";\nexport interface World { journal: Journal }\n',
    });
    const { code, text } = await check(folder);
    assert.notStrictEqual(code, 0);
    assert.match(
      text,
      /error no circle: twin\/world\/(\w+)\.ts →\s+twin\/world\/(?!\1)\w+\.ts →\s+twin\/world\/\1\.ts/,
    );
  });
});

describe("ADR 34", () => {
  const text = readFileSync(join(ROOT, "docs", "adr", "0034-rooms.md"), "utf8");

  /** Rows of the table whose first column has this heading, as cells without padding and marks. */
  function rows(column: string): string[][] {
    const [, table = ""] =
      new RegExp(`^\\| ${column} +\\|.*\\n\\|.*\\n((?:\\|.*\\n)+)`, "m").exec(text) ?? [];
    return table
      .trim()
      .split("\n")
      .map((row) =>
        row
          .split("|")
          .slice(1, -1)
          .map((cell) => cell.trim()),
      );
  }

  /** What the rule says of each folder: its name, its purpose where there is one, its imports. */
  const inForce = forbidden.flatMap(({ name, comment }) => {
    const [, folder, imports] = /^(\S+) may import (.+)$/.exec(name) ?? [];
    return folder && imports ? [{ folder, comment, imports }] : [];
  });

  it("shows the folders, their purposes and what they may import, as the rule has them", () => {
    assert.deepStrictEqual(
      rows("folder"),
      inForce
        .filter(({ folder }) => !folder.includes("/"))
        .map(({ folder, comment, imports }) => [`\`${folder}\``, comment, imports]),
    );
  });

  it("shows the rooms and what they may import, as the rule has them", () => {
    assert.deepStrictEqual(
      rows("room"),
      inForce
        .filter(({ folder }) => folder.includes("/"))
        .map(({ folder, imports }) => [`\`${folder}\``, imports]),
    );
  });
});
