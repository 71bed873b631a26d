import assert from "node:assert";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type ChartPackage,
  type ChartShape,
  contractDigest,
  type ContractFile,
  contractFileOf,
  type Judged,
  readContract,
  roomIn,
  shapeFor,
  shapeOfAny,
  type SlotShape,
} from "../../../components/chart";

const slotShape = (release: string): SlotShape => ({
  service: { name: `${release}-web`, port: 80 },
  deployment: release,
  container: "shop",
  account: release,
  pods: [`release=${release}`],
});

const SHAPE: ChartShape = {
  slots: { blue: slotShape("shop-blue"), green: slotShape("shop-green") },
  podLabels: { app: "shop" },
  port: 3000,
};

/** An application, with two releases. */
const SHOP = { application: "shop", strategy: "blueGreen" } as const;

const JUDGED = { chart: "abc", values: "a: 1\n", declared: { delivery: "file", twice: undefined } };

describe("The file of a contract", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "contract-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const read = (
    file: ContractFile | string,
    judged: Judged = JUDGED,
    application = "shop",
    from?: ChartPackage,
  ) => {
    const path = join(folder, "shop.contract.json");
    writeFileSync(path, typeof file === "string" ? file : JSON.stringify(file));
    return readContract(path, {
      name: "charts/shop.contract.json",
      judged,
      package: from,
      keys: { ...SHOP, application },
      command: "judge",
    });
  };
  const whole: ContractFile = {
    digest: contractDigest(JUDGED),
    stops: [],
    shape: shapeOfAny(SHOP, SHAPE),
  };

  it("lies beside the values", () => {
    assert.strictEqual(
      contractFileOf("charts/shop.values.yaml"),
      "charts/shop.values.contract.json",
    );
  });

  it("says what the program has to know", () => {
    assert.deepStrictEqual(read(whole), { shape: SHAPE });
  });

  it("says what pods ask of the nodes, unless an earlier version wrote it", () => {
    const room = [{ surge: "25%", cpu: 100, memory: 96 }];
    assert.deepStrictEqual(read({ ...whole, room }), { shape: SHAPE, room });
    const path = join(folder, "shop.contract.json");
    assert.deepStrictEqual(roomIn(path), room);
    read(whole);
    assert.strictEqual(roomIn(path), undefined);
    assert.strictEqual(roomIn(join(folder, "no.json")), undefined);
  });

  it("holds for an application of any name, unless it says for which", () => {
    const others = JSON.stringify(read(whole, JUDGED, "till"));
    assert.match(others, /"till-blue-web".*"release=till-green"/);
    const one = { ...whole, application: "shop" };
    assert.deepStrictEqual(read(one), { shape: SHAPE });
    assert.match(JSON.stringify(read(one, JUDGED, "till")), /problems.*`judge`/);
  });

  it("holds for an application of any name with one release, too", () => {
    const shape = {
      ...SHAPE,
      slots: { blue: slotShape("otherapp"), green: slotShape("otherapp") },
      podLabels: { app: "shop", release: "otherapp" },
    };
    const any = shapeOfAny({ application: "otherapp", strategy: "rolling" }, shape);
    assert.deepStrictEqual(shapeFor({ application: "till", strategy: "rolling" }, any), {
      ...SHAPE,
      slots: { blue: slotShape("till"), green: slotShape("till") },
      podLabels: { app: "shop", release: "till" },
    });
  });

  it("holds for one chart, its values and what is declared of them", () => {
    const others = [
      { ...JUDGED, chart: "abd" },
      { ...JUDGED, values: "a: 2\n" },
      { ...JUDGED, declared: { delivery: "secret" } },
    ];
    for (const other of others) {
      const found = read(whole, other);
      assert.match(JSON.stringify(found), /problems.*charts\/shop\.contract\.json.*`judge`/);
    }
  });

  it("is of one package, which nobody can rename in it", () => {
    const source = { chart: "oci://registry.example.com/charts/shop", version: "1.2.3" };
    const from = { ...source, digest: `sha256:${"0".repeat(64)}` };
    const digest = contractDigest({ ...JUDGED, package: from });
    const readOf = (found: Partial<ContractFile>, expected: ChartPackage | undefined) =>
      JSON.stringify(read({ ...whole, digest, package: from, ...found }, JUDGED, "shop", expected));
    assert.doesNotMatch(readOf({}, source), /problems/);
    const next = { ...source, version: "1.3.0" };
    assert.match(
      readOf({}, next),
      /is of oci:.*1\.2\.3 and the configuration names oci:.*1\.3\.0: `j/,
    );
    assert.match(readOf({ package: { ...from, ...next } }, next), /is not of this chart/);
    assert.match(
      readOf({ package: { ...from, digest: "sha256:1" } }, source),
      /is not of this chart/,
    );
    assert.match(
      readOf({}, undefined),
      /is of oci:.* and the configuration names a folder of the proj/,
    );
    assert.match(readOf({ package: undefined }, source), /is of a folder of the project/);
  });

  it("is the same on every checkout", () => {
    const windows = { ...JUDGED, values: "a: 1\r\n", declared: { delivery: "file" } };
    assert.strictEqual(contractDigest(windows), contractDigest(JUDGED));
  });

  it("stops with its rows, all of them", () => {
    const stops = [
      { row: "C1", why: "Nothing says app_blue.", repair: "Set the user." },
      { row: "S1", why: "Role/x belongs to both.", repair: "Turn it off." },
    ];
    assert.deepStrictEqual(read({ ...whole, stops }), {
      problems: [
        "C1: Nothing says app_blue. Set the user.",
        "S1: Role/x belongs to both. Turn it off.",
      ],
    });
  });

  it("names the command when it is missing or cannot be read", () => {
    assert.match(JSON.stringify(read("{")), /cannot be read: `judge`/);
    const missing = readContract(join(folder, "no.json"), {
      name: "no.json",
      judged: JUDGED,
      keys: SHOP,
      command: "judge",
    });
    assert.match(JSON.stringify(missing), /no\.json is missing: `judge`/);
  });

  it("is of no use without a shape", () => {
    assert.match(JSON.stringify(read({ ...whole, shape: undefined })), /says nothing/);
  });
});
