import { type Busy, BusyTimes } from "./busyTimes";

/** How a request of the load ended, before anyone asks how late it was and who may still answer. */
export type Outcome = "ok" | "no answer" | "late" | "5xx" | "other" | "cut";

/**
 * `fresh`: on a connection of its own; `kept`: on one that is used again; `http2`: beside others on
 * one connection; `slow`: half a minute long; `stream`: events without an end.
 */
export type LoadKind = "fresh" | "kept" | "http2" | "slow" | "stream";

export interface KindFigures {
  sent: number;
  failed: number;
  /**
   * Connections that were lost under a request, which is a failure; of streams, those that did not
   * last, which is none: their clients come back.
   */
  cut: number;
}

/** Requests by their kind; none of those that were not sent. */
export type ByKind = Readonly<Partial<Record<LoadKind, KindFigures>>>;

/** One request, as the sender saw it. */
export interface LoadRecord {
  /** When it should have been sent, in milliseconds since the epoch. */
  readonly due: number;
  /** When it was sent. */
  readonly at: number;
  /**
   * Time from when it was due until the answer was complete, or until it was given up. A client of
   * a sender that is late waits, too.
   */
  readonly ms: number;
  readonly outcome: Outcome;
  /** Error code or status that explains any outcome but `ok`. */
  readonly reason?: string;
  readonly kind: LoadKind;
  /** Who answered, where the outcome is `ok` and answers say so. */
  readonly answer?: LoadAnswer;
}

/** Stands for the slot of answers that do not say whose they are. */
export const UNKNOWN = "unknown";

/** What an application that describes itself says in every answer. */
export interface LoadAnswer {
  readonly slot: string;
  readonly generation: number;
  readonly secretVersion: string;
}

export interface LoadFailure {
  readonly at: number;
  readonly ms: number;
  readonly reason: string;
  readonly kind: LoadKind;
}

export interface LoadFigures {
  readonly sent: number;
  /** Requests that were due and never sent. */
  readonly unsent: number;
  /** Requests that were sent late, or never, because the sender itself could not keep up. */
  readonly behind: number;
  /** Half and 99 in 100 of the requests were sent so much later than they were due, or less. */
  readonly lagMs: { readonly p50: number; readonly p99: number };
  readonly failed: number;
  /** Requests that were answered late while the machine was too busy to tell whose doing it was. */
  readonly unjudged: number;
  /** Of all requests that were answered, in milliseconds since they were due; 0 when none was. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Good answers by slot, or by `UNKNOWN`. */
  readonly bySlot: Readonly<Record<string, number>>;
  /** Good answers by who gave them, where they say so. */
  readonly answers: readonly (LoadAnswer & { readonly count: number })[];
  /** Failed requests by reason, exact. */
  readonly reasons: Readonly<Record<string, number>>;
  readonly byKind: ByKind;
  /** The first failed requests, at most a hundred. */
  readonly failures: readonly LoadFailure[];
  /** Milliseconds in which the machine was too busy: in all, and by who had to wait. */
  readonly busyMs: number;
  readonly busyWith: Readonly<Record<string, number>>;
}

/** How the load stands at this moment. */
export interface LoadTick {
  /** Good answers by slot since the last tick; the gateway's word where answers do not say. */
  readonly answers: Readonly<Record<string, number>>;
  /** Requests per second. */
  readonly rate: number;
  readonly sent: number;
  readonly failed: number;
}

/** A load second by second, by when a request was due; the first second is number 0. */
export interface LoadSeries {
  /** Good answers by slot, or by `UNKNOWN`. */
  readonly answered: Readonly<Record<string, number[]>>;
  readonly failed: readonly number[];
  /** Of the requests of that second that were answered; null when none was. */
  readonly p50Ms: readonly (number | null)[];
  readonly p99Ms: readonly (number | null)[];
}

const MAXIMUM_FAILURES_SHOWN = 100;

/** Codes of a connection that was there and is lost; what ends a handshake is none of them. */
const LOST = /^(ECONNRESET|EPIPE|UND_ERR_SOCKET|ERR_HTTP2_\w+|ERR_STREAM_PREMATURE_CLOSE|aborted)$/;

/** Of them it is known how long they take, and that is no measure. */
const LONG: ReadonlySet<LoadKind> = new Set(["slow", "stream"]);

/** An answer that comes later than this after its request was due is late. */
export const LATE_MS = 1_000;
/** A sender that is later than this has the machine against it. */
export const MOST_LAG_MS = 100;

/** Requests that were due and never sent. */
export interface Unsent {
  readonly due: number;
  readonly requests: number;
  /** When the sender gave them up. */
  readonly at: number;
}

/** What a sender reports. */
export interface Reported {
  readonly records: readonly LoadRecord[];
  readonly unsent?: readonly Unsent[];
  /** When which process had to wait for a core. */
  readonly starved?: readonly Busy[];
}

/** The requests of a load and what is known about who may answer. */
export class LoadRecords {
  private readonly records: LoadRecord[] = [];
  private readonly unsent: Unsent[] = [];
  private readonly busy = new BusyTimes();
  private readonly retired = new Map<number, number>();

  get count(): number {
    return this.records.length;
  }

  add({ records, unsent = [], starved = [] }: Reported): void {
    this.records.push(...records);
    this.unsent.push(...unsent);
    starved.forEach((time) => this.busy.add(time));
    for (const { due, at } of [...records, ...unsent]) {
      if (at - due > MOST_LAG_MS) {
        this.busy.add({ who: "sender", from: due, to: at });
      }
    }
  }

  /** Answers of this generation to requests sent after `at` are failures. */
  retire(generation: number, at: number): void {
    this.retired.set(generation, at);
  }

  /** Figures of the requests due in `[from, to)`. */
  between(from: number, to: number): LoadFigures {
    const inside = ({ due }: { due: number }) => due >= from && due < to;
    return this.figures(this.records.filter(inside), this.unsent.filter(inside), from, to);
  }

  /** Figures of the requests that ended after the first `count` ones. */
  since(count: number): LoadFigures {
    return this.figures(this.records.slice(count));
  }

  /** The requests due in `[from, to)`, second by second; the last second may be a short one. */
  perSecond(from: number, to: number): LoadSeries {
    const seconds: LoadRecord[][] = Array.from({ length: Math.ceil((to - from) / 1000) }, () => []);
    for (const record of this.records) {
      if (record.due < to) {
        seconds[Math.floor((record.due - from) / 1000)]?.push(record);
      }
    }
    const figures = seconds.map((records) => this.figures(records));
    const slots = [...new Set(figures.flatMap(({ bySlot }) => Object.keys(bySlot)))].sort();
    const answered = figures.map(({ p50Ms, p99Ms }) =>
      p99Ms === 0 ? undefined : { p50Ms, p99Ms },
    );
    return {
      answered: Object.fromEntries(
        slots.map((slot) => [slot, figures.map(({ bySlot }) => bySlot[slot] ?? 0)]),
      ),
      failed: figures.map(({ failed }) => failed),
      p50Ms: answered.map((one) => one?.p50Ms ?? null),
      p99Ms: answered.map((one) => one?.p99Ms ?? null),
    };
  }

  private figures(
    all: readonly LoadRecord[],
    unsent: readonly Unsent[] = [],
    from = -Infinity,
    to = Infinity,
  ): LoadFigures {
    const bySlot: Record<string, number> = {};
    const answers = new Map<string, LoadAnswer & { count: number }>();
    const reasons: Record<string, number> = {};
    const failures: LoadFailure[] = [];
    const latencies: number[] = [];
    const byKind: Partial<Record<LoadKind, KindFigures>> = {};
    let failed = 0;
    let unjudged = 0;
    const records = all.filter(({ outcome }) => outcome !== "cut");
    for (const { kind, outcome, reason } of all) {
      const figures = (byKind[kind] ??= { sent: 0, failed: 0, cut: 0 });
      figures.sent += outcome === "cut" ? 0 : 1;
      figures.cut += outcome === "cut" || (outcome === "no answer" && LOST.test(reason!)) ? 1 : 0;
    }
    for (const record of records) {
      if (record.outcome !== "no answer" && !LONG.has(record.kind)) {
        latencies.push(record.ms);
      }
      const late = latenessOf(record);
      const proved = late !== undefined && this.isProved(record) ? late : undefined;
      const reason = this.lossOf(record) ?? proved;
      if (reason !== undefined) {
        failed += 1;
        byKind[record.kind]!.failed += 1;
        reasons[reason] = (reasons[reason] ?? 0) + 1;
        if (failures.length < MAXIMUM_FAILURES_SHOWN) {
          const { at, ms, kind } = record;
          failures.push({ at, ms, reason, kind });
        }
      } else if (late !== undefined) {
        unjudged += 1;
      } else {
        const { answer } = record;
        const slot = answer?.slot ?? UNKNOWN;
        bySlot[slot] = (bySlot[slot] ?? 0) + 1;
        if (answer) {
          const key = JSON.stringify([slot, answer.generation, answer.secretVersion]);
          const counted = answers.get(key) ?? { ...answer, count: 0 };
          counted.count += 1;
          answers.set(key, counted);
        }
      }
    }
    const never = unsent.reduce((sum, { requests }) => sum + requests, 0);
    const lags = sorted(
      records.filter(({ kind }) => !LONG.has(kind)).map(({ at, due }) => at - due),
    );
    sorted(latencies);
    return {
      sent: records.length,
      unsent: never,
      behind: never + lags.filter((lag) => lag > MOST_LAG_MS).length,
      lagMs: { p50: percentile(lags, 0.5), p99: percentile(lags, 0.99) },
      failed,
      unjudged,
      p50Ms: percentile(latencies, 0.5),
      p99Ms: percentile(latencies, 0.99),
      bySlot,
      answers: [...answers.values()],
      reasons,
      byKind,
      failures,
      ...this.busy.within(from, to),
    };
  }

  /** Why a request is lost, whatever the machine did. */
  private lossOf({ at, outcome, reason, answer }: LoadRecord): string | undefined {
    if (outcome !== "ok") {
      return outcome === "late" ? undefined : `${outcome}: ${reason}`;
    }
    const retiredAt = answer && this.retired.get(answer.generation);
    return retiredAt !== undefined && at > retiredAt
      ? `answered by ${answer?.slot}, whose generation ${answer?.generation} is retired`
      : undefined;
  }

  /** Whether an answer was late although the machine left it time enough. */
  private isProved({ due, ms }: LoadRecord): boolean {
    return this.busy.usableMs(due, due + ms) > LATE_MS;
  }
}

function latenessOf({ outcome, reason, ms }: LoadRecord): string | undefined {
  if (outcome === "late") {
    return `late: ${reason}`;
  }
  return ms > LATE_MS ? `late: more than ${LATE_MS} ms` : undefined;
}

function sorted(values: number[]): number[] {
  return values.sort((one, other) => one - other);
}

/** Nearest rank; the values are sorted. */
function percentile(values: readonly number[], share: number): number {
  const value = values[Math.max(0, Math.ceil(values.length * share) - 1)] ?? 0;
  return Math.round(value * 10) / 10;
}
