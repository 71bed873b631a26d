import assert from "node:assert";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { dumpCluster } from "../../../rehearsal/leaks/clusterDump";
import type { KubeObject } from "../../../twin/kubernetes/api/objects";

const base64 = (text: string) => Buffer.from(text).toString("base64");

function secret(name: string, type: string, data: Record<string, string>): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace: "app" },
    type,
    data,
  };
}

describe("dumpCluster", () => {
  let directory: string;

  before(async () => (directory = await mkdtemp(join(tmpdir(), "dump-"))));
  after(() => rm(directory, { recursive: true }));

  it("writes objects, releases and events with nothing encoded in them any more", async () => {
    const [objects, releases, events] = ["objects", "releases", "events"].map((name) =>
      join(directory, name),
    ) as [string, string, string];
    const release = gzipSync(JSON.stringify({ values: { hidden: "in the values" } }));
    await dumpCluster(
      [
        { object: secret("plain", "Opaque", { key: base64("in the data") }), events: [] },
        {
          object: secret("sh.helm.release.v1.app.v1", "helm.sh/release.v1", {
            release: base64(release.toString("base64")),
          }),
          events: ["Failed: in the event"],
        },
      ],
      { objects, releases, events },
    );
    const texts = async (folder: string) =>
      Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name), "utf8")));
    assert.match((await texts(objects)).join(), /in the data/);
    const apart = await readFile(join(objects, "Secret_app_plain_data"), "utf8");
    assert.deepStrictEqual(JSON.parse(apart), {
      data: { key: base64("in the data") },
      decoded: { key: "in the data" },
    });
    const rest = await readFile(join(objects, "Secret_app_plain"), "utf8");
    assert.strictEqual("data" in (JSON.parse(rest) as object), false);
    assert.match((await texts(releases)).join(), /in the values/);
    assert.deepStrictEqual(await texts(events), ["Failed: in the event"]);
  });
});
