/** Create, read, update and delete of plain objects, as the engine sees them. */
import {
  InitializationFailed,
  ProviderError,
  type CreateCall,
  type Created,
  type DeleteCall,
  type Properties,
  type ReadCall,
  type ReadResult,
  type UpdateCall,
} from "../../plugin/provider";
import { fieldManager, forcesPatch, propagation, skipsAwait, timeoutSeconds } from "./annotations";
import { checkReady, NotReady, untilReady } from "./await";
import { checkpoint, liveOf, stateOf } from "./checkpoint";
import type { Connection, Settings } from "./connection";
import { isPatch, normalized, referenceOf } from "./inputs";
import { kindOf, resourceName } from "../api/kinds";
import { autoName } from "./naming";
import { ApiError, type ClusterApi, type KubeObject } from "../api/objects";
import { applyPart, explained, relinquish } from "./partialApply";
import { objectAt, pruned, revealed, without, withSecretsOf } from "./properties";
import { hasUnknown } from "../../plugin/values";
import { refOf } from "../api/store";

/** The official provider tries again for so long when a namespace is not there yet. */
const NAMESPACE_PATIENCE_MS = 31_000;

const EXISTS_ADVICE = `

The resource already exists in the cluster. This can happen when:

  - Renaming a Pulumi resource: use an alias to preserve the identity,
    or use deleteBeforeReplace if the resource needs replacement.
  - Managing an existing resource: use a Patch resource (e.g. NamespacePatch)
    to manage specific fields without owning the resource lifecycle.
  - Adopting a resource into Pulumi: use \`pulumi import\`. Note that
    protected resources (e.g. kube-system) cannot be deleted on destroy.
  - Intentional upsert: set upsertExistingObjects on the provider to allow
    server-side apply to update existing objects on create.`;

export async function createObject(call: CreateCall, connection: Connection): Promise<Created> {
  const { cluster } = connection;
  if (call.preview && (!cluster || hasUnknown(call.inputs) || isPatch(call))) {
    return { id: "", outputs: call.inputs };
  }
  const api = reachable(connection);
  const inputs = revealed(call.inputs);
  const manager = fieldManager(inputs) ?? autoName("pulumi-kubernetes", Buffer.alloc(0));
  const checkpointOf = (live: KubeObject) => checkpoint(inputs, live, call.inputs, manager);
  let live: KubeObject;
  try {
    live = await store(api, inputs, connection, {
      manager,
      dryRun: call.preview,
      isPatch: isPatch(call),
    });
  } catch (error) {
    if (!(error instanceof ApiError)) {
      throw error;
    }
    if (call.preview && cannotBePreviewed(error)) {
      return { id: "", outputs: call.inputs };
    }
    const advice = error.reason === "AlreadyExists" ? EXISTS_ADVICE : "";
    throw new ProviderError(
      `resource "${call.urn}" was not successfully created by the Kubernetes API server: ` +
        error.message +
        advice,
    );
  }
  if (call.preview) {
    return { id: "", outputs: without(checkpointOf(live), "status") };
  }
  const id = idOf(live);
  try {
    const ready = await untilReady(awaitArgs(api, live, inputs, call.timeout, connection));
    return { id, outputs: checkpointOf(ready) };
  } catch (error) {
    throw initializationFailure(error, {
      text:
        `resource "${call.urn}" was successfully created, but the Kubernetes API server ` +
        "reported that it failed to fully initialize or become live: ",
      id,
      outputs: checkpointOf(api.get(refOf(live)) ?? live),
      inputs: call.inputs,
    });
  }
}

/** A namespace of the same run may not be there yet. */
async function store(
  cluster: ClusterApi,
  inputs: Properties,
  { settings, cancelled }: Connection,
  { isPatch: ofOthers, ...writing }: { dryRun: boolean; manager: string; isPatch: boolean },
): Promise<KubeObject> {
  const object = objectOf(inputs);
  const force = settings.patchForce || forcesPatch(inputs);
  const write = () => {
    if (ofOthers) {
      return applyPart(cluster, object, { ...writing, force });
    }
    return settings.upsert
      ? cluster.apply(object, { ...writing, force })
      : cluster.create(object, writing);
  };
  try {
    return await write();
  } catch (error) {
    if (writing.dryRun || !isNamespaceMissing(error)) {
      throw error;
    }
    const patience = AbortSignal.timeout(NAMESPACE_PATIENCE_MS);
    const namespace = {
      apiVersion: "v1",
      kind: "Namespace",
      name: object.metadata.namespace ?? "",
    };
    try {
      await cluster.until(
        namespace,
        (found) => found !== undefined,
        AbortSignal.any([patience, cancelled]),
      );
    } catch {
      throw error;
    }
    return write();
  }
}

function isNamespaceMissing(error: unknown): boolean {
  return (
    error instanceof ApiError &&
    error.reason === "NotFound" &&
    error.message.startsWith("namespaces ")
  );
}

/** Refusals that may be gone by the time of the update. */
function cannotBePreviewed(error: ApiError): boolean {
  return ["Forbidden", "AlreadyExists"].includes(error.reason) || isNamespaceMissing(error);
}

export async function updateObject(call: UpdateCall, connection: Connection): Promise<Properties> {
  const { cluster } = connection;
  if (call.preview && (!cluster || hasUnknown(call.inputs))) {
    return call.inputs;
  }
  const api = reachable(connection);
  const old = stateOf(call.state);
  const ref = referenceOf(call);
  const present = api.get(ref);
  if (!present) {
    const text = `${resourceName(kindOf(ref))} "${ref.name}" not found`;
    throw new ProviderError(
      `update of resource "${call.urn}" failed: ${text}\nunable to get cluster state: ${text}`,
    );
  }
  const inputs = keepIgnored(normalized(revealed(call.inputs)), present, call);
  const manager = fieldManager(inputs) ?? old.fieldManager;
  const checkpointOf = (live: KubeObject) =>
    checkpoint(inputs, live, call.inputs, manager, old.initialApiVersion);
  try {
    const force = connection.settings.patchForce || forcesPatch(inputs);
    const writing = { dryRun: call.preview, manager, force };
    const live = isPatch(call)
      ? await applyPart(api, objectOf(inputs), writing)
      : await api.apply(objectOf(inputs), writing).catch((error: unknown) => {
          throw explained(error, manager);
        });
    return checkpointOf(
      call.preview
        ? live
        : await untilReady({
            ...awaitArgs(api, live, inputs, call.timeout, connection),
            before: present,
          }),
    );
  } catch (error) {
    const id = idOf(present);
    throw initializationFailure(error, {
      text: `the Kubernetes API server reported that "${id}" failed to fully initialize or become live: `,
      id,
      outputs: checkpointOf(api.get(ref) ?? present),
      inputs: call.inputs,
    });
  }
}

/** What is to be ignored keeps the value it has in the cluster. */
function keepIgnored(inputs: Properties, live: KubeObject, call: UpdateCall): Properties {
  return call.ignoreChanges
    .filter((path) => !/[[\]]/.test(path))
    .reduce((result, path) => keepAt(result, liveOf(live), path.split(".")), inputs);
}

function keepAt(inputs: Properties, live: Properties, path: readonly string[]): Properties {
  const [key = "", ...rest] = path;
  const value = live[key];
  if (value === undefined) {
    return inputs;
  }
  return {
    ...inputs,
    [key]: rest.length === 0 ? value : keepAt(objectAt(inputs, key), objectAt(live, key), rest),
  };
}

/** Reads when there is no cluster to read from. */
export function readUnreachable(call: ReadCall, settings: Settings): ReadResult | undefined {
  if (settings.deleteUnreachable) {
    return undefined;
  }
  if (settings.skipUpdateUnreachable) {
    return { id: call.id, outputs: call.state, inputs: call.inputs };
  }
  throw new ProviderError(
    "failed to read resource state due to unreachable cluster. If the cluster was " +
      "deleted, you can remove this resource from Pulumi state by rerunning the operation with the " +
      'PULUMI_K8S_DELETE_UNREACHABLE environment variable set to "true"',
  );
}

export function readObject(call: ReadCall, cluster: ClusterApi): ReadResult | undefined {
  const live = cluster.get(referenceOf(call));
  if (!live) {
    return undefined;
  }
  const known = normalized(revealed(call.inputs));
  const imported = Object.keys(known).length === 0;
  const inputs = imported ? importedInputs(live) : pruned(liveOf(live), known);
  const old = stateOf(call.state);
  const outputs = checkpoint(inputs, live, call.inputs, old.fieldManager, old.initialApiVersion);
  const marked = withSecretsOf(inputs, call.inputs);
  try {
    if (!imported) {
      checkReady(cluster, live, known);
    }
  } catch (error) {
    throw initializationFailure(error, { text: "", id: call.id, outputs, inputs: marked });
  }
  return { id: call.id, outputs, inputs: marked };
}

function importedInputs(live: KubeObject): Properties {
  return normalized(without(liveOf(live), "status"));
}

export async function deleteObject(call: DeleteCall, connection: Connection): Promise<void> {
  const { cluster, settings, cancelled } = connection;
  if (!cluster) {
    if (settings.deleteUnreachable) {
      return;
    }
    throw new ProviderError(
      "configured Kubernetes cluster is unreachable. If the cluster was deleted, " +
        "you can remove this resource from Pulumi state by rerunning the operation with the " +
        'PULUMI_K8S_DELETE_UNREACHABLE environment variable set to "true"',
    );
  }
  const { fieldManager: manager, inputs } = stateOf(call.state);
  const ref = referenceOf(call);
  if (isPatch(call)) {
    await relinquish(cluster, ref, manager);
    return;
  }
  const over = AbortSignal.timeout(timeoutSeconds(call.timeout, inputs) * 1000);
  const mayLinger = skipsAwait(inputs) && LEFT_TO_THEMSELVES.includes(ref.kind);
  const ended = (object: KubeObject | undefined) =>
    object === undefined || (mayLinger && object.metadata.deletionTimestamp !== undefined);
  try {
    await Promise.race([
      cluster.delete(ref, { propagation: propagation(inputs) }),
      cluster.until(ref, ended, AbortSignal.any([over, cancelled])),
    ]);
  } catch (error) {
    if (over.aborted || cancelled.aborted) {
      const text = over.aborted ? "timed out waiting for the condition" : "context canceled";
      throw new ProviderError(text);
    }
    if (!(error instanceof ApiError && error.reason === "NotFound")) {
      throw error;
    }
  }
}

/** Kinds whose deletion is not awaited with `skipAwait`; all others are. */
const LEFT_TO_THEMSELVES: readonly string[] = ["Namespace", "Deployment", "StatefulSet", "Job"];

function reachable({ cluster, unreachable }: Connection): ClusterApi {
  if (!cluster) {
    throw new ProviderError(`configured Kubernetes cluster is unreachable: ${unreachable}`);
  }
  return cluster;
}

function awaitArgs(
  cluster: ClusterApi,
  object: KubeObject,
  inputs: Properties,
  customTimeout: number,
  { cancelled }: Connection,
) {
  const seconds = timeoutSeconds(customTimeout, inputs);
  return { cluster, object, inputs, timeoutSeconds: seconds, cancelled };
}

/** What the engine needs to record an object that is there but not what it should be. */
function initializationFailure(
  error: unknown,
  at: { text: string; id: string; outputs: Properties; inputs: Properties },
): unknown {
  if (!(error instanceof NotReady || error instanceof ApiError)) {
    return error;
  }
  const text = `${at.text}${error.message}`;
  const reasons = error instanceof NotReady ? error.reasons : [];
  return new InitializationFailed(text, at.id, at.outputs, at.inputs, [text, ...reasons]);
}

/** `namespace/name`, or the name alone. */
function idOf({ metadata: { namespace, name } }: KubeObject): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

/** Only objects that passed `check` and hold nothing unknown get here. */
function objectOf(inputs: Properties): KubeObject {
  return structuredClone(inputs) as unknown as KubeObject;
}
