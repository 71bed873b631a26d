import * as debuggable from "@pulumi/pulumi/runtime/debuggable";

type Track = <T>(promise: Promise<T>, context: unknown) => Promise<T>;

/** Functions of `skipPromiseTraces`, so that calling it again adds none. */
const withoutTraces = new WeakSet<Track>();

/**
 * Has the SDK track its promises without a stack trace of each; those of errors stay as they are.
 * There is one for every property of every resource, which under ts-node takes longer than all else
 * that the program does (ADR 31).
 *
 * With `PULUMI_DEBUG_PROMISE_LEAKS`, which prints them, they are taken.
 */
export function skipPromiseTraces(): void {
  const { debuggablePromise } = debuggable as unknown as { debuggablePromise: Track };
  if (withoutTraces.has(debuggablePromise) || process.env["PULUMI_DEBUG_PROMISE_LEAKS"]) {
    return;
  }
  const track: Track = (promise, context) => {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    try {
      return debuggablePromise(promise, context);
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
  };
  withoutTraces.add(track);
  Object.assign(debuggable, { debuggablePromise: track });
}
