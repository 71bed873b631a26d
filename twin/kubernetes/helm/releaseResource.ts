/** `helm.sh/v3:Release`, as the engine sees it. */
import {
  InitializationFailed,
  ProviderError,
  Secret,
  UNKNOWN,
  type CreateCall,
  type Created,
  type DeleteCall,
  type DiffCall,
  type Difference,
  type Properties,
  type ReadCall,
  type ReadResult,
  type UpdateCall,
} from "../../plugin/provider";
import type { EngineOperation } from "../../plugin/interruptions";
import type { Connection } from "../resources/connection";
import { describePatch, mergePatch, replacedProperties } from "../resources/mergePatch";
import type { ClusterApi } from "../api/objects";
import { isObject } from "../../plugin/values";
import { mapValues, objectAt, revealed, without, withoutUnknowns } from "../resources/properties";
import {
  install,
  ReleaseFailed,
  uninstall,
  upgrade,
  withKeptValues,
  type ActionArgs,
} from "./releaseActions";
import { manifestObjects, renderChart } from "./releaseChart";
import { importedRelease, releaseOf } from "./releaseInputs";
import type { Revision } from "./release";
import { revisionsOf } from "./releaseStore";

const INPUTS = "__inputs";

/** What the provider needs to render charts. */
export interface ChartTools {
  /** The helm program. */
  readonly helm: string;
  /** Folder that relative paths of charts start from. */
  readonly root: string;
  /** Called in the middle of an install or an upgrade; nothing when left out. */
  readonly midway?: (operation: EngineOperation) => Promise<void>;
}

/** Compares the inputs, not the chart: a changed template alone is no difference. */
export function diffRelease(call: DiffCall): Difference {
  const state = revealed(call.state);
  const given = revealed(call.inputs);
  const inputs: Properties = call.ignoreChanges.includes("version")
    ? { ...given, version: state.version ?? null }
    : given;
  const oldInputs = without(objectAt(state, INPUTS), "checksum", "resourceNames");
  const patch = releasePatch(oldInputs, mapValues(inputs, withoutUnknowns), state);
  const details = describePatch(patch, state, inputs, oldInputs, ["name", "namespace"]);
  const diffs = Object.keys(patch);
  return {
    changes: diffs.length > 0 ? "some" : "none",
    replaces: replacedProperties(details),
    deleteBeforeReplace: false,
    diffs,
    detailedDiff: details,
  };
}

/** Sets what the new inputs say and removes what only the old inputs said. */
function releasePatch(oldInputs: Properties, inputs: Properties, state: Properties): Properties {
  const changes = withoutDeletions(mergePatch(state, inputs), inputs);
  return merged(onlyDeletions(mergePatch(oldInputs, inputs), inputs), changes);
}

function withoutDeletions(patch: Properties, target: Properties): Properties {
  const result: Properties = {};
  for (const [key, value] of Object.entries(patch)) {
    const inner = target[key];
    if (isObject(value) && isObject(inner)) {
      const kept = withoutDeletions(value, inner);
      if (Object.keys(kept).length > 0) {
        result[key] = kept;
      }
    } else if (inner !== undefined) {
      result[key] = value;
    }
  }
  return result;
}

function onlyDeletions(patch: Properties, target: Properties): Properties {
  const result: Properties = {};
  for (const [key, value] of Object.entries(patch)) {
    const inner = target[key];
    if (isObject(value) && isObject(inner)) {
      const deletions = onlyDeletions(value, inner);
      if (Object.keys(deletions).length > 0) {
        result[key] = deletions;
      }
    } else if (inner === undefined) {
      result[key] = null;
    }
  }
  return result;
}

function merged(one: Properties, other: Properties): Properties {
  const result = { ...one };
  for (const [key, value] of Object.entries(other)) {
    const present = result[key];
    result[key] = isObject(present) && isObject(value) ? merged(present, value) : value;
  }
  return result;
}

export async function createRelease(
  call: CreateCall,
  connection: Connection,
  tools: ChartTools,
): Promise<Created> {
  if (call.preview) {
    return { id: "", outputs: previewed(call.inputs) };
  }
  const args = actionArgs(call, connection, tools, "create");
  const { release } = args;
  const id = `${release.namespace}/${release.name}`;
  const revision = await acting(
    async () => install(args, await renderChart({ ...tools, release, operation: "install" })),
    { id, text: `Helm release "${id}" was created, but failed to initialize completely.`, call },
  );
  return { id, outputs: checkpoint(call.inputs, revision) };
}

export async function updateRelease(
  call: UpdateCall,
  connection: Connection,
  tools: ChartTools,
): Promise<Properties> {
  if (call.preview) {
    return previewed(call.inputs);
  }
  const given = actionArgs(call, connection, tools, "update");
  const id = `${given.release.namespace}/${given.release.name}`;
  const revision = await acting(
    async () => {
      const args = { ...given, release: withKeptValues(given) };
      const { release } = args;
      return upgrade(args, await renderChart({ ...tools, release, operation: "upgrade" }));
    },
    { id, text: `Helm release "${id}" failed to initialize completely.`, call },
  );
  return checkpoint(call.inputs, revision);
}

export function readRelease(call: ReadCall, cluster: ClusterApi): ReadResult | undefined {
  const [name = "", namespace = ""] = call.id.split("/").reverse();
  const live = revisionsOf(cluster, namespace, name).at(-1);
  if (!live) {
    return undefined;
  }
  const inputs = oldInputsOf(call.state) ?? importedRelease(live);
  return { id: call.id, outputs: checkpoint(inputs, live), inputs };
}

export async function deleteRelease(call: DeleteCall, connection: Connection): Promise<void> {
  const { cluster, unreachable } = connection;
  if (!cluster) {
    throw new ProviderError(
      `can't delete Helm Release with unreachable cluster. Reason: "${unreachable}"`,
    );
  }
  await uninstall({ cluster, release: releaseOf(call.state) });
}

function actionArgs(
  { inputs, urn }: { inputs: Properties; urn: string },
  { cluster, unreachable, cancelled }: Connection,
  { midway = () => Promise.resolve() }: ChartTools,
  op: "create" | "update",
): ActionArgs {
  if (!cluster) {
    throw new ProviderError(`can't ${op} Helm Release with unreachable cluster: ${unreachable}`);
  }
  return { cluster, release: releaseOf(inputs), cancelled, midway: () => midway({ op, urn }) };
}

/** Makes a failed release one that the engine records, together with why. */
async function acting(
  action: () => Promise<Revision>,
  { id, text, call }: { id: string; text: string; call: { inputs: Properties } },
): Promise<Revision> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof ReleaseFailed)) {
      throw error;
    }
    const message =
      `${text} Use Helm CLI to investigate: failed to become available within allocated timeout. ` +
      `Error: Helm Release ${id}: ${error.message}`;
    const outputs = checkpoint(call.inputs, error.revision);
    throw new InitializationFailed(message, id, outputs, call.inputs, [message]);
  }
}

function previewed(inputs: Properties): Properties {
  return { ...inputs, resourceNames: UNKNOWN, status: UNKNOWN, [INPUTS]: new Secret(inputs) };
}

function checkpoint(inputs: Properties, revision: Revision): Properties {
  const { name, namespace, chart, status, manifest } = revision;
  return {
    ...inputs,
    version: chart.version,
    resourceNames: resourceNames(manifest),
    status: {
      appVersion: chart.appVersion,
      chart: chart.name,
      name,
      namespace,
      revision: revision.revision,
      status,
      version: chart.version,
    },
    [INPUTS]: new Secret(inputs),
  };
}

function oldInputsOf(state: Properties): Properties | undefined {
  const inputs = state[INPUTS];
  const plain = inputs instanceof Secret ? inputs.value : inputs;
  return isObject(plain) ? plain : undefined;
}

/** Names by kind and version, e.g. `Deployment.apps/apps/v1`. */
function resourceNames(manifest: string): Properties {
  const names = new Map<string, string[]>();
  for (const { apiVersion, kind, metadata } of manifestObjects(manifest)) {
    const group = apiVersion.includes("/") ? `.${apiVersion.split("/")[0] ?? ""}` : "";
    const key = `${kind}${group}/${apiVersion}`;
    const { namespace, name } = metadata;
    const full = namespace === undefined ? name : `${namespace}/${name}`;
    names.set(key, [...(names.get(key) ?? []), full].sort());
  }
  return Object.fromEntries(names);
}
