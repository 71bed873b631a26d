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
    const file = fileOf(object);
    if (object.kind === "Secret") {
      await writeFile(join(objects, dataFileOf(object)), JSON.stringify(dataOf(object)));
    }
    await writeFile(join(objects, file), JSON.stringify(withoutData(object)));
    if (object["type"] === RELEASE) {
      await writeFile(join(releases, file), releaseOf(object));
    }
    if (texts.length > 0) {
      await writeFile(join(events, file), texts.join("\n"));
    }
  }
}

type Named = Pick<KubeObject, "kind"> & { readonly metadata: { namespace?: string; name: string } };

function fileOf({ kind, metadata: { namespace = "", name } }: Named): string {
  return [kind, namespace, name].join("_");
}

/** The file with what a Secret holds, and nothing else of it. */
export function dataFileOf(secret: Named): string {
  return `${fileOf(secret)}_data`;
}

function withoutData(object: KubeObject): object {
  const { data, ...rest } = object;
  return object.kind === "Secret" ? rest : { ...rest, data };
}

/** The values of a Secret, as the API server keeps them, and in clear. */
function dataOf({ data = {} }: KubeObject): object {
  const entries = Object.entries(data as Record<string, string>);
  return {
    data,
    decoded: Object.fromEntries(
      entries.map(([key, value]) => [key, Buffer.from(value, "base64").toString()]),
    ),
  };
}

/** Chart, values and manifest: base64 by Kubernetes, base64 by helm, gzip. */
function releaseOf(object: KubeObject): Buffer {
  const { release = "" } = (object["data"] ?? {}) as { release?: string };
  return gunzipSync(Buffer.from(Buffer.from(release, "base64").toString(), "base64"));
}
