import { strict as assert } from "node:assert";

import { serveProvider, type ServedProvider } from "../../twin/plugin/protocol";
import { askAgain, recordingOf } from "../support/conformance";
import { RIGS } from "./rigs/rigs";

for (const [provider, rig] of Object.entries(RIGS)) {
  const { version, cases } = recordingOf(provider);
  const passed = { cases: 0, calls: 0 };
  const calls = cases.reduce((sum, { steps }) => sum + steps.length, 0);

  describe(`the ${provider} twin answers like the official provider ${version}`, () => {
    let served: ServedProvider;

    before(async () => {
      await rig.start?.();
      served = await serveProvider({ name: provider, version, create: rig.create });
    });

    after(async () => {
      await served.close();
      await rig.stop?.();
      console.log(
        `    ${provider}: ${passed.cases} of ${cases.length} cases, ` +
          `${passed.calls} of ${calls} calls`,
      );
    });

    for (const recorded of cases) {
      it(`to the case "${recorded.name}"`, async () => {
        const problems = await askAgain(recorded, rig, served.port);
        passed.calls += recorded.steps.length - new Set(problems.map(({ step }) => step)).size;
        assert.equal(problems.map(({ text }) => text).join("\n"), "");
        passed.cases += 1;
      });
    }
  });
}
