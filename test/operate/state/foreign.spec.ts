import assert from "node:assert";
import { foreignIn, ForeignState, requireOwn } from "../../../operate/state/foreign";
import {
  decrypted,
  fromAddress,
  HONEST,
  KUBECONFIG,
  provider,
  stateOf,
  TRICKS,
} from "../../support/poisonedState";
import { OWN } from "../../support/pulumiCli";

describe("a state", () => {
  it("of this program alone is not foreign, encrypted or not", () => {
    assert.deepStrictEqual(foreignIn(stateOf(HONEST), OWN), []);
    for (const kubeconfig of [KUBECONFIG, decrypted(KUBECONFIG)]) {
      const own = provider("kubernetes", { enableServerSideApply: "true", kubeconfig });
      assert.deepStrictEqual(foreignIn(stateOf([own]), OWN), []);
    }
  });

  it("of a program that names its subscription is not foreign, where that is one", () => {
    const lookup = (subscriptionId: string) => [provider("azure-native", { subscriptionId })];
    const id = "00000000-0000-0000-0000-000000000000";
    assert.deepStrictEqual(foreignIn(stateOf(lookup(id)), OWN), []);
    assert.match(foreignIn(stateOf(lookup("../evil")), OWN).join(), /"subscriptionId"/);
  });

  it("that is empty, or of a stack that was only made, is not foreign", () => {
    assert.deepStrictEqual(foreignIn(stateOf([]), OWN), []);
    assert.deepStrictEqual(foreignIn({} as never, OWN), []);
  });

  for (const [what, resources, named] of TRICKS) {
    it(`is found to name ${what}`, () => {
      const foreign = foreignIn(stateOf([...HONEST, ...resources]), OWN);
      assert.match(foreign.join("\n"), named);
      assert.doesNotMatch(foreign.join(""), /\n/);
    });
  }

  it("is found foreign by what waits for its end, and by its extensions", () => {
    const [resource] = fromAddress("https://evil.example/");
    const pending = { deployment: { pending_operations: [{ type: "creating", resource }] } };
    assert.match(foreignIn(pending as never, OWN).join(), /evil/);
    const extended = { deployment: { extensions: { x: {} } } };
    assert.match(foreignIn(extended, OWN).join(), /extends/);
  });

  it("is refused with all of it, and with what to do", () => {
    const all = stateOf(TRICKS.flatMap(([, resources]) => resources));
    const { foreign, message } = new ForeignState(foreignIn(all, OWN));
    assert.ok(foreign.length >= TRICKS.length - 2, String(foreign.length));
    foreign.forEach((each) => assert.ok(message.includes(each)));
    assert.match(message, /docs\/runbook\.md, "Somebody has written the state"\.$/);
    assert.throws(() => requireOwn(all, OWN), { message });
    assert.doesNotThrow(() => requireOwn(stateOf(HONEST), OWN));
  });
});
