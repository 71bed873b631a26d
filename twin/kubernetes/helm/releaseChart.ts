/** Charts, read and rendered by the real helm. */
import { spawn } from "node:child_process";
import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { text } from "node:stream/consumers";
import { parse, parseAllDocuments, stringify } from "yaml";

import { ProviderError } from "../../plugin/provider";
import { kindOf, servedVersions } from "../api/kinds";
import { misfits } from "../resources/misfits";
import { ApiError, type KubeObject } from "../api/objects";
import type { ChartMetadata, Release, Rendered } from "./release";
import { shapeOf } from "../api/shapes";

const KUBERNETES_VERSION = "1.34.2";

/** Reads a local chart; the error is the official provider's. */
export async function chartMetadata(root: string, chart: string): Promise<ChartMetadata> {
  const folder = path.resolve(root, chart);
  const file = path.join(folder, "Chart.yaml");
  if (!(await isFile(file))) {
    throw new Error(
      path.isAbsolute(chart) || chart.startsWith(".")
        ? `path "${chart}" not found`
        : `failed to download "${chart}": the twin knows charts in folders only`,
    );
  }
  const parsed = parse(await readFile(file, "utf8")) as Partial<ChartMetadata> & { type?: string };
  const { name = "", version = "", appVersion = "", type = "application" } = parsed;
  if (type !== "application") {
    throw new Error(`${type} charts are not installable`);
  }
  return { name, version, appVersion: String(appVersion) };
}

export interface RenderArgs {
  /** The helm program. */
  readonly helm: string;
  /** Folder that relative paths of charts start from. */
  readonly root: string;
  readonly release: Release;
  readonly operation: "install" | "upgrade";
}

/** Renders a chart and refuses what the twin could not do with it. */
export async function renderChart(args: RenderArgs): Promise<Rendered> {
  const { release, root, operation } = args;
  const chart = await chartMetadata(root, release.chart);
  const manifest = await template(args);
  const hooks = documentsOf(manifest).filter(isHook);
  if (hooks.length > 0 && !release.disableHooks[operation]) {
    throw new ProviderError(
      `the chart ${chart.name} has hooks (${hooks.map(nameOf).join(", ")}), and the twin runs none`,
    );
  }
  manifestObjects(manifest).forEach(refuseUnknown);
  return { chart, manifest };
}

/** Values go through standard input, where no other process can read them. */
async function template({ helm, root, release, operation }: RenderArgs): Promise<string> {
  const chart = path.resolve(root, release.chart);
  const flags = [
    ...["--namespace", release.namespace],
    ...["--values", "-"],
    ...["--kube-version", KUBERNETES_VERSION],
    ...servedVersions().flatMap((version) => ["--api-versions", version]),
    "--skip-tests",
    release.skipCrds ? "--skip-crds" : "--include-crds",
    ...(operation === "upgrade" ? ["--is-upgrade"] : []),
  ];
  const child = spawn(helm, ["template", release.name, chart, ...flags], {
    env: { ...process.env, KUBECONFIG: "" },
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  child.stdin.end(stringify(release.values));
  const [code, output, problems] = await Promise.all([
    ended,
    text(child.stdout),
    text(child.stderr),
  ]);
  if (code !== 0) {
    throw new ProviderError(problems.replace(/^Error: /, "").trim());
  }
  return output;
}

/** The objects of a release as they stand in its manifest, in helm's order, without hooks. */
export function manifestObjects(manifest: string): KubeObject[] {
  return documentsOf(manifest).filter((object) => !isHook(object));
}

function documentsOf(manifest: string): KubeObject[] {
  return parseAllDocuments(manifest)
    .map((document) => document.toJS() as KubeObject | null)
    .filter((object) => object !== null);
}

function isHook(object: KubeObject): boolean {
  return "helm.sh/hook" in (object.metadata?.annotations ?? {});
}

function refuseUnknown(object: KubeObject): void {
  const { kind, apiVersion, metadata } = object;
  if (!kind || !metadata?.name) {
    throw new ProviderError(
      "unable to build kubernetes objects from release manifest: an object has no kind or no name",
    );
  }
  try {
    kindOf(object);
  } catch (error) {
    if (!(error instanceof ApiError)) {
      throw error;
    }
    throw new ProviderError(
      "unable to build kubernetes objects from release manifest: resource mapping not found for " +
        `name: "${metadata.name}" namespace: "${metadata.namespace ?? ""}" from "": no matches for ` +
        `kind "${kind}" in version "${apiVersion}"\nensure CRDs are installed first`,
    );
  }
  const problems = misfits(object, shapeOf(kind)).map(({ path: at, reason }) => `${at}: ${reason}`);
  if (problems.length > 0) {
    throw new ProviderError(
      "unable to build kubernetes objects from release manifest: error validating " +
        `${nameOf(object)}: ${problems.join("; ")}`,
    );
  }
}

function nameOf({ kind, metadata }: KubeObject): string {
  return `${kind} "${metadata.name}"`;
}

async function isFile(file: string): Promise<boolean> {
  return stat(file).then(
    (found) => found.isFile(),
    () => false,
  );
}
