import assert from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CHECKS } from "../../../operate/preflight/preflight";
import { whatIfChecks } from "../../../operate/preflight/whatIf";
import { PreflightBench, ROLE } from "../../support/preflight";
import { BROUGHT_CASES } from "./cases/brought";
import { ELSEWHERE, GROUP_NAME, LOCATION, SUBSCRIPTION, withGateway } from "./cases/case";
import { IMAGE_CASES } from "./cases/images";
import { NAME_CASES } from "./cases/names";
import { OFFER_CASES } from "./cases/offers";
import { REACH_CASES } from "./cases/reach";
import { SUBSCRIPTION_CASES } from "./cases/subscription";

const CASES = [
  ...SUBSCRIPTION_CASES,
  ...OFFER_CASES,
  ...NAME_CASES,
  ...BROUGHT_CASES,
  ...REACH_CASES,
  ...IMAGE_CASES,
];

describe("the preflight", function () {
  this.timeout(60_000);
  let bench: PreflightBench;

  before(async () => {
    bench = await PreflightBench.start();
  });

  after(() => bench.stop());

  afterEach(() => bench.reads.mend());

  it("finds nothing wrong in a subscription in which all is well", async () => {
    const findings = await bench.ask();
    assert.deepStrictEqual(
      findings.filter(({ state }) => state !== "ok" && state !== "later"),
      [],
    );
    // What there is nothing to ask of before the first `up`.
    assert.deepStrictEqual(
      findings.filter(({ state }) => state === "later").map(({ what }) => what),
      [
        ...["name of the vault", "name of the registry", "name of the database server"],
        ...["app", "blue.app", "green.app"].map((name) => `DNS of ${name}.example.com`),
        ...["image rotation:appImage", "image rotation:toolsImage"],
      ],
    );
  });

  it("finds nothing wrong for a stack of profile dev, which asks for less", async () => {
    const dev = await PreflightBench.start("dev");
    const findings = await dev.ask();
    await dev.stop();
    assert.deepStrictEqual(
      findings.filter(({ state }) => state !== "ok" && state !== "later"),
      [],
    );
    const asked = findings.map(({ what }) => what);
    assert.ok(!asked.includes("runners' network"), asked.join());
    assert.strictEqual(new Set(asked).size, asked.length);
  });

  it("finds nothing wrong with a stack that has its registry, its images and its hosts", async () => {
    const { undo, ip } = await withGateway(bench);
    const registry = bench.idOf("platform-registry").split("/").at(-1)!;
    const made = await bench.bench.create("containerregistry:Registry", {
      resourceGroupName: GROUP_NAME,
      registryName: registry,
      location: LOCATION,
      sku: { name: "Premium" },
    });
    const server = `${registry}.azurecr.io`;
    const findings = await bench.ask({
      made: ["platform", "platform-registry"],
      asking: { resolve: () => Promise.resolve([ip]) },
      settings: {
        images: {
          appImage: `${server}/rotation/app:1.0.0`,
          toolsImage: `${server}/rotation/tools:1.0.0`,
        },
      },
    });
    assert.deepStrictEqual(
      findings.filter(({ state }) => state !== "ok"),
      [],
    );
    await bench.bench.delete("containerregistry:Registry", made);
    await undo();
  });

  it("finds nothing wrong where roles are given as it says, under conditions", async () => {
    bench.reads.situation.roles = [{ role: ROLE.contributor, scope: SUBSCRIPTION }];
    const commands = (await bench.ask()).flatMap(({ help }) => help);
    const given = commands.map((command) =>
      /--role "Role Based [^"]+" --scope (\S+) --condition "([^"]+)"/.exec(command),
    );
    assert.strictEqual(given.length, 2, commands.join("\n"));
    bench.reads.situation.roles.push(
      ...given.map((found) => ({
        role: ROLE.grants,
        scope: found![1]!,
        condition: found![2]!,
      })),
    );
    const findings = await bench.ask();
    assert.deepStrictEqual(
      findings.filter(({ state }) => state !== "ok" && state !== "later"),
      [],
    );
    const rights = findings.find(({ what }) => what === "rights on the subscription");
    assert.match(rights!.why, /, and the condition on assigning roles allows what it assigns$/);
  });

  it("takes any address of a host that something stands in front of", async () => {
    const { undo } = await withGateway(bench);
    const findings = await bench.ask({
      made: ["platform"],
      asking: { resolve: () => Promise.resolve([ELSEWHERE]) },
      settings: { proofAddress: "10.1.2.3" },
    });
    const hosts = findings.filter(({ what }) => what.startsWith("DNS of "));
    assert.deepStrictEqual(
      hosts.map(({ state }) => state),
      ["ok", "ok", "ok"],
    );
    await undo();
  });

  it("asks nothing that docs/preflight.md does not say, which says nothing else", async () => {
    const document = readFileSync(join(__dirname, "../../../docs/preflight.md"), "utf8");
    const [, section = ""] = document.split("## What is asked");
    const rows = [...section.matchAll(/^\| (`.+?) +\|/gm)].flatMap(([, cell]) =>
      [...cell!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!),
    );
    const patterns = rows.map((row) => new RegExp(`^${row.replace(" ...", ".*")}$`));
    const asked = [
      ...(await bench.ask()).map(({ what }) => what),
      ...[...CHECKS, ...whatIfChecks({ parameters: {}, resources: [] })].map(({ what }) => what),
      ...CASES.map(({ what }) => what),
    ];
    const unsaid = asked.filter((what) => !patterns.some((pattern) => pattern.test(what)));
    assert.deepStrictEqual(unsaid, []);
    const idle = rows.filter((_, index) => !asked.some((what) => patterns[index]!.test(what)));
    assert.deepStrictEqual(idle, []);
  });

  for (const { title, make, state = "wrong", what, why, help } of CASES) {
    it(`names ${title}, and the command that helps`, async () => {
      const { undo, ...change } = (await make(bench)) ?? {};
      const findings = await bench.ask(change);
      await undo?.();
      const found = findings.filter((finding) => finding.what === what);
      const [finding] = found;
      assert.strictEqual(found.length, 1, JSON.stringify(findings, undefined, 1));
      assert.strictEqual(finding!.state, state, JSON.stringify(finding));
      assert.match(finding!.why, why);
      assert.strictEqual(finding!.help.length, help.length, JSON.stringify(finding));
      help.forEach((command, index) => assert.match(finding!.help[index]!, command));
    });
  }
});
