/** A time in which somebody on the way of a request had to wait for the machine. */
export interface Busy {
  readonly who: string;
  /** Milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
}

type Span = Pick<Busy, "from" | "to">;

/** When the machine was too busy to say of a late answer whose doing it was. */
export class BusyTimes {
  private readonly byWho = new Map<string, Span[]>();
  private merged: readonly Span[] | undefined;

  add({ who, from, to }: Busy): void {
    const spans = this.byWho.get(who) ?? [];
    this.byWho.set(who, spans);
    const last = spans.at(-1);
    if (last !== undefined && from >= last.from && from <= last.to) {
      spans[spans.length - 1] = { from: last.from, to: Math.max(last.to, to) };
    } else {
      spans.push({ from, to });
    }
    this.merged = undefined;
  }

  /** How much of a time nobody had to wait. */
  usableMs(from: number, to: number): number {
    return to - from - overlap(this.all, from, to);
  }

  /** How much of a time somebody had to wait, in all and by who it was. */
  within(from: number, to: number): { busyMs: number; busyWith: Record<string, number> } {
    const parts = [...this.byWho].map(
      ([who, spans]) => [who, overlap(mergedOf(spans), from, to)] as const,
    );
    return {
      busyMs: overlap(this.all, from, to),
      busyWith: Object.fromEntries(parts.filter(([, ms]) => ms > 0)),
    };
  }

  private get all(): readonly Span[] {
    return (this.merged ??= mergedOf([...this.byWho.values()].flat()));
  }
}

function mergedOf(spans: readonly Span[]): Span[] {
  const merged: Span[] = [];
  for (const { from, to } of [...spans].sort((one, other) => one.from - other.from)) {
    const last = merged.at(-1);
    if (last !== undefined && from <= last.to) {
      merged[merged.length - 1] = { from: last.from, to: Math.max(last.to, to) };
    } else {
      merged.push({ from, to });
    }
  }
  return merged;
}

function overlap(spans: readonly Span[], from: number, to: number): number {
  return spans.reduce(
    (sum, span) => sum + Math.max(0, Math.min(span.to, to) - Math.max(span.from, from)),
    0,
  );
}
