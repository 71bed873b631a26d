import assert from "node:assert";
import * as sdk from "@pulumi/pulumi/runtime/debuggable";
import { skipPromiseTraces } from "../../infra/promiseTraces";
import { runProgram } from "../../mocks/program";

/** What the SDK leaves out of its types. */
const debuggable = sdk as unknown as {
  readonly debuggablePromise: <T>(promise: Promise<T>, context: string) => Promise<T>;
  /** Those that have not ended, and what there is to say about them; forgets them. */
  readonly leakedPromises: () => [Set<Promise<unknown>>, string];
};

describe("the SDK's traces of promises", function () {
  this.timeout(60_000);

  const original = Error.prepareStackTrace?.bind(Error);
  const { debuggablePromise } = debuggable;
  const variable = process.env["PULUMI_DEBUG_PROMISE_LEAKS"];
  let written = 0;

  beforeEach(() => {
    delete process.env["PULUMI_DEBUG_PROMISE_LEAKS"];
    written = 0;
    Error.prepareStackTrace = (error, frames): unknown => {
      written += Math.min(frames.length, 1);
      return [String(error), ...frames.map(String)].join("\n    at ");
    };
  });

  afterEach(() => {
    Error.prepareStackTrace = original;
    Object.assign(sdk, { debuggablePromise });
    delete process.env["PULUMI_DEBUG_PROMISE_LEAKS"];
    if (variable !== undefined) {
      process.env["PULUMI_DEBUG_PROMISE_LEAKS"] = variable;
    }
  });

  function traceOfPromise(): string {
    const promise = Promise.resolve();
    void debuggable.debuggablePromise(promise, "a test");
    return (promise as unknown as { _debugStackTrace: string })._debugStackTrace;
  }

  it("are not written: of the whole program no more than one trace for each resource is", async () => {
    skipPromiseTraces();
    const { program } = await runProgram("rehearsal", { counter: 1 });
    assert.ok(
      written <= 1.1 * program.registrations.length,
      `${written} traces for ${program.registrations.length} resources`,
    );
  });

  it("leave those of errors as they are, also after a promise was tracked", () => {
    skipPromiseTraces();
    assert.doesNotMatch(traceOfPromise(), /\n +at /);
    const { stack } = new Error("something else");
    assert.match(stack ?? "", /^Error: something else\n +at .*promiseTraces\.spec\.ts:\d+/);
    assert.strictEqual(written, 1);
  });

  it("are written for whoever looks for promises that never end", () => {
    const untouched = <T>(promise: Promise<T>) => promise;
    for (const [value, isUntouched] of [
      ["1", true],
      ["", false],
    ] as const) {
      Object.assign(sdk, { debuggablePromise: untouched });
      process.env["PULUMI_DEBUG_PROMISE_LEAKS"] = value;
      skipPromiseTraces();
      assert.strictEqual(debuggable.debuggablePromise === untouched, isUntouched);
    }
  });

  it("leave the promises as they are, which are still found when they never end", async () => {
    skipPromiseTraces();
    assert.strictEqual(await debuggable.debuggablePromise(Promise.resolve(7), "a test"), 7);
    void debuggable.debuggablePromise(new Promise(() => undefined), "one that never ends");
    const [leaked] = debuggable.leakedPromises();
    assert.ok(leaked.size >= 1);
  });
});
