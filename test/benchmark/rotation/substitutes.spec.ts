import assert from "node:assert";
import { Secret } from "../../../twin/plugin/provider";
import { Substitutes } from "./substitutes";

const OLD = "0123456789abcdef0123456789abcdef";
const NEW = "fedcba9876543210fedcba9876543210";

describe("what stands for a recorded text in a repetition", () => {
  it("is learnt from answers, and found within longer texts, lists and secrets", () => {
    const substitutes = new Substitutes();
    substitutes.learn({ versions: [{ id: OLD }] }, { versions: [{ id: NEW }] });
    assert.deepStrictEqual(
      substitutes.in({ uri: `https://vault/secrets/a/${OLD}`, all: [new Secret(OLD)], count: 2 }),
      { uri: `https://vault/secrets/a/${NEW}`, all: [new Secret(NEW)], count: 2 },
    );
  });

  it("is learnt from secret answers, too", () => {
    const substitutes = new Substitutes();
    substitutes.learn({ id: new Secret(OLD) }, { id: NEW });
    assert.deepStrictEqual(substitutes.in({ id: OLD }), { id: NEW });
  });

  it("is nothing for short texts, which may mean something else elsewhere", () => {
    const substitutes = new Substitutes();
    substitutes.learn({ resourceVersion: "12" }, { resourceVersion: "15" });
    assert.deepStrictEqual(substitutes.in({ port: "5412" }), { port: "5412" });
  });

  it("is nothing for what the repetition did not answer", () => {
    const substitutes = new Substitutes();
    substitutes.learn({ a: { b: OLD }, c: [OLD] }, { c: [] });
    assert.deepStrictEqual(substitutes.in({ id: OLD }), { id: OLD });
  });
});
