import * as Plot from "@observablehq/plot";
import { JSDOM } from "jsdom";
import { escape, Html } from "./html";
import type { Span } from "../result/timeline";

/** A chart at one width, without its frame. */
export interface Drawing {
  readonly height: number;
  readonly options?: Plot.PlotOptions;
  readonly marks: readonly Plot.Markish[];
}

/** What a drawing depends on besides its data. */
export interface Canvas {
  readonly narrow: boolean;
  readonly span: Span;
  /** Where the time axis has its ticks. */
  readonly ticks: readonly number[];
}

export interface Chart {
  /** Name of the chart, unique on the page, as part of an id. */
  readonly id: string;
  readonly title: string;
  /** What the chart shows, for those who do not see it. */
  readonly description: string;
  /** The seconds it spans. */
  readonly span: Span;
  readonly draw: (canvas: Canvas) => Drawing;
}

/** Widths in pixels: of a desktop's column, and of a phone. */
const WIDTH = { wide: 920, narrow: 358 };
/** The same in every chart, so that the same moment is at the same place in all of them. */
const MARGIN = { wide: { left: 270, right: 56 }, narrow: { left: 56, right: 14 } };

/** Distances between two ticks that people count in, in seconds. */
const TICK_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600];

/** A chart as inline SVG: one for wide screens and paper, one for narrow ones. */
export function svgOf(chart: Chart): Html {
  return new Html(`${drawn(chart, "wide").text}${drawn(chart, "narrow").text}`);
}

/** A chart as inline SVG, as it is on a phone: for columns side by side. */
export function narrowSvgOf(chart: Chart): Html {
  return drawn(chart, "narrow", "");
}

function drawn(chart: Chart, size: "wide" | "narrow", className: string = size): Html {
  const { id, title, description, span } = chart;
  const narrow = size === "narrow";
  const ticks = ticksOf(span, narrow ? 5 : 10);
  const { height, options, marks } = chart.draw({ narrow, span, ticks });
  const { window } = new JSDOM("");
  try {
    const plot = Plot.plot as (all: Plot.PlotOptions & { document: object }) => {
      outerHTML: string;
    };
    const { outerHTML } = plot({
      document: window.document,
      width: WIDTH[size],
      height,
      marginLeft: MARGIN[size].left,
      marginRight: MARGIN[size].right,
      marginTop: 12,
      marginBottom: 26,
      style: { fontSize: "12px", background: "none" },
      className: "plot",
      ...options,
      x: {
        domain: [span.begin, span.end],
        ticks,
        tickFormat: (second: number) => `${Math.round(second - span.begin)} s`,
        label: null,
        ...options?.x,
      },
      marks: [...marks],
    });
    return labelled(outerHTML, { key: `${id}-${size}`, title, description, className });
  } finally {
    window.close();
  }
}

/** Round seconds since the begin of a span, about so many. */
function ticksOf({ begin, end }: Span, count: number): number[] {
  const length = end - begin;
  const step = TICK_STEPS.find((one) => length / one <= count) ?? length / count;
  return Array.from({ length: Math.floor(length / step) + 1 }, (_, index) => begin + index * step);
}

interface Label {
  readonly key: string;
  readonly title: string;
  readonly description: string;
  readonly className: string;
}

/** Gives an SVG a name and a description, as readers of screens want them. */
function labelled(svg: string, { key, title, description, className }: Label): Html {
  const opening =
    `<svg role="img" aria-labelledby="${key}-title" aria-describedby="${key}-description" ` +
    `class="plot ${className}" `;
  const plain = svg.replace(/<style>.*?<\/style>/s, "");
  return new Html(
    plain.replace(
      /^<svg class="plot"([^>]*)>/,
      (_, attributes: string) =>
        `${opening}${attributes.trim()}><title id="${key}-title">${escape(title)}</title>` +
        `<desc id="${key}-description">${escape(description)}</desc>`,
    ),
  );
}
