import assert from "node:assert";
import { configuredChart } from "../../../components/chart";
import { Reader } from "../../../components/plan";

const OCI = "oci://registry.example.com/charts/shop";
const REPOSITORY = "https://charts.example.com/stable";
const DIGEST = `sha256:${"0123456789abcdef".repeat(4)}`;

describe("a configured chart", () => {
  function of(config: Readonly<Record<string, string>>) {
    const reader = new Reader({ get: (key) => config[key] });
    const { chart, values, package: pulled } = configuredChart(reader, "app");
    reader.throwProblems("test");
    return { chart, values, pulled };
  }

  it("is a folder of the project, with its values beside it", () => {
    assert.deepStrictEqual(of({ chart: "charts/shop" }), {
      ...{ chart: "charts/shop", values: "charts/shop.values.yaml", pulled: undefined },
    });
  });

  it("has values of its own for one release that rolls, where it is the project's", () => {
    assert.deepStrictEqual(of({ strategy: "rolling" }), {
      ...{ chart: "charts/app", values: "charts/app.rolling.values.yaml", pulled: undefined },
    });
    const other = of({ strategy: "rolling", chart: "charts/shop" });
    assert.strictEqual(other.values, "charts/shop.values.yaml");
    assert.throws(
      () => of({ strategy: "reload" }),
      /rotation:strategy must be one of blueGreen, r/,
    );
  });

  it("is a version of a registry's, which is committed beside its values", () => {
    assert.deepStrictEqual(of({ chart: OCI, chartVersion: "1.2.3" }), {
      chart: "charts/shop.values.chart",
      values: "charts/shop.values.yaml",
      pulled: { chart: OCI, version: "1.2.3" },
    });
    const values = "stacks/shop/prod.yaml";
    assert.strictEqual(
      of({ chart: OCI, chartVersion: "1.2.3", values }).chart,
      "stacks/shop/prod.chart",
    );
  });

  it("may be named by its digest besides", () => {
    const chart = `${OCI}@${DIGEST}`;
    const { values, pulled } = of({ chart, chartVersion: "v1.2.3-rc.1+build.7" });
    assert.strictEqual(values, "charts/shop.values.yaml");
    assert.deepStrictEqual(pulled, { chart, version: "v1.2.3-rc.1+build.7" });
  });

  it("is a version of a chart repository's", () => {
    const config = { chart: "shop", chartRepository: REPOSITORY, chartVersion: "1.2.3" };
    assert.deepStrictEqual(of(config), {
      chart: "charts/shop.values.chart",
      values: "charts/shop.values.yaml",
      pulled: { chart: "shop", repository: REPOSITORY, version: "1.2.3" },
    });
  });

  for (const version of [
    "latest",
    "1.2",
    "1",
    "^1.2.3",
    "~1.2",
    ">=1.2.3",
    "1.x",
    "*",
    "1.2.3 || 2",
  ]) {
    it(`has one version, not ${version}`, () => {
      assert.throws(
        () => of({ chart: OCI, chartVersion: version }),
        /has a problem:\n {2}- rotation:chartVersion must be one version such as 1\.2\.3, .* not "/,
      );
    });
  }

  it("has a version where it is pulled, and none of its own in a folder", () => {
    const repository = { chart: "shop", chartRepository: REPOSITORY };
    for (const config of [{ chart: OCI }, repository]) {
      assert.throws(
        () => of(config),
        /chartVersion is missing: .*config set rotation:chartVersion/,
      );
    }
    assert.throws(
      () => of({ chart: "charts/shop", chartVersion: "1.2.3" }),
      /chartVersion is for a chart that is pulled, .*config rm rotation:chartVersion/,
    );
  });

  it("is in a registry or in a repository", () => {
    assert.throws(
      () => of({ chart: OCI, chartVersion: "1.2.3", chartRepository: REPOSITORY }),
      /chartRepository is for .*config rm rotation:chartRepository/,
    );
  });

  for (const chart of [
    "https://charts.example.com/shop-1.2.3.tgz",
    "oci://registry.example.com",
    `${OCI}:1.2.3`,
    `${OCI}@sha256:012`,
    "oci://Registry/UPPER/shop",
    "../shop",
  ]) {
    it(`is not ${chart}`, () => {
      assert.throws(
        () => of({ chart, chartVersion: "1.2.3" }),
        /rotation:chart must be a folder of this project, oci:\/\/registry\/path\/name .*, or with rotation:chartRepository a chart's name, not "/,
      );
    });
  }

  it("has a name where there is a repository", () => {
    const rest = { chartRepository: REPOSITORY, chartVersion: "1.2.3" };
    assert.throws(() => of(rest), /rotation:chart must be .* a chart's name, not "charts\/app"/);
  });

  it("says no password of an address", () => {
    const rest = { chartVersion: "1.2.3" };
    for (const [config, expected] of [
      [
        { chart: "oci://me:hunter2@registry.example.com/charts/shop" },
        /rotation:chart must be a fol/,
      ],
      [
        { chart: "shop", chartRepository: "https://me:hunter2@charts.example.com" },
        /rotation:chartRepository must be an https:\/\/ address without a login/,
      ],
    ] as const) {
      assert.throws(
        () => of({ ...config, ...rest }),
        ({ message }: Error) => {
          assert.match(message, expected);
          assert.doesNotMatch(message, /hunter2/);
          return true;
        },
      );
    }
    assert.throws(
      () => of({ ...rest, chart: "shop", chartRepository: "http://charts.example.com" }),
      /rotation:chartRepository must be an https/,
    );
  });
});
