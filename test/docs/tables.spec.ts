import assert from "node:assert";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { rehearse } from "../../cli/rehearse";
import { PROFILES } from "../../components/platform/profiles";
import { RESOURCE_TYPES } from "../../twin/azure/resourceTypes";
import { DOCUMENTS_BESIDE_CODE } from "../support/documents";
import { PLACEHOLDERS } from "../../components/chart";
import { ROWS, RENDERED } from "../../components/contract";
import { judge, type Move, movesFrom, type Plan, type Run, STEPS } from "../../components/plan";

const ROOT = join(__dirname, "..", "..");
const CONTRACT = read("docs/contract.md");
const MOVES = read("docs/moves.md");
const PLATFORM = read("docs/platform.md");
const REHEARSAL = read("docs/rehearsal.md");
/** What is a path of the repository, among the code in a text. */
const PATH =
  /^(charts|cli|components|docs|export|images|infra|mocks|operate|policy|rehearsal|stacks|test|toolchain|twin)\/[\w./-]*$/;

function read(file: string): string {
  return readFileSync(join(ROOT, file), "utf8");
}

/** Rows of the table whose first column has this title, as cells without padding. */
function table(firstColumn: string, document: string): string[][] {
  const lines = document.split("\n");
  const begin = lines.findIndex((line) => new RegExp(`^\\| ${firstColumn} +\\|`).test(line));
  assert.notStrictEqual(begin, -1, `There is no table of ${firstColumn}.`);
  const rows = lines.slice(begin + 2);
  const end = rows.findIndex((line) => !line.startsWith("|"));
  return rows.slice(0, end).map((row) =>
    row
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim()),
  );
}

/** The code in a cell, one text per pair of backticks. */
function codes(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code!);
}

/** A cell without the marks of list prices and of bold type. */
function plainText(cell: string): string {
  return cell.replaceAll(/[\\*]/g, "");
}

/** The single settings of a profile, by their path. */
function settings(profile: object, path = ""): Map<string, string> {
  return new Map(
    Object.entries(profile).flatMap(([key, value]: [string, unknown]) =>
      typeof value === "object" && value !== null
        ? [...settings(value, `${path}${key}.`)]
        : [[path + key, String(value)] as const],
    ),
  );
}

/** A plan as the documents write it: counter, live, retired. */
function planOf(cell: string): Plan {
  const [counter, live, retired] = cell.split("/").map(Number) as [number, number, number];
  return { counter, live, retired };
}

/** What a plan is after commands that people type. */
function configure({ counter, live, retired }: Plan, commands: readonly string[]): Plan {
  const keys = new Map([
    ["counter", counter],
    ["retired", retired],
    ...(live === counter ? [] : [["live", live] as const]),
  ]);
  for (const command of commands) {
    const [, action, key, value] =
      /^pulumi config (set|rm) rotation:(\w+)(?: (\d+))?$/.exec(command) ?? [];
    assert.ok(key, `"${command}" is no command of a move.`);
    if (action === "rm") {
      keys.delete(key);
    } else {
      keys.set(key, Number(value));
    }
  }
  const now = keys.get("counter")!;
  return { counter: now, live: keys.get("live") ?? now, retired: keys.get("retired")! };
}

function run(plan: Plan, attempt = "first"): Run {
  return { plan, settings: "same", attempt };
}

describe("the tables and quotations in the documents", () => {
  it("list every key of the configuration with the type, default and text of Pulumi.yaml", () => {
    const { config } = parse(read("Pulumi.yaml")) as {
      config: Record<string, { type: string; description: string; default: unknown }>;
    };
    const declared = Object.entries(config).map(([key, { type, default: value, description }]) => [
      `\`${key}\``,
      type,
      value === "" ? "none" : `\`${String(value)}\``,
      description,
    ]);
    const rows = table("Key", read("docs/configuration.md"));
    const optional = rows.filter(([key]) =>
      /^`rotation:(live|retired|secretKeys|maintenance)`$/.test(key!),
    );
    assert.deepStrictEqual(
      optional.map(([key, type, value]) => [key, type, value]),
      [
        ["`rotation:live`", "integer", "the counter"],
        ["`rotation:retired`", "integer", "`-1`"],
        ["`rotation:secretKeys`", "object", '`{ password: "${password}" }`'],
        ["`rotation:maintenance`", "string", "none"],
      ],
    );
    assert.deepStrictEqual(
      rows.filter((row) => !optional.includes(row)),
      declared,
    );
  });

  it("register in a new subscription what the program needs, and the feature before its provider", () => {
    const [, block] = read("docs/deploy.md").split("```sh\n");
    const commands = block!.split("```")[0]!.trim().split("\n");
    assert.match(
      commands.shift()!,
      /^az feature register --namespace Microsoft\.Compute --name Enc/,
    );
    const own = [...RESOURCE_TYPES.values()].map(({ armType }) => armType.split("/")[0]!);
    // Every subscription has these two; the nodes and the policy add-on need the others.
    const needed = new Set([...own, "Microsoft.Compute", "Microsoft.PolicyInsights"]);
    ["Microsoft.Authorization", "Microsoft.Resources"].forEach((name) => needed.delete(name));
    assert.deepStrictEqual(
      commands,
      [...needed].sort().map((name) => `az provider register --namespace ${name}`),
    );
  });

  it("number the steps of a rotation as the program does, in the same words", () => {
    const listed = read("docs/architecture.md")
      .split("## What one `up` does")[1]!
      .matchAll(/^(\d+)\. (.+(?:\n {3,}.+)*)/gm);
    assert.deepStrictEqual(
      [...listed]
        .map(([, number, does]) => [Number(number), does!.replace(/\n\s+/g, " ")])
        .slice(1, 15),
      [...Map.groupBy(Object.values(STEPS), ({ number }) => number)]
        .map(([number, steps]) => [number, steps.map(({ does }) => does).join(" ")] as const)
        .sort(([one], [other]) => one - other),
    );
  });

  it("list every row of a chart's contract and every placeholder, in the words of the command", () => {
    const word = (level: "fails" | "warns" | undefined) =>
      level === undefined ? "-" : level === "fails" ? "stops" : "warns";
    assert.deepStrictEqual(table("Row", CONTRACT), [
      [RENDERED.id, RENDERED.holds, "stops", "stops"],
      ...ROWS.map(({ id, holds, level }) => [
        id,
        holds,
        word(level.blueGreen),
        word(level.rolling),
      ]),
    ]);
    assert.deepStrictEqual(
      table("Placeholder", CONTRACT),
      Object.entries(PLACEHOLDERS).map(([name, text]) => [`\`\${${name}}\``, text]),
    );
  });

  it("list everything that dev and prod differ in, and nothing that is the same", () => {
    const [dev, prod] = [settings(PROFILES.dev), settings(PROFILES.prod)];
    assert.deepStrictEqual([...dev.keys()], [...prod.keys()]);
    assert.deepStrictEqual(
      table("Setting", PLATFORM),
      [...dev]
        .filter(([setting, value]) => prod.get(setting) !== value)
        .map(([setting, value]) => [`\`${setting}\``, value, prod.get(setting)]),
    );
  });

  it("add up what a month costs", () => {
    const rows = table("What", PLATFORM).map((row) => row.map(plainText));
    const sums = [1, 2].map((column) =>
      rows
        .slice(0, -1)
        .flatMap((row) => row[column]!.split(" + "))
        .reduce((sum, figure) => sum + Number(figure), 0),
    );
    const [, ...said] = rows.at(-1)!;
    sums.forEach((sum, index) => {
      assert.ok(Math.abs(sum - Number(said[index])) < 10, `${sum} is not about ${said[index]}`);
    });
  });

  it("have the commands of every move, and these lead where they say", () => {
    const rows = table("Move", MOVES);
    for (const [move, from, commands, to] of rows as [string, string, string, string][]) {
      const target = movesFrom(planOf(from)).get(move as Move);
      assert.deepStrictEqual(configure(planOf(from), codes(commands)), target, move);
      assert.deepStrictEqual(planOf(to), target, move);
    }
    const all = [planOf("7/7/5"), planOf("8/7/6")].flatMap((plan) => [...movesFrom(plan).keys()]);
    assert.deepStrictEqual(
      rows.map(([move]) => move).sort(),
      [...new Set(all)].filter((move) => move !== "nothing").sort(),
    );
  });

  it("quote refusals as the guard writes them", () => {
    const from = { counter: 7, live: 7, retired: 6 };
    const to = { counter: 9, live: 9, retired: 6 };
    const started = { counter: 8, live: 8, retired: 6 };
    for (const verdict of [
      judge(run(from), run(from), run(to), () => ""),
      judge(run(from), run(started, "second"), run(to), () => ""),
    ]) {
      assert.ok("refusal" in verdict);
      const { reason, help } = verdict.refusal;
      assert.ok(read("docs/when-it-goes-wrong.md").includes(`\n${reason}\n${help}\n`), reason);
    }
  });

  it("list the options of the rehearsal and the fields of its result", () => {
    assert.deepStrictEqual(
      table("Option", REHEARSAL)
        .flatMap(([option]) => codes(option!))
        .sort(),
      rehearse()
        .options.map(({ flags }) => flags)
        .sort(),
    );
    const [, fields = ""] =
      /interface RehearsalResult \{\n([\s\S]*?)\n\}/.exec(read("rehearsal/result/result.ts")) ?? [];
    assert.deepStrictEqual(
      table("Field", REHEARSAL).flatMap(([field]) => codes(field!)),
      [...fields.matchAll(/^ {2}(\w+)\??:/gm)].map(([, field]) => field),
    );
  });
});

describe("the documents", () => {
  it("begin with a README that fits on a first screen and the next two", () => {
    const lines = read("README.md").trimEnd().split("\n");
    assert.ok(lines.length <= 150, `${lines.length} lines`);
  });

  it("say of every package what it is for", () => {
    const { dependencies, devDependencies } = JSON.parse(read("package.json")) as Record<
      "dependencies" | "devDependencies",
      Record<string, string>
    >;
    const named = codes(read("docs/adr/0010-libraries.md"));
    const packages = Object.keys({ ...dependencies, ...devDependencies });
    assert.deepStrictEqual(
      packages.filter((name) => !name.startsWith("@types/") && !named.includes(name)),
      [],
    );
  });

  for (const file of [
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "SECURITY.md",
    ...DOCUMENTS_BESIDE_CODE,
    ...readdirSync(join(ROOT, "docs"), { recursive: true })
      .map(String)
      // What `npm run docs:api` has made, if it has, is not ours.
      .filter((name) => name.endsWith(".md") && !name.startsWith("api/"))
      .map((name) => `docs/${name}`),
  ]) {
    it(`name only npm scripts and paths that exist: ${file}`, () => {
      const text = read(file);
      const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
      const named = [...text.matchAll(/npm (?:run (?:-s )?([\w:]+)|(test)\b)/g)];
      const missing = named
        .map(([, script, test]) => script ?? test!)
        .filter((script) => !(script in scripts));
      assert.deepStrictEqual(missing, [], "npm scripts");
      const paths = codes(text).filter((code) => PATH.test(code));
      assert.deepStrictEqual(
        paths.filter((path) => !existsSync(join(ROOT, path))),
        [],
        "paths",
      );
    });
  }
});
