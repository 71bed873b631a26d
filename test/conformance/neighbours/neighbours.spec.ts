import { strict as assert } from "node:assert";

import { serveProvider, type ServedProvider } from "../../../twin/plugin/protocol";
import type { Properties } from "../../../twin/plugin/provider";
import { askAgain } from "../../support/conformance";
import { Conversation } from "../../support/conversation";
import { ProviderClient } from "../../support/providerClient";
import { propertiesOf, tokenOf, typesUsed } from "../../support/sdkTypes";
import { RIGS } from "../rigs/rigs";
import { NEIGHBOURS, neighboursOf, UNMODELLED } from "./neighbours";
import { outerProperty } from "./probes";

describe("the neighbours of the recorded cases", () => {
  const used = typesUsed("{components,infra}/**/*.ts").filter(({ sdk }) => sdk in NEIGHBOURS);

  for (const type of used) {
    it(`hold every property that the SDK declares for ${tokenOf(type)}`, () => {
      const probes = NEIGHBOURS[type.sdk]?.[tokenOf(type)]?.properties ?? {};
      const declared = propertiesOf(type).map(({ path }) => path);
      assert.deepEqual(Object.keys(probes).sort(), declared.sort());
      const recorded = neighboursOf(type.sdk)
        .cases.filter((one) => one.type === tokenOf(type))
        .map(({ name }) => name);
      assert.deepEqual(
        declared.filter((path) => !recorded.includes(path)),
        [],
      );
    });
  }
});

for (const [provider, probes] of Object.entries(NEIGHBOURS)) {
  const rig = RIGS[provider]!;
  const { version, cases } = neighboursOf(provider);
  const isModelled = ({ type, name }: { type: string; name: string }) =>
    !UNMODELLED[type]?.includes(outerProperty(name));

  describe(`the ${provider} twin answers like the official provider ${version}`, () => {
    let served: ServedProvider;

    before(async () => {
      await rig.start?.();
      served = await serveProvider({ name: provider, version, create: rig.create });
    });

    beforeEach(() => rig.reset?.());

    after(async () => {
      await served.close();
      await rig.stop?.();
    });

    for (const recorded of cases.filter(isModelled)) {
      const [, , type] = recorded.type.split(":");
      it(`about ${type}: ${recorded.name}`, async () => {
        const problems = await askAgain(recorded, rig, served.port, { anyRefusal: true });
        assert.equal(problems.map(({ text }) => text).join("\n"), "");
      });
    }

    for (const [type, properties] of Object.entries(UNMODELLED).filter(([one]) => one in probes)) {
      for (const property of properties) {
        it(`but refuses ${property} of ${type}, which it does not model`, async () => {
          const { base, properties: all } = probes[type]!;
          const client = await ProviderClient.connect(served.port);
          const value = all[property]?.values[0] ?? null;
          const conversation = new Conversation({ type }, client, { configuration: {} });
          const answer = (await conversation.answer({
            call: "checkConfig",
            inputs: { ...base, [property]: value },
          })) as Properties;
          client.close();
          assert.match(JSON.stringify(answer["failures"]), new RegExp(`\\b${property}\\b`));
        });
      }
    }
  });
}
