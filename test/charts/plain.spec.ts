import * as assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { CHART_DEFAULTS, type ChartKeys } from "../../components/chart";
import { namesIn, type Render, SITUATIONS } from "../../components/contract";
import { judgeChart } from "../../operate/contract/judge";
import { rendersOf } from "../../operate/contract/renders";
import type { KubeObject } from "../../twin/kubernetes/api/objects";
import { validateShape } from "../../twin/kubernetes/api/validation";
import { findHelm } from "../../twin/kubernetes/helm/helm";

const CHARTS = resolve(__dirname, "../../charts");
const CHART = resolve(CHARTS, "plain");

/** Proves what helm renders, not what a cluster makes of it. */
describe("The chart of an application that knows nothing of a rotation", function () {
  this.timeout(30_000);
  let helm: string;

  before(async () => {
    helm = (await findHelm()).command;
  });

  const OURS = { application: "app", strategy: "blueGreen" } as const;

  /** What keeps it from being rotated, or should be known: rows of the contract. */
  async function shortfalls(
    said: Pick<ChartKeys, "delivery"> & Partial<ChartKeys>,
    values: string,
  ) {
    const keys: ChartKeys = {
      ...CHART_DEFAULTS,
      ...OURS,
      ...said,
      service: "{release}-web:8000",
      connections: 15,
      actAs: "owner",
    };
    const source = { helm, chart: CHART, values, keys, saidIn: "options" } as const;
    const [{ rows }, renders] = await Promise.all([judgeChart(source), rendersOf(source)]);
    const found = rows.flatMap(({ id, shortfalls: all }) => all.map(({ why }) => [id, why]));
    return { found, blue: objectsOf(renders.blue) };
  }

  function objectsOf(render: Render | undefined): KubeObject[] {
    assert.ok(render !== undefined && "objects" in render, JSON.stringify(render));
    return render.objects as unknown as KubeObject[];
  }

  it("passes helm's own lint without a warning", async () => {
    await promisify(execFile)(helm, ["lint", "--strict", CHART]);
  });

  it("has no label, no name and no port of the project's own", async () => {
    const { blue } = await shortfalls({ delivery: "secret" }, "replicaCount: 3");
    for (const { metadata, spec } of blue) {
      assert.doesNotMatch(JSON.stringify({ metadata, spec }), /app\.kubernetes\.io|rotation|8080/);
      assert.notEqual(metadata.name, namesIn(OURS, SITUATIONS.blue).release);
    }
  });

  it("cannot be rotated as it is", async () => {
    const { found } = await shortfalls({ delivery: "secret" }, "replicaCount: 4");
    const rows = [...new Set(found.map(([id]) => id))];
    // No role, a pod taken away first, no security context.
    for (const row of ["C1", "L1", "P1"]) {
      assert.ok(rows.includes(row), JSON.stringify(found));
    }
  });

  for (const delivery of ["file", "secret"] as const) {
    it(`can be rotated by its values for delivery ${delivery}, without a warning`, async () => {
      const { found, blue } = await shortfalls({ delivery }, await valuesFor(delivery));
      assert.deepEqual(found, []);
      blue.forEach((object) => validateShape(object));
    });
  }

  it("can be one release that rolls by the same values, without the account that the program makes", async () => {
    const strategy = "rolling";
    const secret = await shortfalls({ delivery: "secret", strategy }, await valuesFor("secret"));
    assert.deepEqual(secret.found, []);
    const file = { delivery: "file", strategy } as const;
    const values = await valuesFor("file");
    const { found } = await shortfalls(file, values);
    assert.deepEqual(
      found.map(([id]) => id),
      ["U1"],
    );
    const without = values.replace("serviceAccount:\n", "serviceAccount:\n  create: false\n");
    assert.deepEqual((await shortfalls(file, without)).found, []);
  });

  function valuesFor(delivery: "file" | "secret"): Promise<string> {
    return readFile(resolve(CHARTS, `plain.${delivery}.values.yaml`), "utf8");
  }
});
