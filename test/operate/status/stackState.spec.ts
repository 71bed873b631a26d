import assert from "node:assert";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readOwnHosts } from "../../../operate/status/stackState";
import { EXISTING_CONFIG, REFERENCE } from "../../support/existingPlatform";

describe("where whoever works on a stack may log in", () => {
  let cwd: string;

  before(async () => {
    cwd = await mkdtemp(join(tmpdir(), "stack-state-"));
    await mkdir(join(cwd, "stacks"));
    await writeFile(join(cwd, "Pulumi.yaml"), "name: rotation\nruntime: nodejs\n");
  });
  after(() => rm(cwd, { recursive: true }));

  const hostsOf = async (config: Readonly<Record<string, string>>) => {
    const lines = Object.entries(config).map(([key, value]) => `  rotation:${key}: ${value}\n`);
    await writeFile(join(cwd, "stacks", "Pulumi.prod.yaml"), `config:\n${lines.join("")}`);
    return readOwnHosts({ stack: "organization/rotation/prod", cwd });
  };

  it("is a platform that is there by its ids, and one of its own by the stack's names", async () => {
    const location = "swedencentral";
    const existing = await hostsOf({ ...EXISTING_CONFIG, location });
    const made = await hostsOf({ location });
    for (const [place, there, own] of [
      ["vault", "kv-shared.vault.azure.net", "kv-app-ab12cd.vault.azure.net"],
      [
        "database",
        "psql-shared.postgres.database.azure.com",
        "psql-app-prod-ab12cd.postgres.database.azure.com",
      ],
      ["cluster", REFERENCE.clusterHost, `aks-app-prod-x1.hcp.${location}.azmk8s.io`],
    ] as const) {
      assert.match(there, existing[place]);
      assert.doesNotMatch(own, existing[place]);
      assert.match(own, made[place]);
      assert.doesNotMatch(there, made[place]);
    }
  });
});
