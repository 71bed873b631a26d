import assert from "node:assert";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { ProviderClient } from "../support/providerClient";
import { rotation } from "./command";

const ROOT = join(__dirname, "..", "..");

describe("npm run twin", function () {
  this.timeout(120_000);

  it("prints what a client needs, serves every provider, and goes without a trace", async () => {
    const child = spawn(process.execPath, ["cli/rotation.mjs", "twin"], {
      cwd: ROOT,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let lines = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (lines += text));
    const hint = (await once(child.stderr.setEncoding("utf8"), "data")) as [string];
    assert.match(hint[0], /The twin is running/);

    const variables = new Map(
      [...lines.matchAll(/^export (\w+)='(.*)'$/gm)].map(([, name, value]) => [name!, value!]),
    );
    const attached = variables.get("PULUMI_DEBUG_PROVIDERS")!.split(",");
    assert.deepStrictEqual(
      attached.map((each) => each.split(":")[0]),
      ["azure-native", "kubernetes", "postgresql", "random"],
    );
    const random = Number(attached[3]!.split(":")[1]);
    const client = await ProviderClient.connect(random);
    const urn = "urn:pulumi:s::p::random:index/randomPassword:RandomPassword::r";
    const { inputs, failures } = await client.check(urn, {}, { length: 20 }, Buffer.alloc(32, 7));
    assert.deepStrictEqual([inputs["length"], failures], [20, []]);
    client.close();

    const asked = await rotation(["preflight", "--stack", "rehearsal"], {
      variables: Object.fromEntries(variables),
    });
    // Who has just come may not look into the vault of others.
    assert.strictEqual(asked.code, 4, asked.stdout + asked.stderr);
    assert.match(
      asked.stdout,
      /^could not ask {2}hosts of the certificate .* refused with 403 Forbidden: /m,
    );
    assert.match(asked.stdout, /: 0 wrong, 1 not asked, /);

    const folder = variables.get("PULUMI_BACKEND_URL")!.replace("file://", "");
    assert.ok(existsSync(folder));
    child.kill("SIGINT");
    const [code] = (await once(child, "exit")) as [number];
    assert.strictEqual(code, 0);
    assert.ok(!existsSync(folder));
  });
});
