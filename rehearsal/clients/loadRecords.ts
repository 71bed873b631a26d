/** How a request of the load ended, before anyone asks which generation may still answer. */
export type Outcome = "ok" | "no answer" | "late" | "5xx" | "other";

/** One request, as the sender saw it. */
export interface LoadRecord {
  /** When it was sent, in milliseconds since the epoch. */
  readonly at: number;
  /** Time until the answer was complete, or until it was given up. */
  readonly ms: number;
  readonly outcome: Outcome;
  /** Error code or status that explains any outcome but `ok`. */
  readonly reason?: string;
  /** Sent on a connection of its own. */
  readonly fresh: boolean;
  /** Who answered, where the outcome is `ok`. */
  readonly answer?: LoadAnswer;
}

/** What the application says of itself in every answer. */
export interface LoadAnswer {
  readonly slot: string;
  readonly generation: number;
  readonly secretVersion: string;
}

export interface LoadFailure {
  readonly at: number;
  readonly ms: number;
  readonly reason: string;
  readonly fresh: boolean;
}

export interface LoadFigures {
  readonly sent: number;
  readonly failed: number;
  /** Of all requests that were answered, in milliseconds; 0 when none was. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Good answers by slot. */
  readonly bySlot: Readonly<Record<string, number>>;
  /** Good answers by who gave them. */
  readonly answers: readonly (LoadAnswer & { readonly count: number })[];
  /** Failed requests by reason, exact. */
  readonly reasons: Readonly<Record<string, number>>;
  /** The first failed requests, at most a hundred. */
  readonly failures: readonly LoadFailure[];
}

/** How the load stands at this moment. */
export interface LoadTick {
  /** Good answers by slot since the last tick. */
  readonly answers: Readonly<Record<string, number>>;
  /** Requests per second. */
  readonly rate: number;
  readonly sent: number;
  readonly failed: number;
}

/** A load second by second, by when a request was sent; the first second is number 0. */
export interface LoadSeries {
  /** Good answers by slot. */
  readonly answered: Readonly<Record<string, number[]>>;
  readonly failed: readonly number[];
  /** Of the requests of that second that were answered; null when none was. */
  readonly p50Ms: readonly (number | null)[];
  readonly p99Ms: readonly (number | null)[];
}

const MAXIMUM_FAILURES_SHOWN = 100;

/** The requests of a load and what is known about who may answer. */
export class LoadRecords {
  private readonly records: LoadRecord[] = [];
  private readonly retired = new Map<number, number>();

  get count(): number {
    return this.records.length;
  }

  add(records: readonly LoadRecord[]): void {
    for (const record of records) {
      this.records.push(record);
    }
  }

  /** Answers of this generation to requests sent after `at` are failures. */
  retire(generation: number, at: number): void {
    this.retired.set(generation, at);
  }

  /** Figures of the requests sent in `[from, to)`. */
  between(from: number, to: number): LoadFigures {
    return this.figures(this.records.filter(({ at }) => at >= from && at < to));
  }

  /** Figures of the requests that ended after the first `count` ones. */
  since(count: number): LoadFigures {
    return this.figures(this.records.slice(count));
  }

  /** The requests sent in `[from, to)`, second by second; the last second may be a short one. */
  perSecond(from: number, to: number): LoadSeries {
    const seconds: LoadRecord[][] = Array.from({ length: Math.ceil((to - from) / 1000) }, () => []);
    for (const record of this.records) {
      if (record.at < to) {
        seconds[Math.floor((record.at - from) / 1000)]?.push(record);
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

  private figures(records: readonly LoadRecord[]): LoadFigures {
    const bySlot: Record<string, number> = {};
    const answers = new Map<string, LoadAnswer & { count: number }>();
    const reasons: Record<string, number> = {};
    const failures: LoadFailure[] = [];
    const latencies: number[] = [];
    let failed = 0;
    for (const record of records) {
      if (record.outcome !== "no answer") {
        latencies.push(record.ms);
      }
      const reason = this.failureOf(record);
      if (reason !== undefined) {
        failed += 1;
        reasons[reason] = (reasons[reason] ?? 0) + 1;
        if (failures.length < MAXIMUM_FAILURES_SHOWN) {
          failures.push({ at: record.at, ms: record.ms, reason, fresh: record.fresh });
        }
      } else if (record.answer) {
        const { slot, generation, secretVersion } = record.answer;
        bySlot[slot] = (bySlot[slot] ?? 0) + 1;
        const key = JSON.stringify([slot, generation, secretVersion]);
        const counted = answers.get(key) ?? { ...record.answer, count: 0 };
        counted.count += 1;
        answers.set(key, counted);
      }
    }
    latencies.sort((one, other) => one - other);
    return {
      sent: records.length,
      failed,
      p50Ms: percentile(latencies, 0.5),
      p99Ms: percentile(latencies, 0.99),
      bySlot,
      answers: [...answers.values()],
      reasons,
      failures,
    };
  }

  private failureOf({ at, outcome, reason, answer }: LoadRecord): string | undefined {
    if (outcome !== "ok") {
      return reason === undefined ? outcome : `${outcome}: ${reason}`;
    }
    const retiredAt = answer && this.retired.get(answer.generation);
    return retiredAt !== undefined && at > retiredAt
      ? `answered by ${answer?.slot}, whose generation ${answer?.generation} is retired`
      : undefined;
  }
}

/** Nearest rank; the values are sorted. */
function percentile(values: readonly number[], share: number): number {
  const value = values[Math.max(0, Math.ceil(values.length * share) - 1)] ?? 0;
  return Math.round(value * 10) / 10;
}
