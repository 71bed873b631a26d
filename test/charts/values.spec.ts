import assert from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { filledValues, type Placeholder } from "../../components/chart";

const CHARTS = join(__dirname, "..", "..", "charts");
const VALUES = readFileSync(join(CHARTS, "app.values.yaml"), "utf8");
const ROLLING = readFileSync(join(CHARTS, "app.rolling.values.yaml"), "utf8");

/** Texts that YAML would take for numbers or booleans if they were not quoted. */
const FILLED: Readonly<Record<Placeholder, unknown>> = {
  slot: "green",
  generation: 7,
  version: "00000000000000000000000000000012",
  role: "null",
  secret: "app-green-7-00000000",
  class: "app-green-00000000",
  file: "/mnt/secrets/password",
  replicas: 3,
  image: "registry.example.com/app:1",
  repository: "registry.example.com/app",
  tag: "1",
  host: "psql.example.com",
  port: 5432,
  database: "true",
  account: "app-green",
  clientId: "00000000-0000-0000-0000-000000000000",
  poolSize: 5,
  preStopSeconds: 90,
  terminationGracePeriodSeconds: 151,
  minReadySeconds: 15,
  progressDeadlineSeconds: 570,
  template: "123456789e12",
  describe: false,
};

describe("the values of the project's own chart", () => {
  it("are what the program gives a slot, each with its type", () => {
    assert.deepStrictEqual(
      filledValues(VALUES, ({ filled }) => filled(FILLED)),
      {
        template: "123456789e12",
        slot: "green",
        generation: 7,
        replicas: 3,
        describe: false,
        image: "registry.example.com/app:1",
        poolSize: 5,
        minReadySeconds: 15,
        progressDeadlineSeconds: 570,
        preStopSeconds: 90,
        terminationGracePeriodSeconds: 151,
        secret: { providerClass: "app-green-00000000", version: "00000000000000000000000000000012" },
        database: { host: "psql.example.com", port: 5432, name: "true", user: "null" },
      },
    );
  });

  it("are the same for one release that rolls, with the account of the credential", () => {
    const filled = (text: string) => filledValues(text, (each) => each.filled(FILLED));
    assert.deepStrictEqual(filled(ROLLING), { ...filled(VALUES), account: "app-green" });
  });

  it("have an empty version in a retired slot, as the chart's schema wants it", () => {
    const { secret } = filledValues(VALUES, ({ filled }) => filled({ ...FILLED, version: "" }));
    assert.strictEqual((secret as { version: unknown }).version, "");
  });
});
