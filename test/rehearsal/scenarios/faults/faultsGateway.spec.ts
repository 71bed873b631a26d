import assert from "node:assert";
import { EventEmitter } from "node:events";
import { faultsGateway } from "../../../../rehearsal/scenarios/faults/faultsGateway";
import type { ScenarioStack } from "../../../../rehearsal/scenarios/stack/scenarioStack";
import type { Entry } from "../../../../twin/world/journal";

/** A stack whose gateway is updated twice in each `up`, each update this long. */
function stackWith(seconds: number): ScenarioStack {
  const journal = new EventEmitter();
  let at = 0;
  const write = (event: string, detail: Entry["detail"] = {}) =>
    journal.emit("entry", { at, source: "gateway", event, detail } satisfies Entry);
  const stack = {
    rotated: { counter: 2, live: 2, retired: 0 },
    rig: {
      twin: {
        call: () => Promise.resolve(),
        onEntry(listener: (entry: Entry) => void) {
          journal.on("entry", listener);
          return () => journal.off("entry", listener);
        },
      },
    },
    up() {
      for (let update = 0; update < 2; update++) {
        write("update started", { seconds });
        at += seconds * 1000;
        write("update finished");
      }
      return Promise.resolve([]);
    },
    ask: () => Promise.resolve({ status: 200, generation: 2 }),
    assertInForce: () => Promise.resolve(),
  };
  return stack as unknown as ScenarioStack;
}

describe("The scenario of a slow gateway", () => {
  for (const seconds of [30, 60]) {
    const scenario = faultsGateway.find(({ name }) => name === `gateway-${seconds}-seconds`)!;

    it(`of ${seconds} s passes when the run waited for an update that took so long`, () =>
      scenario.run(stackWith(seconds)));

    it(`of ${seconds} s fails when the gateway was as quick as ever`, () =>
      assert.rejects(
        scenario.run(stackWith(4)),
        new RegExp(`update of ${seconds} s finished" was seen 0 times`),
      ));
  }
});
