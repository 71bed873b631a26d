import assert from "node:assert";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { JSDOM } from "jsdom";
import { validities } from "../../../rehearsal/report/credentials";
import { readNaive, readResult, writeReport } from "../../../rehearsal/report/files";
import { html, table } from "../../../rehearsal/report/html";
import { reportOf } from "../../../rehearsal/report/report";
import { stepBars } from "../../../rehearsal/report/steps";
import { EITHER } from "../../../rehearsal/result/timeline";
import type { RehearsalResult, ScenariosResult } from "../../../rehearsal/result/result";
import { naiveResult, rehearsalResult } from "../../support/rehearsalResult";

/** What is used of a page's elements here. */
interface Element {
  readonly textContent: string;
  readonly tagName: string;
  readonly attributes: Iterable<{ name: string; value: string }>;
  getAttribute(name: string): string | null;
  querySelector(selector: string): Element | null;
  querySelectorAll(selector: string): Iterable<Element>;
}

function parse(page: string): Element {
  return new JSDOM(page).window.document as Element;
}

function all(page: Element, selector: string): Element[] {
  return [...page.querySelectorAll(selector)];
}

describe("the report of a rehearsal", () => {
  const page = reportOf(rehearsalResult(2), naiveResult());
  const document = parse(page);

  it("is the same page for the same result", () => {
    assert.strictEqual(reportOf(rehearsalResult(2), naiveResult()), page);
  });

  it("loads nothing from anywhere, and has the browser refuse to", () => {
    for (const element of all(document, "*")) {
      assert.ok(!["SCRIPT", "IMG", "IFRAME", "OBJECT", "EMBED"].includes(element.tagName));
      for (const { name, value } of element.attributes) {
        if (["src", "href", "srcset", "data", "action", "xlink:href"].includes(name)) {
          assert.match(value, /^(#|data:)/, `${element.tagName} ${name}`);
        }
      }
    }
    assert.doesNotMatch(page, /url\(|@import/);
    const policy = document.querySelector("meta[http-equiv=Content-Security-Policy]");
    assert.match(policy!.getAttribute("content")!, /^default-src 'none'/);
  });

  it("draws every rotation with steps, answers, failures, times, sessions and credentials", () => {
    const titles = all(document, "section:has(svg.wide) figure .title").map(
      ({ textContent }) => textContent,
    );
    const once = [
      "Engine steps",
      "Who answered",
      "Failed requests per second",
      "Latency, logarithmic",
      "Sessions in the database",
      "Credentials that can log in",
    ];
    assert.deepStrictEqual(titles, [...once, ...once]);
    assert.strictEqual(all(document, "svg.wide").length, titles.length);
  });

  it("draws where the gateway sent requests, where answers do not say who gave them", () => {
    const [blue, green] = ["blue", "green"].map((slot) =>
      Array<number>(42).fill(slot === "blue" ? 9 : 0),
    );
    const unsaid = rehearsalResult();
    unsaid.rotations[0]!.newCredential.by = "gateway";
    const load = {
      ...unsaid.timeline!.load,
      answered: { blue: blue!, [EITHER]: blue!, green: green! },
    };
    const shown = parse(reportOf({ ...unsaid, timeline: { ...unsaid.timeline!, load } }));
    const figure = all(shown, "figure").find(
      (each) => each.querySelector(".title")!.textContent === "Where the gateway sent requests",
    )!;
    assert.match(figure.querySelector("desc")!.textContent, /Answers do not say who gave them\./);
    assert.deepStrictEqual(
      all(figure, ".key").map(({ textContent }) => textContent),
      ["blue", "green", EITHER, "failed"],
    );
    assert.ok(all(shown, "th").some(({ textContent }) => textContent === `Answers of ${EITHER}`));
  });

  it("gives every chart a title and a description of its own", () => {
    const charts = all(document, "svg");
    assert.ok(charts.length > 20);
    for (const svg of charts) {
      for (const [attribute, tag] of [
        ["aria-labelledby", "title"],
        ["aria-describedby", "desc"],
      ] as const) {
        const id = svg.getAttribute(attribute);
        const named = all(document, `[id="${id}"]`);
        assert.strictEqual(named.length, 1, `${id} stands ${named.length} times on the page.`);
        assert.strictEqual(named[0]!.tagName.toLowerCase(), tag);
        assert.notStrictEqual(named[0]!.textContent, "");
      }
    }
  });

  it("has the data of the charts as tables", () => {
    const tables = all(document, "details table");
    const [steps, credentials, seconds] = tables.map((one) =>
      all(one, "tbody tr").map((row) => all(row, "th, td").map(({ textContent }) => textContent)),
    );
    assert.deepStrictEqual(steps![4], ["green: Helm release", "4.0", "12.0", "done"]);
    assert.deepStrictEqual(credentials, [
      ["blue, generation 0", "before", "35.4: its role can no longer log in"],
      ["green, generation 1", "3.0", "still valid"],
    ]);
    assert.strictEqual(seconds!.length, 42);
    assert.deepStrictEqual(seconds![18], ["18.0", "100", "100", "0", "3.3", "26", "15", "15"]);
  });

  it("says in words what the terminal says, and what the proofs said", () => {
    const text = document.querySelector("main")!.textContent.replaceAll(/\s+/g, " ");
    for (const expected of [
      "As promised.",
      "Rotation 0 -> 1: blue -> green in 38 s, 7600 requests, 0 failed",
      'role "app_blue" is not permitted to log in',
      "sqlstate: 28000",
    ]) {
      assert.ok(text.includes(expected), expected);
    }
    assert.match(text, /state files ?found ?none/);
  });

  it("puts the naive run beside it, and nothing of it where there is none", () => {
    const rows = all(document, "section").find((section) =>
      section.querySelector("h2")!.textContent.includes("naive"),
    );
    const failed = all(rows!, "tr").find(({ textContent }) => textContent.includes("Failed req"));
    assert.deepStrictEqual(
      all(failed!, "td").map(({ textContent }) => textContent),
      ["0", "420"],
    );
    assert.ok(
      !/naive/i.test(parse(reportOf(rehearsalResult())).querySelector("main")!.textContent),
    );
  });

  it("shows lost requests and what was not as promised", () => {
    const control = parse(reportOf(naiveResult()));
    const verdict = control.querySelector(".verdict")!.textContent;
    assert.match(verdict, /lost requests, as expected:\s*The naive order lost 420 of 8400/);
    const chart = all(control, "svg.wide").find((svg) =>
      svg.querySelector("title")!.textContent.includes("Failed requests"),
    );
    assert.strictEqual(all(chart!, "rect").length, 6);
    const broken = { ...rehearsalResult(), ok: false, problems: ["3 requests failed."] };
    assert.match(
      parse(reportOf(broken)).querySelector(".verdict.bad")!.textContent,
      /Not as promised:\s*3 requests failed\./,
    );
  });

  it("shows what there is of a result without a timeline", () => {
    const result = { ...rehearsalResult(), rotations: [], evidence: [], leakSearch: [] };
    delete result.timeline;
    const early = parse(reportOf(result));
    assert.strictEqual(all(early, "svg").length, 0);
    assert.match(early.querySelector("main")!.textContent, /No proof reported anything/);
  });

  it("says where a proof is the weaker one, which asked no answer whose it is", () => {
    const result = rehearsalResult();
    const facts = { proof: "after-promotion", ok: true, seconds: 2.5, by: "status" };
    result.evidence.push({ at: 0, ...facts, identity: "configuration" });
    const rows = all(parse(reportOf(result)), "tr").map((row) => row.textContent);
    assert.match(
      rows.find((row) => row.includes("after-promotion"))!,
      /proved by the configuration only\s*in 2\.5 s/,
    );
    assert.ok(!rows.find((row) => row.includes("refused"))!.includes("configuration"));
  });

  it("counts what was done to a platform that was there, and says nothing where there was none", () => {
    const existingPlatform = { operations: ["update urn:a"], writes: ["updated /b"] };
    const tiles = (result: RehearsalResult) =>
      all(parse(reportOf(result)), ".tile.bad").map((tile) => tile.textContent.trim());
    assert.deepStrictEqual(
      tiles({ ...rehearsalResult(), existingPlatform }).map((text) => text.replace(/\s+/g, " ")),
      ["Changes of the platform that was there 2"],
    );
    assert.deepStrictEqual(tiles(rehearsalResult()), []);
    assert.doesNotMatch(reportOf(rehearsalResult()), /platform that was there/);
  });

  it("has texts of others as texts, never as HTML", () => {
    const result = rehearsalResult();
    const hostile = `<img src=x onerror="alert(1)">&'`;
    result.evidence.push({ at: 0, proof: hostile, ok: false, reason: hostile });
    result.problems.push(hostile);
    const shown = parse(reportOf(result));
    assert.strictEqual(all(shown, "img").length, 0);
    assert.ok(shown.querySelector("main")!.textContent.includes(hostile));
  });

  it("shows scenarios as a table, with what a person read at each move", () => {
    const result: ScenariosResult = {
      ok: false,
      kind: "scenarios",
      scenarios: [
        {
          name: "refusals",
          ok: false,
          seconds: 12,
          requests: {
            sent: 1600,
            unsent: 0,
            failed: 2,
            unjudged: 0,
            p50Ms: 3,
            p99Ms: 9,
            reasons: {},
            byKind: {},
          },
          moves: [
            { from: "counter 1", to: "counter 3", outcome: "refused", text: "3 is a jump." },
            { from: "counter 1", to: "counter 2", outcome: "done", text: "" },
          ],
          killPoints: { tried: 4, converged: 3 },
          problems: ["2 requests failed."],
          cannotJudge: [],
        },
      ],
    };
    const shown = parse(reportOf(result));
    const cells = all(shown.querySelector("tbody tr")!, "th, td").map(({ textContent }) =>
      textContent.trim().replaceAll(/\s+/g, " "),
    );
    assert.deepStrictEqual(cells, [
      "refusals",
      "not as promised 2 requests failed.",
      "1",
      "1",
      "3 of 4",
      "2 of 1,600",
      "12 s",
    ]);
    assert.match(shown.querySelector("details")!.textContent, /3 is a jump\./);
    assert.match(shown.querySelector(".verdict.bad")!.textContent, /0 of 1 as promised/);
  });
});

describe("the report's steps", () => {
  it("are in the order in which they began, one bar where operations follow closely", () => {
    const [rotation] = rehearsalResult().rotations;
    const password = rotation!.operations[1]!;
    const bars = stepBars({
      ...rotation!,
      operations: [
        { ...password, op: "replace", begin: 2.3, end: 2.8 },
        ...rotation!.operations.slice(0, 2),
        { ...password, op: "create-replacement", begin: 9, end: 9.5 },
      ],
    });
    assert.deepStrictEqual(
      bars.map(({ step, slot, begin, end }) => [step, slot, begin, end]),
      [
        ["start of the plan recorded", undefined, 1, 1.1],
        ["green: new password", "green", 2, 2.8],
        ["green: new password", "green", 9, 9.5],
      ],
    );
  });

  it("last until their phase ends when the engine never ended them, and say that they failed", () => {
    const [rotation] = rehearsalResult().rotations;
    const open = { ...rotation!.operations[4]! };
    delete open.end;
    const [bar] = stepBars({ ...rotation!, operations: [{ ...open, failed: true }] });
    assert.deepStrictEqual([bar!.begin, bar!.end, bar!.failed], [4, 25, true]);
  });
});

describe("the report's credentials", () => {
  it("are valid from the operation on their role to the one that retires it", () => {
    assert.deepStrictEqual(
      validities(rehearsalResult(2)).map(({ slot, generation, begin, end, endedBy }) => [
        slot,
        generation,
        begin,
        end,
        endedBy !== undefined,
      ]),
      [
        ["blue", 0, 0, 35.4, true],
        ["green", 1, 3, 77.4, true],
        ["blue", 2, 45, 84, false],
      ],
    );
  });

  it("are valid to the end when the operation on their role never ended", () => {
    const result = rehearsalResult();
    const role = result.rotations[0]!.operations.find(({ urn }) => urn.endsWith("blue-role"))!;
    delete role.end;
    assert.deepStrictEqual(validities(result)[0], {
      slot: "blue",
      generation: 0,
      begin: 0,
      end: 42,
      endedBy: undefined,
    });
  });
});

describe("the report's HTML", () => {
  it("escapes what is put in, and nothing twice", () => {
    const inner = html`<b>${"a<b & \"c'"}</b>`;
    assert.strictEqual(html`${[inner, 1, undefined]}`.text, "<b>a&lt;b &amp; &quot;c&#39;</b>1");
  });

  it("gives tables a caption and heads for rows and columns", () => {
    const shown = parse(table("Things", ["Name", "Count"], [["one", 1]]).text);
    assert.strictEqual(shown.querySelector("caption")!.textContent.trim(), "Things");
    assert.deepStrictEqual(
      all(shown, "th").map((one) => one.getAttribute("scope")),
      ["col", "col", "row"],
    );
  });
});

describe("the report's files", () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "report-spec-"));
    for (const [name, result] of [
      ["rotate", rehearsalResult()],
      ["naive", naiveResult()],
    ] as const) {
      await mkdir(join(folder, name));
      await writeFile(join(folder, name, "result.json"), JSON.stringify(result));
    }
  });

  after(() => rm(folder, { recursive: true }));

  it("are the same when they are made anew from the result file", async () => {
    const rotate = join(folder, "rotate");
    const file = await writeReport(rotate, await readResult(rotate), {
      compare: join(folder, "naive"),
    });
    assert.strictEqual(file, join(rotate, "report.html"));
    assert.strictEqual(await readFile(file, "utf8"), reportOf(rehearsalResult(), naiveResult()));
  });

  it("are compared with a naive run only, and the error says how to make one", async () => {
    await assert.rejects(
      readNaive(join(folder, "rotate")),
      /is of kind "rotate"; --compare takes .*Make one: npm run rehearse -- --naive --out /,
    );
    await assert.rejects(readNaive(join(folder, "none")), /There is no .*ENOENT.*--out writes it/);
  });
});
