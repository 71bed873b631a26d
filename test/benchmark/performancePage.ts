import type { Circumstances } from "./page";
import type { PreviewResult, PreviewSeries } from "./previews";
import type { PreviewKind } from "./previewWorker";
import { figure, median, spread, table, verdict } from "./tables";

/** What a result is of, besides its figures. */
export interface PreviewCircumstances extends Circumstances {
  readonly rounds: number;
  /** Folder of the checkout whose program it is. */
  readonly checkout: string;
  /** Of the commit that it is compared with, its short name. */
  readonly against?: string | undefined;
}

/** Most that a figure may be. */
interface Goal {
  readonly kind: "noChange" | "rotation";
  readonly times: number;
  readonly of: "empty" | "against";
}

const GOALS: readonly Goal[] = [
  { kind: "noChange", times: 1.5, of: "empty" },
  { kind: "rotation", times: 1.8, of: "empty" },
  { kind: "noChange", times: 0.65, of: "against" },
  { kind: "rotation", times: 0.55, of: "against" },
];

const NAMES: Readonly<Record<PreviewKind, string>> = {
  empty: "empty program, types checked",
  unchecked: "empty program, types not checked",
  noChange: "this program, no change",
  rotation: "this program, a rotation",
};

/** The part of the page about previews, in Markdown. */
export function performancePage(
  { series, profiles }: PreviewResult,
  { against, checkout, date, loads, machine, rounds }: PreviewCircumstances,
): string {
  const plain = series.filter(({ cached }) => !cached);
  const find = (some: readonly PreviewSeries[], kind: PreviewKind, isOld = false) =>
    some.find((each) => each.kind === kind && (each.checkout !== checkout) === isOld);
  const ratio = (one: PreviewSeries | undefined, other: PreviewSeries | undefined) =>
    one && other ? figure(cpuOf(one) / cpuOf(other)) : "";
  const rows = (some: readonly PreviewSeries[]) =>
    some.map((each) => {
      const isOld = each.checkout !== checkout;
      const isEmpty = each.kind === "empty" || each.kind === "unchecked";
      return [
        isOld
          ? NAMES[each.kind].replace("this program", against ?? "the other commit")
          : NAMES[each.kind],
        spread(each.costs.map(({ cpu }) => cpu)),
        figure(median(each.costs.map(({ seconds }) => seconds))),
        String(Math.round(median(each.costs.map(({ peak }) => peak)))),
        isEmpty ? "" : ratio(each, find(some, "empty")),
        isEmpty ? "" : ratio(each, find(some, "unchecked")),
        isEmpty || isOld ? "" : ratio(each, find(some, each.kind, true)),
      ];
    });
  const columns = [
    ...["preview of", "CPU s: least **median** most", "wall s", "peak MB of the program"],
    ...[
      "times empty, checked",
      "times empty, not checked",
      `times ${against ?? "the other commit"}`,
    ],
  ];
  const goals = GOALS.flatMap(({ kind, times, of }) => {
    const measured = find(plain, kind);
    const other = of === "empty" ? find(plain, "empty") : find(plain, kind, true);
    if (measured === undefined || other === undefined) {
      return [];
    }
    const found = cpuOf(measured) / cpuOf(other);
    const what = of === "empty" ? NAMES.empty : (against ?? "the other commit");
    return [[NAMES[kind], what, ...verdict(times, found)]];
  });
  return `# Performance

<!-- Written by \`npm run benchmark\`, with \`--write\`: run it again instead of editing. -->

What a preview costs, as it was measured on ${date}: ${machine}; load of the machine ${figure(loads[0])} at the beginning and ${figure(loads[1])} at the
end. Medians of ${rounds} rounds, in each of which every kind is previewed once. CPU is that of the engine and the program
together and is what to go by: wall clock grows with whatever else the machine does, CPU by a little. The providers are the
twin, which is not counted, so the start of real plugins comes on top, for an empty program of yours as for this one.

The yardstick is an empty program as \`pulumi new\` makes it. ts-node checks the types of that one, which takes half of its
time; this program's are checked by \`npm run check\` instead, and what it is compared with has to say which it is.

## Goals

${table(["preview of", "against", "at most", "measured", ""], goals)}

## Without Node's compile cache

${table(columns, rows(plain))}

## With Node's compile cache

\`NODE_COMPILE_CACHE\` names a folder that only you may write to: what is in there runs as you.

${table(columns, rows(series.filter(({ cached }) => cached)))}

## Where the time of the program goes

Shares of the time in which the program's one thread computes, of one preview each with V8's profiler.

${table(
  ["", "no change", "a rotation"],
  profiles.noChange.map(({ what, part }) => [
    what,
    percent(part),
    percent(profiles.rotation.find((other) => other.what === what)?.part ?? 0),
  ]),
)}
`;
}

function cpuOf({ costs }: PreviewSeries): number {
  return median(costs.map(({ cpu }) => cpu));
}

function percent(part: number): string {
  return `${Math.round(part * 100)}%`;
}
