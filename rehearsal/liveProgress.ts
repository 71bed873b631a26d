import { styleText } from "node:util";

/** Where progress goes: standard output or error, or what a test has in its place. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface ProgressOptions {
  /** Shows neither steps nor ticks, only what is said. */
  readonly quiet?: boolean;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** How the rehearsal stands at this moment. */
export interface Tick {
  readonly step: string;
  /** The slot that answers; undefined while none does. */
  readonly liveSlot: string | undefined;
  /** Requests per second. */
  readonly rate: number;
  readonly sent: number;
  readonly failed: number;
  /** Undefined when nobody can tell. */
  readonly secondsLeft: number | undefined;
}

const CLEAR_LINE = "\r\u001b[K";
const DEFAULT_COLUMNS = 80;
/** Least time between two ticks where lines stay, as in a log. */
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
    const environment = options.environment ?? process.env;
    this.inPlace = stream.isTTY === true && environment["TERM"] !== "dumb";
    this.coloured = this.inPlace && !environment["NO_COLOR"];
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
      this.status = this.colour(this.fit(describe(tick)), tick);
      this.stream.write(CLEAR_LINE + this.status);
    } else if (Date.now() - this.lastLine >= LINE_INTERVAL_MS) {
      this.line(describe(tick));
    }
  }

  /** Something that a reader must see even when progress is not wanted. */
  say(text: string): void {
    this.line(text);
  }

  /** Takes the status line away. */
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

  /** A status line that wraps could not be drawn over; the last column makes some terminals wrap. */
  private fit(text: string): string {
    const width = (this.stream.columns ?? DEFAULT_COLUMNS) - 1;
    return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
  }

  private colour(text: string, { liveSlot, failed }: Tick): string {
    const painted = failed > 0 ? text.replace(failures(failed), this.paint("red", "$&")) : text;
    return liveSlot === "blue" || liveSlot === "green"
      ? painted.replace(live(liveSlot), this.paint(liveSlot, "$&"))
      : painted;
  }

  private paint(style: "bold" | "red" | "blue" | "green", text: string): string {
    return this.coloured ? styleText(style, text, { validateStream: false }) : text;
  }
}

function describe({ step, liveSlot, rate, sent, failed, secondsLeft }: Tick): string {
  return [
    step,
    live(liveSlot),
    `${rate} requests/s`,
    `${sent.toLocaleString("en")} sent`,
    failures(failed),
    ...(secondsLeft === undefined ? [] : [`about ${duration(secondsLeft)} left`]),
  ].join(" · ");
}

function live(slot: string | undefined): string {
  return slot === undefined ? "no slot answers" : `${slot} is live`;
}

function failures(count: number): string {
  return `${count.toLocaleString("en")} failed`;
}

function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
