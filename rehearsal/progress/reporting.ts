/** How much of a long piece of work is done. */
export interface Share {
  /** From 0 to 1. */
  readonly done: number;
  readonly secondsLeft: number;
}

/**
 * Takes one line about what is going on, without a line feed. With a share it comes once a second, to
 * be drawn in the place of the one before.
 */
export type Progress = (line: string, share?: Share) => void;

const INTERVAL_MS = 10_000;

/** Progress where lines stay: of those with a share one in ten seconds. */
export function asLines(write: (line: string) => void): Progress {
  let next = 0;
  return (line, share) => {
    if (share === undefined) {
      write(line);
    } else if (Date.now() >= next) {
      next = Date.now() + INTERVAL_MS;
      write(`${line}, ${Math.round(share.done * 100)} %`);
    }
  };
}

/** Waits for `work` and says every ten seconds what it is waiting for. */
export async function reporting<T>(
  progress: Progress,
  line: (elapsed: string) => string,
  work: Promise<T>,
): Promise<T> {
  const started = Date.now();
  const timer = setInterval(
    () => progress(line(duration((Date.now() - started) / 1_000))),
    INTERVAL_MS,
  );
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}

/** A time in words; what is negative is none. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
