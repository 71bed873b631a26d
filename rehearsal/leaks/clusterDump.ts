import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { ObjectDump } from "../../twin/inspection";
import type { KubeObject } from "../../twin/kubernetes/api/objects";

/** Folders of a dump, one for each place of a cluster that is searched. */
export interface DumpFolders {
  readonly objects: string;
  readonly releases: string;
  readonly events: string;
}

const RELEASE = "helm.sh/release.v1";

/** Writes everything that a cluster holds into files, with nothing encoded in it any more. */
export async function dumpCluster(
  dumps: readonly ObjectDump[],
  { objects, releases, events }: DumpFolders,
): Promise<void> {
  await Promise.all(
    [objects, releases, events].map((folder) => mkdir(folder, { recursive: true })),
  );
  for (const { object, events: texts } of dumps) {
    const { namespace = "", name } = object.metadata;
    const file = [object.kind, namespace, name].join("_");
    await writeFile(join(objects, file), JSON.stringify({ ...object, ...decoded(object) }));
    if (object["type"] === RELEASE) {
      await writeFile(join(releases, file), releaseOf(object));
    }
    if (texts.length > 0) {
      await writeFile(join(events, file), texts.join("\n"));
    }
  }
}

/** The values of a Secret, which the API server keeps as base64. */
function decoded(object: KubeObject): { decoded?: Record<string, string> } {
  if (object.kind !== "Secret") {
    return {};
  }
  const data = Object.entries((object["data"] ?? {}) as Record<string, string>);
  return {
    decoded: Object.fromEntries(
      data.map(([key, value]) => [key, Buffer.from(value, "base64").toString()]),
    ),
  };
}

/** Chart, values and manifest: base64 by Kubernetes, base64 by helm, gzip. */
function releaseOf(object: KubeObject): Buffer {
  const { release = "" } = (object["data"] ?? {}) as { release?: string };
  return gunzipSync(Buffer.from(Buffer.from(release, "base64").toString(), "base64"));
}
