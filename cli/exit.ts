/** The exit codes of every command, for scripts and CI. */
export const EXIT = {
  /** Everything is as it should be. */
  ok: 0,
  /** The command ran, but something is not as it should be, or what it looked for is missing. */
  amiss: 1,
  /** The command could not run, or its arguments make no sense. */
  trouble: 2,
  /** Refused: it would not be safe now. */
  refused: 3,
  /**
   * The command ran, but not everything could be judged: this machine was too busy, or there was no
   * answer.
   */
  unjudged: 4,
  /** Interrupted by Ctrl-C or a signal. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/**
 * The action of a command: what is loaded when it runs, and not for help, which would wait seconds
 * for packages that it does not need.
 */
export function lazily<Arguments extends unknown[]>(
  load: () => Promise<(...args: Arguments) => Promise<ExitCode>>,
): (...args: Arguments) => Promise<void> {
  return async (...args) => {
    const action = await load();
    process.exitCode = await action(...args);
  };
}
