/**
 * Requests go out in beats: waking processes up costs more than what they do then. At 200 requests
 * a second these are five at once.
 */
export const BEAT_MS = 25;

/** A moment at which requests are due. */
export interface Beat {
  /** Milliseconds since the epoch. */
  readonly due: number;
  readonly requests: number;
}

/** When requests are due at a constant rate, whether or not earlier ones were answered. */
export class Schedule {
  private beats = 0;
  private turns = 0;

  /**
   * @param rate requests per second
   * @param began when the first request is due, in milliseconds since the epoch
   */
  constructor(
    readonly rate: number,
    readonly began: number,
  ) {}

  /** The next moment at which something may be due. */
  get next(): number {
    return this.began + this.beats * BEAT_MS;
  }

  /** The beats until now that were not taken yet. */
  take(now: number): Beat[] {
    const taken: Beat[] = [];
    while (this.next <= now) {
      const turns = Math.ceil(((this.beats + 1) * BEAT_MS * this.rate) / 1000);
      if (turns > this.turns) {
        taken.push({ due: this.next, requests: turns - this.turns });
      }
      this.turns = turns;
      this.beats += 1;
    }
    return taken;
  }
}
