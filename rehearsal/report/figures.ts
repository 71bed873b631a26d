import { type Chart, narrowSvgOf, svgOf } from "./chart";
import { folded, type Html, html, table } from "./html";
import type { RehearsalResult, RotationResult } from "../result/result";
import { EITHER, type Span, type Timeline } from "../result/timeline";
import { validities } from "./credentials";
import { stepBars } from "./steps";
import {
  drawFailures,
  drawLatency,
  drawSessions,
  drawShares,
  drawSteps,
  drawValidity,
  type Second,
  type Sessions,
} from "./timelineCharts";

/** The span of a rotation on the timeline: all of its phases. */
export function spanOf({ phases }: RotationResult): Span {
  return { begin: phases[0]?.begin ?? 0, end: phases.at(-1)?.end ?? 0 };
}

/** The charts of one rotation, with the tables of their data. */
export function rotationFigures(
  result: RehearsalResult,
  timeline: Timeline,
  rotation: RotationResult,
): Html {
  const charts = chartsOf(result, timeline, rotation);
  const span = spanOf(rotation);
  const at = (second: number) => (second - span.begin).toFixed(1);
  const bars = stepBars(rotation);
  const valid = validities(result).filter(({ begin, end }) => end > span.begin && begin < span.end);
  return html`
    ${figure(
      charts.steps,
      slotLegend("of the blue slot", "of the green slot", "of neither"),
      folded(
        "Steps as a table",
        table(
          "Engine steps, in seconds since the rotation began",
          ["Step", "Begin", "End", "Outcome"],
          bars.map(({ step, begin, end, failed }) => [
            step,
            at(begin),
            at(end),
            failed ? "failed" : "done",
          ]),
        ),
      ),
    )}
    ${figure(
      charts.shares,
      legend(
        ["blue", "blue"],
        ["green", "green"],
        ...(isToldByGateway(rotation) ? ([[EITHER, "neither"]] as const) : []),
        ["failed", "failed"],
      ),
    )}
    ${figure(charts.failures)}
    ${figure(charts.latency, legend(["p50", "strong"], ["p99", "neither"]))}
    ${figure(
      charts.sessions,
      legend(
        ...Object.keys(timeline.sessions.byRole).map(
          (role) => [role, /blue|green/.exec(role)?.[0] ?? "neither"] as const,
        ),
      ),
    )}
    ${figure(
      charts.validity,
      undefined,
      folded(
        "Credentials as a table",
        table(
          "When each credential could log in, in seconds since the rotation began",
          ["Credential", "From", "Until"],
          valid.map(({ slot, generation, begin, end, endedBy }) => [
            `${slot}, generation ${generation}`,
            begin <= span.begin ? "before" : at(begin),
            endedBy === undefined || end > span.end ? "still valid" : `${at(end)}: ${endedBy}`,
          ]),
        ),
      ),
    )}
    ${folded("Answers, failures, latency and sessions per second", secondTable(timeline, span))}
  `;
}

/** Shares and failures of a run, small enough for two of them beside each other. */
export function comparedFigures(
  result: RehearsalResult,
  timeline: Timeline,
  rotation: RotationResult,
  name: string,
): Html {
  const { shares, failures } = chartsOf(result, timeline, rotation, `compared-${name}-`);
  return html`${[shares, failures].map(
    (chart) =>
      html`<figure>
        <figcaption><span class="title">${chart.title}</span></figcaption>
        ${narrowSvgOf(chart)}
      </figure>`,
  )}`;
}

function chartsOf(
  result: RehearsalResult,
  timeline: Timeline,
  rotation: RotationResult,
  prefix = "",
): Record<"steps" | "shares" | "failures" | "latency" | "sessions" | "validity", Chart> {
  const span = spanOf(rotation);
  const id = `${prefix}rotation-${rotation.to}`;
  const seconds = secondsOf(timeline, span);
  const { from, to, liveBefore, liveAfter, requests } = rotation;
  const chart = (name: string, title: string, description: string, draw: Chart["draw"]) => ({
    id: `${id}-${name}`,
    title,
    description,
    span,
    draw,
  });
  const bars = stepBars(rotation);
  return {
    steps: chart(
      "steps",
      "Engine steps",
      `${bars.length} steps of rotation ${from} to ${to}, as bars from start to end. A dashed ` +
        "line marks where one up ends and the next begins.",
      (canvas) => drawSteps(bars, rotation.phases, canvas),
    ),
    shares: chart(
      "shares",
      isToldByGateway(rotation) ? "Where the gateway sent requests" : "Who answered",
      (isToldByGateway(rotation)
        ? "Answers do not say who gave them. Share of each second's requests that were answered " +
          "while the gateway sent them to each slot: "
        : "Share of each second's requests that each slot answered: ") +
        `${liveBefore} at the start, ${liveAfter} at the end.`,
      (canvas) => drawShares(seconds, canvas),
    ),
    failures: chart(
      "failures",
      "Failed requests per second",
      `${requests.failed} of ${requests.sent} requests failed.`,
      (canvas) => drawFailures(seconds, canvas),
    ),
    latency: chart(
      "latency",
      "Latency, logarithmic",
      `Latency per second, p50 and p99: ` +
        `${requests.p50Ms} ms and ${requests.p99Ms} ms over the whole rotation.`,
      (canvas) => drawLatency(seconds, canvas),
    ),
    sessions: chart(
      "sessions",
      "Sessions in the database",
      "Sessions of each slot's role, counted once a second.",
      (canvas) => drawSessions(sessionsOf(timeline, span), canvas),
    ),
    validity: chart(
      "validity",
      "Credentials that can log in",
      "One bar per credential, from when its role could log in with it until it no longer could.",
      (canvas) => drawValidity(validities(result), canvas),
    ),
  };
}

function isToldByGateway({ newCredential: { by } }: RotationResult): boolean {
  return by === "gateway";
}

function figure(chart: Chart, key?: Html, below?: Html): Html {
  return html`<figure>
    <figcaption><span class="title">${chart.title}</span> ${key}</figcaption>
    ${svgOf(chart)} ${below}
  </figure>`;
}

function slotLegend(blue: string, green: string, neither: string): Html {
  return legend([blue, "blue"], [green, "green"], [neither, "neither"]);
}

function legend(...entries: readonly (readonly [string, string])[]): Html {
  return html`<span class="legend"
    >${entries.map(([name, ink]) => html`<span class="key ${ink}">${name}</span>`)}</span
  >`;
}

/** The whole seconds of a span. */
function secondsOf({ load }: Timeline, { begin, end }: Span): Second[] {
  const seconds = load.failed.map((failed, second) => ({
    second,
    failed,
    answered: Object.fromEntries(
      Object.entries(load.answered).map(([slot, counts]) => [slot, counts[second] ?? 0]),
    ),
    p50Ms: load.p50Ms[second] ?? null,
    p99Ms: load.p99Ms[second] ?? null,
  }));
  return seconds.filter(({ second }) => second >= begin && second + 1 <= end);
}

function sessionsOf({ sessions }: Timeline, { begin, end }: Span): Sessions[] {
  return Object.entries(sessions.byRole).flatMap(([role, counts]) =>
    counts
      .map((count, index) => ({ second: sessions.seconds[index] ?? 0, role, sessions: count }))
      .filter(({ second }) => second >= begin && second <= end),
  );
}

function secondTable(timeline: Timeline, span: Span): Html {
  const slots = Object.keys(timeline.load.answered);
  const roles = Object.keys(timeline.sessions.byRole);
  const { seconds, byRole } = timeline.sessions;
  return table(
    "Per second since the rotation began",
    [
      "Second",
      ...slots.map((slot) => `Answers of ${slot}`),
      "Failed",
      "p50, ms",
      "p99, ms",
      ...roles.map((role) => `Sessions of ${role}`),
    ],
    secondsOf(timeline, span).map(({ second, answered, failed, p50Ms, p99Ms }) => {
      const sample = seconds.findIndex((at) => at >= second && at < second + 1);
      return [
        (second - span.begin).toFixed(1),
        ...slots.map((slot) => answered[slot]),
        failed,
        p50Ms ?? "none",
        p99Ms ?? "none",
        ...roles.map((role) => byRole[role]?.[sample] ?? "not counted"),
      ];
    }),
  );
}
