/** Takes one line about what is going on, without a line feed. */
export type Progress = (line: string) => void;

const INTERVAL_MS = 10_000;

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
