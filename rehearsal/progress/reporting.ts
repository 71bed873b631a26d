/** Takes one line about what is going on, without a line feed. */
export type Progress = (line: string) => void;

const INTERVAL_MS = 10_000;

/** Waits for `work` and says every ten seconds what it is waiting for. */
export async function reporting<T>(
  progress: Progress,
  describe: (elapsed: string) => string,
  work: Promise<T>,
): Promise<T> {
  const started = Date.now();
  const timer = setInterval(() => progress(describe(duration(Date.now() - started))), INTERVAL_MS);
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}

function duration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1_000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
