import assert from "node:assert";
import { mock } from "node:test";
import type { EngineEvent } from "@pulumi/pulumi/automation";
import { OperationLog } from "../../../rehearsal/up/operationLog";

type Kind = "resourcePreEvent" | "resOutputsEvent" | "resOpFailedEvent";

/** An event of the engine, with what is read of it. */
function event(kind: Kind, urn: string, op: string, planning = false): EngineEvent {
  return { [kind]: { metadata: { urn, op }, planning } } as unknown as EngineEvent;
}

describe("the log of an engine's operations", () => {
  beforeEach(() => mock.timers.enable({ apis: ["Date"] }));
  afterEach(() => mock.timers.reset());

  it("knows when each operation began and ended, also when they overlap", () => {
    const log = new OperationLog();
    for (const each of [
      event("resourcePreEvent", "urn:a", "create"),
      event("resourcePreEvent", "urn:b", "update"),
      event("resOutputsEvent", "urn:b", "update"),
      event("resOutputsEvent", "urn:a", "create"),
    ]) {
      log.take(each);
      mock.timers.tick(10);
    }
    assert.deepStrictEqual(log.operations, [
      { at: 0, urn: "urn:a", op: "create", endedAt: 30 },
      { at: 10, urn: "urn:b", op: "update", endedAt: 20 },
    ]);
  });

  it("tells the operations of one resource apart", () => {
    const log = new OperationLog();
    log.take(event("resourcePreEvent", "urn:a", "create-replacement"));
    log.take(event("resourcePreEvent", "urn:a", "replace"));
    mock.timers.tick(5);
    log.take(event("resOutputsEvent", "urn:a", "replace"));
    assert.deepStrictEqual(
      log.operations.map(({ op, endedAt }) => [op, endedAt]),
      [
        ["create-replacement", undefined],
        ["replace", 5],
      ],
    );
  });

  it("says that an operation failed, and leaves one open that the engine never ended", () => {
    const log = new OperationLog();
    log.take(event("resourcePreEvent", "urn:a", "create"));
    log.take(event("resourcePreEvent", "urn:b", "create"));
    log.take(event("resOpFailedEvent", "urn:a", "create"));
    assert.deepStrictEqual(log.operations, [
      { at: 0, urn: "urn:a", op: "create", endedAt: 0, failed: true },
      { at: 0, urn: "urn:b", op: "create" },
    ]);
  });

  it("returns what begins, and passes over what changes nothing or is only planned", () => {
    const log = new OperationLog();
    const begin = event("resourcePreEvent", "urn:a", "update");
    assert.strictEqual(log.take(begin)?.urn, "urn:a");
    assert.strictEqual(log.take(event("resOutputsEvent", "urn:a", "update")), undefined);
    assert.strictEqual(log.take(event("resourcePreEvent", "urn:b", "same")), undefined);
    assert.strictEqual(log.take(event("resourcePreEvent", "urn:c", "update", true)), undefined);
    assert.strictEqual(log.operations.length, 1);
    const planned = new OperationLog({ planned: true });
    planned.take(event("resourcePreEvent", "urn:c", "update", true));
    assert.strictEqual(planned.operations.length, 1);
  });
});
