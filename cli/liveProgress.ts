import { styleText } from "node:util";
import { duration } from "../rehearsal/progress/reporting";
import type { LoadTick } from "../rehearsal/clients/loadRecords";

/** Where progress goes: standard output or error, or a test's substitute. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface ProgressOptions {
  /** Shows neither steps nor ticks, only messages. */
  readonly quiet?: boolean;
  readonly variables?: Readonly<Record<string, string | undefined>>;
}

/** The rehearsal's current state. */
export interface Tick {
  readonly step: string;
  /** How long the step has been running. */
  readonly stepSeconds: number;
  /** How much of the step is done, from 0 to 1, if known; drawn as a bar. */
  readonly done?: number | undefined;
  /** Undefined before there is any load. */
  readonly load: LoadTick | undefined;
  /** Undefined if unknown. */
  readonly secondsLeft: number | undefined;
}

const CLEAR_LINE = "\r\u001b[K";
/** Cells of the bar that shows which slot answers, or how much is done. */
const BAR_CELLS = 10;
const DEFAULT_COLUMNS = 80;
/** Minimum time between two ticks where lines stay, as in a log. */
const LINE_INTERVAL_MS = 5_000;

/**
 * Progress of a rehearsal for a person who watches: in a terminal one status line that is drawn
 * anew in its place, elsewhere a line per step and at most one per five seconds.
 */
export class LiveProgress {
  private readonly inPlace: boolean;
  private readonly coloured: boolean;
  private status = "";
  private lastLine = -Infinity;

  constructor(
    private readonly stream: ProgressStream,
    private readonly options: ProgressOptions = {},
  ) {
    const variables = options.variables ?? process.env;
    this.inPlace = stream.isTTY === true && variables["TERM"] !== "dumb";
    this.coloured = this.inPlace && !variables["NO_COLOR"];
  }

  /** A step begins. */
  step(text: string): void {
    if (!this.options.quiet) {
      this.line(this.paint("bold", text));
    }
  }

  tick(tick: Tick): void {
    if (this.options.quiet) {
      return;
    }
    if (this.inPlace) {
      this.status = this.draw(tick);
      this.stream.write(CLEAR_LINE + this.status);
    } else if (Date.now() - this.lastLine >= LINE_INTERVAL_MS) {
      this.line(words(tick).join(SEPARATOR));
    }
  }

  /** A message that must be shown even without progress. */
  say(text: string): void {
    this.line(text);
  }

  /** Clears the status line. */
  close(): void {
    if (this.status !== "") {
      this.stream.write(CLEAR_LINE);
      this.status = "";
    }
  }

  /** A line that stays, above the status line where there is one. */
  private line(text: string): void {
    this.lastLine = Date.now();
    const clear = this.status === "" ? "" : CLEAR_LINE;
    this.stream.write(`${clear}${text}\n${this.status}`);
  }

  /**
   * The status line, cut to the terminal: one that wraps could not be drawn over, and the last column
   * makes some terminals wrap. What a narrow one has no room for goes from the back, failures last.
   */
  private draw(tick: Tick): string {
    const width = (this.stream.columns || DEFAULT_COLUMNS) - 1;
    const slots = this.coloured && tick.load ? barOf(tick.load.answers) : [];
    const cells =
      tick.done === undefined
        ? slots.map((slot) => this.paint(slot, "■")).join("")
        : shareBar(tick.done);
    const room = width - (cells === "" ? 0 : BAR_CELLS + 1);
    const parts = words(tick);
    const failed = tick.load && failures(tick.load.failed);
    while (parts.join(SEPARATOR).length > room && parts.length > 1) {
      const last = parts.findLastIndex((part, index) => index > 0 && part !== failed);
      parts.splice(last === -1 ? 1 : last, 1);
    }
    const [step = "", ...others] = parts;
    const rest = others.map((part) => SEPARATOR + this.colour(part, tick)).join("");
    const shown = step.length <= room ? step : `${step.slice(0, Math.max(0, room - 1))}…`;
    return `${cells === "" || room < 1 ? "" : `${cells} `}${this.paint("bold", shown)}${rest}`;
  }

  private colour(part: string, { load }: Tick): string {
    if (load && load.failed > 0 && part === failures(load.failed)) {
      return this.paint("red", part);
    }
    const slot = /^(blue|green) is live$/.exec(part)?.[1] as "blue" | "green" | undefined;
    return slot === undefined ? part : this.paint(slot, part);
  }

  private paint(style: "bold" | "red" | "blue" | "green", text: string): string {
    return this.coloured ? styleText(style, text, { validateStream: false }) : text;
  }
}

const SEPARATOR = " · ";

/** What a tick says, the most important first. */
function words({ step, stepSeconds, done, load, secondsLeft }: Tick): string[] {
  return [
    stepSeconds < 1 ? step : `${step}, ${duration(stepSeconds)}`,
    ...(done === undefined ? [] : [`${Math.round(done * 100)} %`]),
    ...(load === undefined
      ? []
      : [
          live(load.answers),
          failures(load.failed),
          `${load.rate} requests/s`,
          `${load.sent.toLocaleString("en")} sent`,
        ]),
    ...(secondsLeft === undefined ? [] : [`about ${duration(secondsLeft)} left`]),
  ];
}

/** Who answers: one slot, or both while traffic moves. */
function live(answers: LoadTick["answers"]): string {
  const slots = Object.entries(answers).filter(([, count]) => count > 0);
  const all = slots.reduce((sum, [, count]) => sum + count, 0);
  const [first, ...others] = slots;
  if (first === undefined) {
    return "no slot answers";
  }
  return others.length === 0
    ? `${first[0]} is live`
    : slots.map(([slot, count]) => `${slot} ${Math.round((count / all) * 100)} %`).join(", ");
}

/** The slots' shares of the answers, as cells of a bar. */
function barOf({ blue = 0, green = 0 }: LoadTick["answers"]): ("blue" | "green")[] {
  const all = blue + green;
  const cells = Math.round((blue / all) * BAR_CELLS);
  return all === 0
    ? []
    : Array.from({ length: BAR_CELLS }, (_, index) => (index < cells ? "blue" : "green"));
}

function shareBar(done: number): string {
  const cells = Math.round(done * BAR_CELLS);
  return "■".repeat(cells) + "□".repeat(BAR_CELLS - cells);
}

function failures(count: number): string {
  return `${count.toLocaleString("en")} failed`;
}
