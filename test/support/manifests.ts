import { spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { stringify } from "yaml";
import { runProgram } from "../../mocks/program";
import type { Registration } from "../../mocks/mocks";
import { manifestObjects } from "../../twin/kubernetes/helm/releaseChart";
import { findHelm } from "../../twin/kubernetes/helm/helm";
import type { KubeObject } from "../../twin/kubernetes/api/objects";

/** Paths of charts start here. */
const ROOT = join(__dirname, "..", "..");

const RELEASE = "kubernetes:helm.sh/v3:Release";

/** The same settings with a team's own chart, which gets its password by a Secret. */
const OWN_CHART = {
  chart: "charts/plain",
  values: "charts/plain.secret.values.yaml",
  service: "{release}-web:8000",
  delivery: "secret",
  actAs: "owner",
  trial: "none",
  proofBy: "status",
};

/** Between them, both slots have pods, and each proof is there. */
const CLUSTERS: readonly Readonly<Record<string, number | string>>[] = [
  { counter: 2, live: 2, retired: 0 },
  { counter: 2, live: 2, retired: 1 },
  { ...OWN_CHART, counter: 2, live: 2, retired: 0 },
];

/** Writes what prod may have in its cluster into a folder, and says which files that makes. */
export async function writeManifests(folder: string): Promise<string[]> {
  const files: string[] = [];
  for (const config of CLUSTERS) {
    const file = join(folder, `${files.length}.yaml`);
    const objects = await programManifests("prod", config);
    await writeFile(file, objects.map((object) => stringify(object)).join("---\n"));
    files.push(file);
  }
  return files;
}

/**
 * What a stack has in its cluster, as an outside linter reads it: the program's own objects and what
 * its charts render. Names that the provider completes are whole here.
 *
 * @param config keys without the namespace, on top of the stack file's
 */
async function programManifests(
  stack: string,
  config: Readonly<Record<string, number | string>>,
): Promise<KubeObject[]> {
  const { program } = await runProgram(stack, config);
  const own = program.registrations.filter(({ type }) => /^kubernetes:.*\//.test(type));
  const { command } = await findHelm();
  const objects = await Promise.all(
    own.map(async ({ inputs, name, type }) =>
      type === RELEASE ? rendered(command, inputs) : [named(inputs, name)],
    ),
  );
  return objects.flat();
}

function named(inputs: Registration["inputs"], name: string): KubeObject {
  const object = inputs as unknown as KubeObject;
  return { ...object, metadata: { ...object.metadata, name: object.metadata.name ?? name } };
}

async function rendered(helm: string, inputs: Registration["inputs"]): Promise<KubeObject[]> {
  const { chart, name, namespace, values } = inputs as Record<string, string>;
  const child = spawn(helm, ["template", name!, chart!, "--values", "-"], { cwd: ROOT });
  child.stdin.end(JSON.stringify(values));
  const [manifest, problems] = await Promise.all([text(child.stdout), text(child.stderr)]);
  if (manifest === "") {
    throw new Error(`helm rendered nothing of ${name}: ${problems}`);
  }
  return manifestObjects(manifest).map((object) => ({
    ...object,
    metadata: { ...object.metadata, namespace: namespace! },
  }));
}
