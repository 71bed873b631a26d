import assert from "node:assert";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ChartKeys } from "../../../components/chart";
import type { RowVerdict } from "../../../components/contract";
import { STRATEGIES } from "../../../components/plan";
import { ROWS } from "../../../components/contract/contract";
import { judgeChart } from "../../../operate/contract/judge";
import { findHelm } from "../../../twin/kubernetes/helm/helm";
import { LACKING, type Lacking } from "./lacking";

const CHARTS = join(__dirname, "charts");

const KEYS: ChartKeys = {
  application: "app",
  strategy: "blueGreen",
  delivery: "secret",
  service: "{release}",
  probePath: "/ready",
  connections: 15,
  actAs: "owner",
  podSecurity: "restricted",
  fileName: "password",
  secretKeys: { password: "${password}" },
  secretFrom: "program",
};

describe("The contract of a chart", function () {
  this.timeout(60_000);
  let helm: string;
  let folder: string;

  before(async () => {
    helm = (await findHelm()).command;
    folder = await mkdtemp(join(tmpdir(), "contract-"));
  });

  beforeEach(() => cp(CHARTS, folder, { recursive: true }));
  after(() => rm(folder, { recursive: true }));

  async function judge(keys: ChartKeys): Promise<readonly RowVerdict[]> {
    const chart = join(folder, "plain");
    const values = await readFile(join(folder, "plain.values.yaml"), "utf8");
    const source = { helm, chart, values, keys, saidIn: "configuration" } as const;
    return (await judgeChart(source)).rows;
  }

  async function make({ edits = [], added }: Pick<Lacking, "added" | "edits">): Promise<void> {
    for (const [file, from, to] of edits) {
      const path = join(folder, "plain", file);
      const text = await readFile(path, "utf8");
      assert.ok(text.includes(from), `${file} has no ${from}`);
      await writeFile(
        path,
        text.replace(from, () => to),
      );
    }
    if (added !== undefined) {
      await writeFile(join(folder, "plain", "templates", "added.yaml"), added);
    }
  }

  afterEach(() => rm(join(folder, "plain"), { recursive: true }));

  it("is kept by a chart that lacks nothing, with either strategy", async () => {
    for (const strategy of STRATEGIES) {
      const verdicts = await judge({ ...KEYS, strategy });
      assert.deepStrictEqual(
        verdicts.flatMap(({ id, shortfalls }) => shortfalls.map(({ why }) => `${id} ${why}`)),
        [],
      );
    }
  });

  for (const lacking of LACKING) {
    const { row, keys = {}, level = "fails", says } = lacking;
    it(`${row} ${level === "fails" ? "stops" : "warns"}: ${says.source}`, async () => {
      await make(lacking);
      const verdicts = await judge({ ...KEYS, ...keys });
      const { shortfalls = [] } = verdicts.find(({ id }) => id === row) ?? {};
      assert.match(shortfalls.map(({ why, repair }) => `${why} ${repair}`).join("\n"), says);
      assert.deepStrictEqual([...new Set(shortfalls.map((each) => each.level))], [level]);
    });
  }

  it("has nothing against one release whose hooks delete themselves, nor for a retired one", async () => {
    const annotations = {
      "helm.sh/hook": "pre-upgrade",
      "helm.sh/hook-delete-policy": "hook-succeeded",
    };
    await make({
      edits: [
        ["templates/service.yaml", "kind", "{{- $_ := required `none` .Values.version }}\nkind"],
      ],
      added: JSON.stringify({
        ...{ apiVersion: "batch/v1", kind: "Job", spec: {} },
        metadata: { name: "app-{{ .Values.slot }}", annotations },
      }),
    });
    const verdicts = await judge({ ...KEYS, strategy: "rolling" });
    for (const row of ["R1", "U1"]) {
      assert.deepStrictEqual(verdicts.find(({ id }) => id === row)?.shortfalls, [], row);
    }
  });

  it("has a chart that falls short of each of its rows", () => {
    const shown = new Set(LACKING.map(({ row }) => row));
    assert.deepStrictEqual(
      ["R1", ...ROWS.map(({ id }) => id)].filter((id) => !shown.has(id)),
      [],
    );
  });
});
