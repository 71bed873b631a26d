import assert from "node:assert";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { ArmTemplate } from "../../export/armTemplate";

const run = promisify(execFile);
const ROOT = join(__dirname, "..", "..");

function exported(...args: string[]) {
  return run(process.execPath, ["cli/rotation.mjs", "export", ...args], {
    cwd: ROOT,
  });
}

describe("npm run export", function () {
  this.timeout(60_000);
  let directory: string;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "export-"));
  });

  after(() => rm(directory, { recursive: true }));

  it("writes a template of the stack's Azure resources", async () => {
    const file = join(directory, "prod.json");
    const { stderr } = await exported("--stack", "prod", "--out", file);
    const template = JSON.parse(await readFile(file, "utf8")) as ArmTemplate;
    assert.match(template.$schema, /deploymentTemplate\.json#$/);
    assert.match(stderr, new RegExp(`^${template.resources.length} resources of stack prod`, "m"));
    const types = new Set(template.resources.map(({ type }) => type));
    for (const type of ["KeyVault/vaults", "Network/applicationGateways"]) {
      assert(types.has(`Microsoft.${type}`), type);
    }
  });

  it("writes nothing but the template to standard output", async () => {
    const { stdout } = await exported("--stack", "dev");
    assert.match((JSON.parse(stdout) as ArmTemplate).$schema, /deploymentTemplate\.json#$/);
  });

  it("says which stacks there are when it does not know one", async () => {
    await assert.rejects(exported("--stack", "nowhere"), {
      code: 1,
      stderr: /There is no stacks\/Pulumi\.nowhere\.yaml; there are dev, prod, rehearsal\./,
    });
  });
});
