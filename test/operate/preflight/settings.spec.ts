import assert from "node:assert";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { preflightSettings } from "../../../operate/preflight/settings";

describe("the settings that a preflight asks about", () => {
  let cwd: string;

  before(async () => {
    cwd = await mkdtemp(join(tmpdir(), "preflight-settings-"));
    await mkdir(join(cwd, "stacks"));
    await writeFile(join(cwd, "Pulumi.yaml"), "name: rotation\nruntime: nodejs\n");
  });
  after(() => rm(cwd, { recursive: true }));

  const read = async (platform: string, more = "") => {
    const text = `config:\n  rotation:platform: ${platform}\n  rotation:serverConnections: 200\n${more}`;
    await writeFile(join(cwd, "stacks", "Pulumi.prod.yaml"), text);
    return preflightSettings({ stack: "prod", cwd });
  };

  it("are those of a stack that makes its platform, and of no other", async () => {
    assert.strictEqual((await read("new")).serverConnections, 200);
    await assert.rejects(read("existing"), /this one is there .*`pulumi preview` looks it up/);
  });

  it("have what the application asks of the nodes, where its contract's file says so", async () => {
    const chart = "  rotation:values: charts/shop.yaml\n";
    assert.strictEqual((await read("new", chart)).demand, undefined);
    const room = [{ surge: 1, cpu: 100, memory: 96 }];
    await mkdir(join(cwd, "charts"));
    await writeFile(join(cwd, "charts", "shop.contract.json"), JSON.stringify({ room }));
    assert.deepStrictEqual((await read("new", chart)).demand, { room, replicas: 3 });
    assert.deepStrictEqual((await read("new", `${chart}  rotation:maxReplicas: 9\n`)).demand, {
      room,
      replicas: 9,
      maxReplicas: 9,
    });
    await writeFile(
      join(cwd, "charts", "app.rolling.values.contract.json"),
      JSON.stringify({ room }),
    );
    const rolling = await read("new", "  rotation:strategy: rolling\n");
    assert.deepStrictEqual(rolling.demand, { room, replicas: 3 });
  });
});
