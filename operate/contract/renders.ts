import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { parseAllDocuments } from "yaml";
import {
  type ContractSource,
  releaseOf,
  type Render,
  type Rendered,
  type RenderName,
  rendersFor,
  SITUATIONS,
  valuesIn,
} from "../../components/contract";
import { namespaceOf } from "../../components/plan";
import { runHelm } from "./helm";

/** A chart, and the values that a team gives it. */
export interface ChartSource extends Pick<ContractSource, "keys" | "values"> {
  /** The helm CLI. */
  readonly helm: string;
  /** Folder or archive of the chart. */
  readonly chart: string;
}

/** All renders are for one version of Kubernetes, also where this helm knows newer ones. */
const KUBERNETES_VERSION = "1.33.0";

/**
 * Renders a chart as often as the contract needs it.
 *
 * @throws when helm cannot be run
 */
export async function rendersOf(source: ChartSource): Promise<ContractSource["renders"]> {
  const renders = await Promise.all(
    rendersFor(source.keys.strategy).map(
      async (name) => [name, await render(source, name)] as const,
    ),
  );
  return Object.fromEntries(renders);
}

async function render(
  { helm, chart, keys, values }: ChartSource,
  name: RenderName,
): Promise<Render> {
  const answer = await runHelm(
    helm,
    [
      ...["template", releaseOf(keys, name), chart, "--namespace", namespaceOf(keys)],
      ...["--values", "-", "--kube-version", KUBERNETES_VERSION],
      // Some schemas refer to the network.
      "--skip-schema-validation",
    ],
    { input: JSON.stringify(valuesIn(values, keys, SITUATIONS[name])) },
  );
  return "error" in answer ? answer : { objects: objectsOf(answer.output) };
}

function objectsOf(yaml: string): Rendered[] {
  return parseAllDocuments(yaml)
    .map((document) => document.toJS() as Partial<Rendered> | null)
    .filter(
      (object): object is Rendered => object?.kind !== undefined && object.metadata !== undefined,
    );
}

/** Texts of a chart's templates, those of its dependencies included, by file. */
export async function templatesOf(chart: string): Promise<Record<string, string>> {
  if (!(await stat(chart)).isDirectory()) {
    return {};
  }
  const files = await readdir(chart, { recursive: true, withFileTypes: true });
  const templates = files
    .filter((file) => file.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((file) => relative(chart, file).split(sep).includes("templates"));
  const texts = templates.map(
    async (file) => [relative(chart, file), await readFile(file, "utf8")] as const,
  );
  return Object.fromEntries(await Promise.all(texts));
}
