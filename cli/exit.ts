/** How every command ends, as scripts and CI read it. */
export const EXIT = {
  /** All is as it should be. */
  ok: 0,
  /** Done, but something is not as it should be, or what was looked for is not there. */
  amiss: 1,
  /** It could not be done, or what was asked for means nothing. */
  trouble: 2,
  /** It would not be safe now. */
  refused: 3,
  /** It was done, but not all could be judged: this machine was too busy, or there was no answer. */
  unjudged: 4,
  /** By Ctrl-C or a signal. */
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
