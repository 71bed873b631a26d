import assert from "node:assert";
import * as pulumi from "@pulumi/pulumi";
import { skipDebugMessages } from "../../infra/debugMessages";
import { runProgram } from "../../mocks/program";

describe("the SDK's debug messages", function () {
  this.timeout(60_000);

  const { debug } = pulumi.log;
  const variable = process.env["PULUMI_OPTION_DEBUG"];
  let sent: string[];

  beforeEach(() => {
    delete process.env["PULUMI_OPTION_DEBUG"];
    sent = [];
    Object.assign(pulumi.log, {
      debug: (message: string) => Promise.resolve(void sent.push(message)),
    });
  });

  afterEach(() => {
    Object.assign(pulumi.log, { debug });
    delete process.env["PULUMI_OPTION_DEBUG"];
    if (variable !== undefined) {
      process.env["PULUMI_OPTION_DEBUG"] = variable;
    }
  });

  it("are not sent for the resources of the whole program", async () => {
    skipDebugMessages();
    await runProgram("rehearsal", { counter: 1 });
    assert.deepStrictEqual(sent, []);
  });

  it("are sent where the environment asks the CLI for them", async () => {
    process.env["PULUMI_OPTION_DEBUG"] = "true";
    skipDebugMessages();
    const { program } = await runProgram("rehearsal", { counter: 1 });
    assert.ok(sent.length >= 2 * program.registrations.length, `${sent.length} messages`);
  });

  for (const [value, isSent] of [
    ["1", true],
    ["True", true],
    ["0", false],
    ["", false],
  ] as const) {
    it(`are ${isSent ? "" : "not "}sent with PULUMI_OPTION_DEBUG=${value}, as the CLI reads it`, () => {
      process.env["PULUMI_OPTION_DEBUG"] = value;
      const { debug: before } = pulumi.log;
      skipDebugMessages();
      assert.strictEqual(pulumi.log.debug === before, isSent);
    });
  }

  it("are the only ones that are kept back", () => {
    const { info, warn, error } = pulumi.log;
    skipDebugMessages();
    assert.deepStrictEqual(
      [pulumi.log.info, pulumi.log.warn, pulumi.log.error],
      [info, warn, error],
    );
  });
});
