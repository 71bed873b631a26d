import assert from "node:assert";
import { performancePage } from "./performancePage";
import type { PreviewResult, PreviewSeries } from "./previews";
import type { PreviewKind } from "./previewWorker";
import { sharesOf } from "./profile";

/** Previews that took so many CPU seconds. */
function series(
  kind: PreviewKind,
  cpus: readonly number[],
  checkout = "/new",
  cached = false,
): PreviewSeries {
  return {
    checkout,
    kind,
    cached,
    costs: cpus.map((cpu) => ({ cpu, seconds: 2 * cpu, peak: 99.6 })),
  };
}

const CIRCUMSTANCES = {
  ...{ date: "2026-11-29", machine: "2 x a processor", loads: [0.5, 1] as const },
  ...{ rounds: 3, checkout: "/new", against: "60a1714" },
};

function page(noChange: number, rotation: number): string {
  const result: PreviewResult = {
    series: [
      series("empty", [2, 1, 9]),
      series("unchecked", [1]),
      series("noChange", [noChange]),
      series("rotation", [rotation]),
      series("noChange", [6], "/old"),
      series("rotation", [8], "/old"),
      series("empty", [1], "/new", true),
      series("noChange", [4], "/new", true),
    ],
    profiles: {
      noChange: [
        { what: "the SDK of Pulumi", part: 0.75 },
        { what: "this program", part: 0.25 },
      ],
      rotation: [{ what: "the SDK of Pulumi", part: 1 }],
    },
  };
  return performancePage(result, CIRCUMSTANCES);
}

/** The cells of the rows that begin with this. */
function cells(text: string, first: string): string[][] {
  return text
    .split("\n")
    .filter((line) => line.startsWith(`| ${first} |`))
    .map((line) =>
      line
        .split("|")
        .map((cell) => cell.trim())
        .slice(2, -1),
    );
}

describe("the page about performance", () => {
  it("holds medians against both empty programs and the other commit, cached and not", () => {
    const rows = cells(page(3, 4), "this program, no change");
    assert.deepStrictEqual(rows.slice(2), [
      ["3.00 **3.00** 3.00", "6.00", "100", "1.50", "3.00", "0.50"],
      ["4.00 **4.00** 4.00", "8.00", "100", "4.00", "", ""],
    ]);
    assert.deepStrictEqual(cells(page(3, 4), "empty program, types checked"), [
      ["1.00 **2.00** 9.00", "4.00", "100", "", "", ""],
      ["1.00 **1.00** 1.00", "2.00", "100", "", "", ""],
    ]);
    assert.deepStrictEqual(cells(page(3, 4), "60a1714, a rotation"), [
      ["8.00 **8.00** 8.00", "16.00", "100", "4.00", "8.00", ""],
    ]);
  });

  it("says of each goal whether it is met", () => {
    const verdicts = (text: string) =>
      ["this program, no change", "this program, a rotation"].flatMap((first) =>
        cells(text, first).flatMap((row) => (/met|missed/.test(row.at(-1)!) ? [row.slice(1)] : [])),
      );
    assert.deepStrictEqual(verdicts(page(3, 4)), [
      ["1.50", "1.50", "met"],
      ["0.65", "0.50", "met"],
      ["1.80", "2.00", "missed"],
      ["0.55", "0.50", "met"],
    ]);
    assert.deepStrictEqual(
      verdicts(page(4, 5)).map(([, , verdict]) => verdict),
      ["missed", "missed", "missed", "missed"],
    );
  });

  it("shows where the time goes", () => {
    assert.deepStrictEqual(cells(page(3, 4), "the SDK of Pulumi"), [["75%", "100%"]]);
    assert.deepStrictEqual(cells(page(3, 4), "this program"), [["25%", "0%"]]);
  });
});

describe("shares of a profile", () => {
  const node = (id: number, functionName: string, url: string) => ({
    id,
    callFrame: { functionName, url },
  });

  it("are of the time in which the thread was not idle, by whose code it was", () => {
    const shares = sharesOf({
      nodes: [
        node(1, "(idle)", ""),
        node(2, "(garbage collector)", ""),
        node(3, "wrapSafe", "node:internal/modules/cjs/loader"),
        node(4, "apply", "file:///a/node_modules/@pulumi/pulumi/output.js"),
        node(5, "main", "file:///a/infra/index.ts"),
        node(6, "runMicrotasks", ""),
      ],
      samples: [1, 2, 3, 4, 5, 6, 4],
      timeDeltas: [900, 10, 20, 25, 5, 15, 25],
    });
    assert.deepStrictEqual(shares, [
      { what: "the SDK of Pulumi", part: 0.5 },
      { what: "compiling modules", part: 0.2 },
      { what: "Node and V8 for the above: promises, files, sockets", part: 0.15 },
      { what: "garbage collection", part: 0.1 },
      { what: "this program", part: 0.05 },
    ]);
  });
});
