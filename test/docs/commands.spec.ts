import assert from "node:assert";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { rotation } from "../../cli/main";
import { DOCUMENTS_BESIDE_CODE } from "../support/documents";
import { commandsOf, type ShellBlock, shellBlocks } from "../support/shellBlocks";

const ROOT = join(__dirname, "..", "..");

const DOCUMENTS = [
  ...["README.md", "CONTRIBUTING.md", ...DOCUMENTS_BESIDE_CODE],
  ...readdirSync(join(ROOT, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

/** What runs the command as it stands in the document, or with options that make it shorter. */
const RUN_BY: readonly (readonly [command: string | RegExp, by: string])[] = [
  ["npm ci", ".ci/run"],
  [/^pulumi config rm rotation:appImage && /, "rehearsal/scenarios/firstDeployment.ts"],
  ["npm run check", ".ci/run"],
  ["npm test", ".ci/run"],
  ["npm run test:scenarios", ".ci/run"],
  ["npm run rehearse", "test/cli/rehearse.load.ts"],
  ["npx rotation rehearse --naive --out naive", "test/cli/rehearse.load.ts"],
  [
    /^npx rotation rehearse --out \S+ --compare naive --open$/,
    "test/rehearsal/report/report.spec.ts",
  ],
  [/^(PGHOST=<host> )?npx rotation status --stack prod/, "test/docs/commandsRun.spec.ts"],
  [/^npx rotation preflight --stack prod( --what-if)?$/, "test/cli/preflight.spec.ts"],
  ["pulumi stack init rehearsal", "test/docs/commandsRun.spec.ts"],
  ["pulumi preview", "test/docs/commandsRun.spec.ts"],
  ["pulumi up", "test/docs/commandsRun.spec.ts"],
  [/^pulumi config set rotation:(counter|retired) \d$/, "test/docs/commandsRun.spec.ts"],
  [
    /^pulumi config set rotation:appImage \S+:1\.1\.0@sha256:1{64}$/,
    "test/docs/commandsRun.spec.ts",
  ],
  [
    /^pulumi config set rotation:(namespace|ingress|legacyService|legacyRole|databaseName) /,
    "rehearsal/scenarios/adoption/adopt.ts",
  ],
  [
    /^pulumi config (set rotation:(counter|retired|live) -- -\d|rm rotation:(live|retired))$/,
    "rehearsal/scenarios/adoption/adopt.ts",
  ],
  [
    /^kubectl --namespace shop (annotate ingress|scale deployment) shop-web /,
    "rehearsal/scenarios/adoption/guide.ts",
  ],
  [/^helm --namespace shop upgrade shop /, "rehearsal/scenarios/adoption/guide.ts"],
  [/^PGPASSWORD=\S.* psql "host=/, "test/docs/databaseCommands.spec.ts"],
  [
    /^(password|verifier)=\$\(pulumi stack export --show-secrets \| jq /,
    "test/docs/databaseCommands.spec.ts",
  ],
  [
    /^pg_(dump|restore) --host <[\w ]+>\.postgres\.database\.azure\.com /,
    "test/docs/databaseCommands.spec.ts",
  ],
  [/^pg_restore --list app\.dump \| grep /, "test/docs/databaseCommands.spec.ts"],
  [/^pulumi config (set|rm) rotation:(accept|maintenance)\b/, "test/docs/commandsRun.spec.ts"],
  [
    /^pulumi config (set|rm) rotation:(strategy|leaving|stageBlueHost|stageGreenHost)\b/,
    "rehearsal/scenarios/strategies/changeStrategy.ts",
  ],
  ["npx rotation contract --stack prod --write", "test/cli/contract.spec.ts"],
  [/^npx rotation contract --chart charts\/plain /, "test/cli/contract.spec.ts"],
];

const NEEDS_AZURE: readonly RegExp[] = [
  /^(\w+=\$\()?az \w/,
  /^kubelogin convert-kubeconfig /,
  /^docker buildx imagetools inspect <reference> /,
  /^cosign verify --key azurekms:/,
  /^docker build -t "\$registry\/\S+" images\/(app|tools) && docker push /,
  /^pulumi config set rotation:(app|tools)Image "\$\(docker inspect /,
  /^pulumi stack init prod --secrets-provider "azurekeyvault:/,
  /^registry=\$\(pulumi stack output registry\)$/,
  /^pulumi config set rotation:(platform existing|clusterId \/subscriptions\/)/,
  /^kubectl --namespace team-shop annotate ingress shop helm\.sh\/resource-policy=keep$/,
  /^pulumi stack output grants$/,
  /^pulumi up --replace "\$\(pulumi stack --show-urns \| /,
];

/** How a document says it, in the block's section or at the beginning of one around it. */
const SAYS_SO = /\bneeds?\s+Azure\b/;

/** How texts and documents name a command of ours: by its name, or by the npm script of that name. */
const OURS = /\b(?:npx rotation|npm run(?: -s)?) (\w[\w:-]*)(?: -- )?([^`\n]*)/g;

const BLOCKS = DOCUMENTS.flatMap(shellBlocks);
const COMMANDS = [...new Set(BLOCKS.flatMap(commandsOf))];

function matches(row: string | RegExp, command: string): boolean {
  return typeof row === "string" ? row === command : row.test(command);
}

function needsAzure(command: string): boolean {
  return NEEDS_AZURE.some((row) => matches(row, command));
}

describe("the commands in the documents", () => {
  it("are run by a test, or need Azure", () => {
    const unknown = COMMANDS.filter(
      (command) => !needsAzure(command) && !RUN_BY.some(([row]) => matches(row, command)),
    );
    assert.deepStrictEqual(unknown, []);
    assert.ok(COMMANDS.length > 30);
  });

  it("are all there is in the tables, and what runs them exists", () => {
    const rows = [...NEEDS_AZURE, ...RUN_BY.map(([row]) => row)];
    const idle = rows.filter((row) => !COMMANDS.some((command) => matches(row, command)));
    assert.deepStrictEqual(idle.map(String), []);
    assert.deepStrictEqual(
      RUN_BY.filter(([, by]) => !existsSync(join(ROOT, by))),
      [],
    );
  });

  it("come with the words that they need Azure, where they do", () => {
    const silent = BLOCKS.filter(
      (block: ShellBlock) => commandsOf(block).some(needsAzure) && !SAYS_SO.test(block.above),
    );
    assert.deepStrictEqual(
      silent.map(({ file, text }) => `${file}: ${text.split("\n")[0]}`),
      [],
    );
  });

  it("name commands and options that there are", () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    const commands = new Map(rotation().commands.map((command) => [command.name(), command]));
    const named = [...DOCUMENTS, "CHANGELOG.md"].flatMap((file) =>
      [...readFileSync(join(ROOT, file), "utf8").matchAll(OURS)].map((match) => ({ file, match })),
    );
    const wrong = named.filter(({ match: [text, name, rest] }) => {
      const command = commands.get(name!);
      const asked = rest!.match(/(?<=^|\s)--[a-z-]+/g) ?? [];
      const known = command?.options.map(({ long }) => long!) ?? [];
      const exists = text.startsWith("npx") ? command : scripts[name!];
      return !exists || asked.some((option) => !known.includes(option));
    });
    assert.deepStrictEqual(
      wrong.map(({ file, match: [text] }) => `${file}: ${text}`),
      [],
    );
    assert.ok(named.length > 50, `only ${named.length}`);
  });
});
