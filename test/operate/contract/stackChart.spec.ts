import assert from "node:assert";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CHART_DEFAULTS } from "../../../components/chart";
import { stackChart } from "../../../operate/contract/stackChart";

const ROOT = join(__dirname, "..", "..", "..");

describe("the chart of a stack", () => {
  let cwd: string;

  before(async () => {
    cwd = await mkdtemp(join(tmpdir(), "stack-chart-"));
    await mkdir(join(cwd, "stacks"));
    await cp(join(ROOT, "Pulumi.yaml"), join(cwd, "Pulumi.yaml"));
  });

  after(() => rm(cwd, { recursive: true }));

  async function of(config: Readonly<Record<string, unknown>>) {
    const keys = Object.entries(config).map(([key, value]) => [`rotation:${key}`, value]);
    const text = JSON.stringify({ config: Object.fromEntries(keys) as unknown });
    await writeFile(join(cwd, "stacks", "Pulumi.test.yaml"), text);
    return stackChart({ stack: "organization/rotation/test", cwd });
  }

  it("is the project's own, with the program's defaults, where nothing is said", async () => {
    const { chart, values, keys } = await of({});
    assert.deepStrictEqual([chart, values], ["charts/app", "charts/app.values.yaml"]);
    assert.deepStrictEqual(
      Object.fromEntries(Object.entries(keys).filter(([, value]) => value !== undefined)),
      { application: "app", ...CHART_DEFAULTS },
    );
  });

  it("is what the stack's file says, and its values lie beside it", async () => {
    const secretKeys = { password: "${password}", uri: "postgres://${role}:${password}@${host}" };
    const { chart, values, keys } = await of({
      ...{ application: "shop", chart: "charts/shop", delivery: "secret", secretKeys },
      ...{ service: "{release}-web:8000", probePath: "/health", probePort: 9000, connections: 40 },
      ...{ actAs: "owner", twice: "forbidden", podSecurity: "baseline", strategy: "rolling" },
    });
    assert.deepStrictEqual([chart, values], ["charts/shop", "charts/shop.values.yaml"]);
    assert.deepStrictEqual(keys, {
      ...{ application: "shop", delivery: "secret", secretKeys, fileName: "password" },
      secretFrom: "program",
      ...{ service: "{release}-web:8000", probePath: "/health", probePort: 9000, connections: 40 },
      ...{ actAs: "owner", twice: "forbidden", podSecurity: "baseline", strategy: "rolling" },
    });
  });

  it("names everything that means nothing", async () => {
    await assert.rejects(
      of({
        ...{ application: "Shop", actAs: "admin", connections: "many" },
        ...{ delivery: "secret", secretKeys: "password" },
      }),
      ({ message }: Error) => {
        for (const problem of [
          /stack test has 4 problems/,
          /rotation:application must be /,
          /rotation:actAs must be one of /,
          /rotation:connections must be a whole number from 0 up, not "many"\.$/m,
          /rotation:secretKeys must be an object/,
        ]) {
          assert.match(message, problem);
        }
        return true;
      },
    );
  });
});
