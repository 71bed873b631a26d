import assert from "node:assert";
import type { SecretFacts } from "../../../components/facts/facts";
import { diagnose } from "../../../operate/status/diagnosis";
import { AzureBench, GROUP } from "../../support/azureCloud";
import { factsOfPlan } from "./planFacts";

const SECRET = "keyvault:Secret";
const PLAN = { counter: 4, live: 4, retired: 3 };

/** What a retirement leaves of the credential, whatever Azure makes of a PUT that only disables it. */
describe("a secret that a retirement disables", () => {
  let bench: AzureBench;

  before(async () => (bench = await AzureBench.start()));
  after(() => bench.stop());

  /** Generation 1, then generation 3, which is retired, as the program writes them. */
  async function retired(
    vaultName: string,
    attributesMakeVersions: boolean,
  ): Promise<SecretFacts[]> {
    await bench.vault(vaultName);
    const { secrets } = bench.cloud.vault(vaultName)!.service;
    secrets.attributesMakeVersions = attributesMakeVersions;
    const inputs = (generation: number, enabled: boolean) => ({
      resourceGroupName: GROUP,
      vaultName,
      secretName: "app-green",
      properties: { value: `password of ${generation}`, attributes: { enabled } },
      tags: { slot: "green", generation: `${generation}` },
    });
    const made = await bench.create(SECRET, inputs(1, true));
    await bench.update(SECRET, made, inputs(3, true));
    await bench.update(SECRET, made, inputs(3, false));
    return [...secrets.versions("app-green")].reverse().map(({ version, attributes, tags }) => ({
      version,
      enabled: attributes.enabled,
      generation: Number(tags["generation"]),
    }));
  }

  function contradictionsOf(secrets: SecretFacts[]): string[] {
    const facts = factsOfPlan(PLAN);
    const green = { ...facts.slots.green, secrets };
    const diagnosis = diagnose({
      application: "app",
      namespace: "app",
      vault: "kv-app",
      replicas: 2,
      facts: { ...facts, slots: { ...facts.slots, green } },
      records: {
        connections: 16,
        completed: { plan: PLAN, settings: "s", attempt: "a" },
        started: { plan: PLAN, settings: "s", attempt: "a" },
        secretVersion: facts.slots.blue.secrets![0]!.version,
      },
      now: new Date("2026-11-22T12:00:00Z"),
    });
    return diagnosis.disagreements.map(({ found, help }) => `${found} ${help}`);
  }

  it("is disabled in the version that its pods had, where that is the same one", async () => {
    const secrets = await retired("kv-same", false);
    assert.deepStrictEqual(
      secrets.map(({ enabled }) => enabled),
      [false, true],
    );
    assert.deepStrictEqual(contradictionsOf(secrets), []);
  });

  it("is named with the command, where a new version is disabled and the one of its pods is not", async () => {
    const secrets = await retired("kv-new", true);
    const [newest, pinned, earlier] = secrets;
    assert.deepStrictEqual(
      [newest, pinned, earlier].map((one) => one?.enabled),
      [false, true, true],
    );
    const [said, ...others] = contradictionsOf(secrets);
    assert.deepStrictEqual(others, []);
    assert.match(said!, new RegExp(`The version ${pinned!.version} of app-green is enabled\\.`));
    assert.match(
      said!,
      new RegExp(
        `az keyvault secret set-attributes .* --version ${pinned!.version} --enabled false`,
      ),
    );
  });
});
