import * as Plot from "@observablehq/plot";
import type { Phase } from "../result/timeline";
import type { Canvas, Drawing } from "./chart";
import type { Validity } from "./credentials";
import type { StepBar } from "./steps";

/** A second of the load. */
export interface Second {
  readonly second: number;
  readonly answered: Readonly<Record<string, number>>;
  readonly failed: number;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
}

/** The sessions of a role at a moment. */
export interface Sessions {
  readonly second: number;
  readonly role: string;
  readonly sessions: number;
}

export const INK = {
  blue: "var(--blue)",
  green: "var(--green)",
  neither: "var(--neither)",
  failed: "var(--failed)",
  grid: "var(--grid)",
  strong: "var(--strong)",
  page: "var(--page)",
} as const;

/** A text that lines pass behind. */
const LABEL = { fill: INK.strong, stroke: INK.page, strokeWidth: 4 };

const ROW = { wide: 24, narrow: 38 };
const LATENCY_TICKS = [1, 10, 100, 1000, 10_000];

/** The colour of a slot, of its role and of whatever belongs to it. */
export function inkOf(name: string | undefined): string {
  const slot = /blue|green/.exec(name ?? "")?.[0] as "blue" | "green" | undefined;
  return INK[slot ?? "neither"];
}

/** The steps of the engine as bars, with a line where one `up` ends and the next begins. */
export function drawSteps(
  bars: readonly StepBar[],
  phases: readonly Phase[],
  canvas: Canvas,
): Drawing {
  const rows = [...new Set(bars.map(({ step }) => step))];
  const durations = (step: string) =>
    bars
      .filter((bar) => bar.step === step)
      .map(({ begin, end }) => `${(end - begin).toFixed(1)} s`)
      .join(", ");
  return {
    ...rowsOf(rows, canvas),
    marks: [
      Plot.gridX(canvas.ticks, { stroke: INK.grid, strokeOpacity: 1 }),
      Plot.ruleX(phases.slice(1), {
        x: "begin",
        stroke: INK.neither,
        strokeDasharray: "3,3",
      }),
      Plot.barX(bars, {
        x1: "begin",
        x2: (bar: StepBar) => Math.max(bar.end, bar.begin + 0.15),
        y: "step",
        fill: (bar: StepBar) => (bar.failed ? INK.failed : inkOf(bar.slot)),
        rx: 2,
        ...insetOf(canvas),
        title: (bar: StepBar) => `${bar.step}: ${range(bar, canvas)}`,
      }),
      ...labelsOf(rows, canvas, (step) => `${step} · ${durations(step)}`),
      ...(canvas.narrow
        ? []
        : [
            Plot.text(bars.filter(hasRoom(bars, canvas)), {
              x: "end",
              y: "step",
              text: ({ begin, end }: StepBar) => `${(end - begin).toFixed(1)} s`,
              textAnchor: "start",
              dx: 5,
              ...LABEL,
            }),
          ]),
    ],
  };
}

/** When which credential was valid. */
export function drawValidity(all: readonly Validity[], canvas: Canvas): Drawing {
  const { span } = canvas;
  const shown = all
    .filter(({ begin, end }) => end > span.begin && begin < span.end)
    .map((one) => ({
      ...one,
      row: `${one.slot}, generation ${one.generation}`,
      begin: Math.max(one.begin, span.begin),
      end: Math.min(one.end, span.end),
    }));
  const rows = shown.map(({ row }) => row);
  return {
    ...rowsOf(rows, canvas),
    marks: [
      Plot.gridX(canvas.ticks, { stroke: INK.grid, strokeOpacity: 1 }),
      Plot.barX(shown, {
        x1: "begin",
        x2: "end",
        y: "row",
        fill: (one: Validity) => inkOf(one.slot),
        rx: 2,
        ...insetOf(canvas),
        title: (one: Validity) =>
          `${one.slot}, generation ${one.generation}: ${range(one, canvas)}`,
      }),
      ...labelsOf(rows, canvas),
    ],
  };
}

/** Who answered, in percent of the requests of each second. */
export function drawShares(seconds: readonly Second[], { narrow }: Canvas): Drawing {
  const slots = [...new Set(seconds.flatMap(({ answered }) => Object.keys(answered)))].sort();
  const areas = seconds.flatMap((one) => {
    const parts = [...slots.map((slot) => [slot, one.answered[slot] ?? 0] as const)];
    const all = parts.reduce((sum, [, count]) => sum + count, one.failed);
    let from = 0;
    return [...parts, ["failed", one.failed] as const].flatMap(([part, count]) => {
      const y1 = from;
      from += all === 0 ? 0 : (count / all) * 100;
      return [one.second, one.second + 1].map((second) => ({ second, part, y1, y2: from }));
    });
  });
  return {
    height: narrow ? 130 : 140,
    options: {
      y: { domain: [0, 100], ticks: [0, 50, 100], tickFormat: (y) => `${y} %`, label: null },
    },
    marks: [
      Plot.areaY(areas, {
        x: "second",
        y1: "y1",
        y2: "y2",
        z: "part",
        fill: ({ part }: { part: string }) => (part === "failed" ? INK.failed : inkOf(part)),
      }),
    ],
  };
}

/** How long answers took; on a logarithmic scale, as the few slow ones are what matters. */
export function drawLatency(seconds: readonly Second[], { narrow }: Canvas): Drawing {
  const points = seconds.flatMap(({ second, p50Ms, p99Ms }) =>
    (
      [
        ["p50", p50Ms],
        ["p99", p99Ms],
      ] as const
    ).map(([name, ms]) => ({
      second: second + 0.5,
      name,
      ms: ms === null ? Number.NaN : Math.max(ms, 1),
    })),
  );
  const ink = ({ name }: { name: string }) => (name === "p50" ? INK.strong : INK.neither);
  return {
    height: narrow ? 150 : 160,
    options: {
      y: {
        type: "log",
        domain: [1, 10_000],
        ticks: LATENCY_TICKS,
        tickFormat: (ms: number) => (ms < 1000 ? `${ms} ms` : `${ms / 1000} s`),
        label: null,
      },
    },
    marks: [
      Plot.gridY(LATENCY_TICKS, { stroke: INK.grid, strokeOpacity: 1 }),
      Plot.lineY(points, {
        x: "second",
        y: "ms",
        z: "name",
        stroke: ink,
        strokeWidth: 1.75,
        strokeLinejoin: "round",
      }),
    ],
  };
}

/** Failed requests of each second. */
export function drawFailures(seconds: readonly Second[], { narrow, span }: Canvas): Drawing {
  const failed = seconds.filter((one) => one.failed > 0);
  return {
    height: narrow ? 100 : 110,
    options: {
      y: {
        domain: [0, Math.max(10, ...failed.map((one) => one.failed))],
        ticks: 3,
        nice: true,
        label: null,
      },
    },
    marks: [
      Plot.gridY({ stroke: INK.grid, strokeOpacity: 1, ticks: 3 }),
      Plot.rectY(failed, {
        x1: "second",
        x2: ({ second }: Second) => Math.min(second + 1, span.end),
        y: "failed",
        fill: INK.failed,
        insetLeft: 0.5,
        insetRight: 0.5,
        title: (one: Second) => `${one.failed} failed`,
      }),
      Plot.ruleY([0], { stroke: INK.neither }),
      ...(failed.length === 0
        ? [
            Plot.text(["no request failed"], {
              frameAnchor: "middle",
              ...LABEL,
              strokeWidth: 8,
              fontSize: 13,
            }),
          ]
        : []),
    ],
  };
}

/** Sessions of each role. */
export function drawSessions(samples: readonly Sessions[], { narrow }: Canvas): Drawing {
  const roles = [...new Set(samples.map(({ role }) => role))];
  const most = Math.max(1, ...samples.map(({ sessions }) => sessions));
  return {
    height: narrow ? 120 : 130,
    options: { y: { domain: [0, most], ticks: 4, nice: true, label: null } },
    marks: [
      Plot.gridY({ stroke: INK.grid, strokeOpacity: 1, ticks: 4 }),
      ...roles.map((role, index) =>
        Plot.lineY(
          samples.filter((sample) => sample.role === role),
          {
            x: "second",
            y: "sessions",
            stroke: inkOf(role),
            strokeWidth: 2,
            // Both roles often have as many: the one behind shows through.
            ...(index > 0 && { strokeDasharray: "7,5" }),
            curve: "step-after" as const,
          },
        ),
      ),
    ],
  };
}

/** Height and scale of a chart of named rows. */
function rowsOf(rows: readonly string[], { narrow }: Canvas): Pick<Drawing, "height" | "options"> {
  return {
    height: rows.length * ROW[narrow ? "narrow" : "wide"] + 34,
    options: {
      y: { domain: rows, axis: narrow ? null : "left", label: null, tickSize: 0, padding: 0 },
    },
  };
}

/** On a phone the names of the rows are above the bars: there is no room beside them. */
function labelsOf(
  rows: readonly string[],
  { narrow }: Canvas,
  text: (row: string) => string = (row) => row,
): Plot.Markish[] {
  return narrow
    ? [
        Plot.text(rows, {
          y: (row: string) => row,
          frameAnchor: "left",
          textAnchor: "start",
          dx: -48,
          dy: -9,
          text,
          ...LABEL,
        }),
      ]
    : [];
}

function insetOf({ narrow }: Canvas): { insetTop: number; insetBottom: number } {
  return narrow ? { insetTop: 20, insetBottom: 5 } : { insetTop: 4, insetBottom: 4 };
}

/** Whether a bar's duration can stand behind it: it would run into the next bar of the same step. */
function hasRoom(bars: readonly StepBar[], { span }: Canvas): (bar: StepBar) => boolean {
  const needed = (span.end - span.begin) * 0.08;
  return (bar) =>
    bars.every(
      ({ step, begin }) => step !== bar.step || begin <= bar.begin || begin > bar.end + needed,
    );
}

function range({ begin, end }: { begin: number; end: number }, { span }: Canvas): string {
  return `${(begin - span.begin).toFixed(1)} s to ${(end - span.begin).toFixed(1)} s`;
}
