import assert from "node:assert";

import {
  describePatch,
  mergePatch,
  replacedProperties,
} from "../../../../twin/kubernetes/resources/mergePatch";
import { UNKNOWN, type Properties } from "../../../../twin/plugin/provider";

/** The difference between two states of inputs, where the cluster holds just the old ones. */
function difference(old: Properties, inputs: Properties, rules: readonly string[] = []) {
  return describePatch(mergePatch(old, inputs), old, inputs, old, rules);
}

describe("differences of Kubernetes objects", () => {
  it("are none between equal objects, whatever the order of their properties", () => {
    assert.deepEqual(difference({ a: 1, b: [{ c: 2 }] }, { b: [{ c: 2 }], a: 1 }), {});
  });

  it("name the added, the changed and the removed property", () => {
    const old = { spec: { kept: 1, changed: 1, removed: 1 } };
    const inputs = { spec: { kept: 1, changed: 2, added: 1 } };
    assert.deepEqual(difference(old, inputs), {
      "spec.added": "add",
      "spec.changed": "update",
      "spec.removed": "delete (input)",
    });
  });

  it("go into lists element by element", () => {
    const old: Properties = {
      ports: [{ name: "a", port: 1 }, { name: "b", port: 2, extra: true }, { port: 3 }],
    };
    const inputs = {
      ports: [
        { name: "a", port: 1 },
        { name: "b", port: 4 },
      ],
    };
    assert.deepEqual(difference(old, inputs), {
      "ports[1].extra": "delete (input)",
      "ports[1].port": "update",
      "ports[2]": "delete (input)",
    });
    assert.deepEqual(difference({ args: ["a"] }, { args: ["a", "b"] }), { "args[1]": "add" });
  });

  it("quote keys that are not words", () => {
    const old = { metadata: { annotations: { "a.example/b": "1" } } };
    const inputs = { metadata: { annotations: { "a.example/b": "2" } } };
    assert.deepEqual(difference(old, inputs), {
      'metadata.annotations["a.example/b"]': "update",
    });
  });

  it("count a value that is not known yet as a change", () => {
    assert.deepEqual(difference({ a: "1" }, { a: UNKNOWN, b: UNKNOWN }), {
      a: "update",
      b: "add",
    });
  });

  it("leave out what only the server knows", () => {
    const live = { spec: { replicas: 1, revisionHistoryLimit: 10 } };
    const inputs = { spec: { replicas: 1 } };
    assert.deepEqual(describePatch(mergePatch(live, inputs), live, inputs, inputs, []), {});
  });

  for (const [text, old, inputs, path] of [
    ["the fixed property", { spec: { template: 1 } }, { spec: { template: 2 } }, "spec.template"],
    [
      "something inside it",
      { spec: { template: { a: { b: 1 } } } },
      { spec: { template: { a: { b: 2 } } } },
      "spec.template.a.b",
    ],
    ["something that holds it", {}, { spec: { template: 1 } }, "spec"],
  ] as const) {
    it(`are a replacement when ${text} changes`, () => {
      const details = difference(old, inputs, ["spec.template"]);
      assert.deepEqual(replacedProperties(details), [path]);
    });
  }

  it("are no replacement when a neighbour of a fixed property changes", () => {
    const details = difference(
      { spec: { template: 1, templates: 1 } },
      { spec: { template: 1, templates: 2 } },
      ["spec.template"],
    );
    assert.deepEqual(replacedProperties(details), []);
  });
});
