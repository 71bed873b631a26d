import assert from "node:assert";
import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { becomeRunner } from "../../../rehearsal/up/runner";
import { createAuthority } from "../../../twin/world/certificates";

const SHELL = {
  ...{ HTTPS_PROXY: "http://192.0.2.1:3128", https_proxy: "http://192.0.2.1:3128", no_proxy: "a" },
  ...{ PGHOST: "192.0.2.1", PGSSLMODE: "disable", PULUMI_OPTION_PARALLEL: "1" },
  ...{ PULUMI_BACKEND_URL: "azblob://state", ALL_PROXY: "socks5://192.0.2.1" },
};

describe("the runner of a rehearsal", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "runner-"));
    Object.assign(process.env, SHELL);
  });
  afterEach(async () => {
    Object.keys(SHELL).forEach((name) => delete process.env[name]);
    await rm(folder, { recursive: true });
  });

  /** What a process that is started now is told. */
  const told = () =>
    Object.keys(SHELL).filter((name) => {
      const script = "process.stdout.write(String(process.argv[1] in process.env))";
      return execFileSync(process.execPath, ["-e", script, name]).toString() === "true";
    });

  it("has nothing in its environment that leads elsewhere, until it is left", async () => {
    const { certificate } = await createAuthority(folder);
    const leave = becomeRunner({ PULUMI_BACKEND_URL: "file:///state" }, certificate);
    try {
      assert.deepStrictEqual(told(), ["PULUMI_BACKEND_URL"]);
      assert.strictEqual(process.env["PULUMI_BACKEND_URL"], "file:///state");
    } finally {
      leave();
    }
    assert.deepStrictEqual(told(), Object.keys(SHELL));
    assert.strictEqual(process.env["PULUMI_BACKEND_URL"], "azblob://state");
  });
});
