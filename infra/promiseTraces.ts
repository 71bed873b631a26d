/** What the SDK puts its promises through (runtime/debuggable.js); it takes a stack trace of each. */
const TRACKER = "debuggablePromise";

/**
 * Leaves the stack traces that the SDK takes of its promises unwritten; those of errors stay as they
 * are. There is one for every property of every resource, and ts-node looks each line of it up in
 * the TypeScript, which takes longer than all else that the program does (ADR 31).
 *
 * With `PULUMI_DEBUG_PROMISE_LEAKS`, which prints them, they are written.
 */
export function skipPromiseTraces(): void {
  const write = Error.prepareStackTrace?.bind(Error);
  if (write === undefined || process.env["PULUMI_DEBUG_PROMISE_LEAKS"]) {
    return;
  }
  Error.prepareStackTrace = (error, frames): unknown =>
    frames[0]?.getFunctionName() === TRACKER ? "" : write(error, frames);
}
