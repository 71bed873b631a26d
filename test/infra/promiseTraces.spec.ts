import assert from "node:assert";
import { skipPromiseTraces } from "../../infra/promiseTraces";
import { runProgram } from "../../mocks/program";

describe("the SDK's traces of promises", function () {
  this.timeout(60_000);

  const original = Error.prepareStackTrace?.bind(Error);
  const variable = process.env["PULUMI_DEBUG_PROMISE_LEAKS"];
  let written = 0;

  beforeEach(() => {
    delete process.env["PULUMI_DEBUG_PROMISE_LEAKS"];
    written = 0;
    Error.prepareStackTrace = (error, frames): unknown => {
      written++;
      return [String(error), ...frames.map(String)].join("\n    at ");
    };
  });

  afterEach(() => {
    Error.prepareStackTrace = original;
    if (variable !== undefined) {
      process.env["PULUMI_DEBUG_PROMISE_LEAKS"] = variable;
    }
  });

  it("are not written: of the whole program no more than one trace for each resource is", async () => {
    skipPromiseTraces();
    const { program } = await runProgram("rehearsal", { counter: 1 });
    assert.ok(
      written <= 1.1 * program.registrations.length,
      `${written} traces for ${program.registrations.length} resources`,
    );
  });

  it("leave those of errors as they are", () => {
    skipPromiseTraces();
    const { stack } = new Error("something else");
    assert.match(stack ?? "", /^Error: something else\n +at .*promiseTraces\.spec\.ts:\d+/);
    assert.strictEqual(written, 1);
  });

  it("are written for whoever looks for promises that never end", () => {
    process.env["PULUMI_DEBUG_PROMISE_LEAKS"] = "1";
    skipPromiseTraces();
    // Named as in the SDK.
    const debuggablePromise = () => new Error().stack;
    assert.match(debuggablePromise() ?? "", /\n +at debuggablePromise/);
  });
});
