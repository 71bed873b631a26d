/** Inputs of plain objects: what the provider makes of them before anything is created. */
import type {
  Checked,
  CheckCall,
  CheckFailure,
  Properties,
  ResourceCall,
} from "../../plugin/provider";
import { ProviderError, UNKNOWN } from "../../plugin/provider";
import { AUTO_NAMED, isAutoNamed, unknownAnnotations } from "./annotations";
import { isCustom, kindOf, type Kind } from "../api/kinds";
import { normalizedTo } from "../api/normalization";
import { misfits } from "./misfits";
import { autoName } from "./naming";
import { ApiError, type ObjectReference } from "../api/objects";
import { mapValues, objectAt, revealed, textAt, without, withSecretsOf } from "./properties";
import { hasUnknown, isObject } from "../../plugin/values";
import { shapeOf } from "../api/shapes";

/** Kinds that only a cluster makes. */
const INTERNAL: readonly string[] = [
  "ControllerRevision",
  "Endpoints",
  "Pod",
  "ReplicaSet",
  "SecretProviderClassPodStatus",
];

/** What the server owns; it is no input even if a program sends it. */
const READ_ONLY_METADATA: readonly string[] = [
  "creationTimestamp",
  "deletionGracePeriodSeconds",
  "deletionTimestamp",
  "generation",
  "managedFields",
  "resourceVersion",
  "uid",
];

/** Kinds of which the twin knows a patch: a resource that is a part of an object of others. */
const PATCHED: readonly string[] = ["kubernetes:networking.k8s.io/v1:IngressPatch"];

export function isPatch({ type }: { type: string }): boolean {
  return PATCHED.includes(type);
}

/** The kind of a type token such as `kubernetes:apps/v1:Deployment`; undefined when unknown. */
export function kindOfType(type: string): Kind | undefined {
  const [, groupVersion = "", named = ""] = type.split(":");
  const kind = isPatch({ type }) ? named.replace(/Patch$/, "") : named;
  const apiVersion = groupVersion.replace(/^core\//, "");
  try {
    return INTERNAL.includes(kind) ? undefined : kindOf({ apiVersion, kind });
  } catch (error) {
    if (error instanceof ApiError) {
      return undefined;
    }
    throw error;
  }
}

/** What a resource with an id (`namespace/name`, or the name alone) is called in the cluster. */
export function referenceOf(call: ResourceCall & { id: string }): ObjectReference {
  const kind = kindOfType(call.type);
  if (!kind) {
    throw new ProviderError(`The twin does not know the kind ${call.type}.`);
  }
  const [name = "", namespace] = call.id.split("/").reverse();
  return { apiVersion: kind.apiVersion, kind: kind.kind, namespace, name };
}

/**
 * The inputs as the provider stores and compares them: as the Go type of their kind writes them,
 * and without the clear text of a Secret. Custom resources are left as they are.
 */
export function normalized(inputs: Properties): Properties {
  const isLeft = hasUnknown(inputs) || isCustom(textAt(inputs, "apiVersion"));
  const shape = shapeOf(textAt(inputs, "kind"));
  const whole = isLeft ? inputs : withClearTextEncoded(normalizedTo(shape, inputs));
  if (!isObject(whole.metadata)) {
    return whole;
  }
  return { ...whole, metadata: without(whole.metadata, ...READ_ONLY_METADATA) };
}

function withClearTextEncoded(inputs: Properties): Properties {
  const { stringData, ...rest } = inputs;
  if (inputs.kind !== "Secret" || !isObject(stringData)) {
    return inputs;
  }
  const encoded = mapValues(stringData, (v) =>
    Buffer.from(typeof v === "string" ? v : "").toString("base64"),
  );
  return { ...rest, data: { ...objectAt(rest, "data"), ...encoded } };
}

/** Names the object if the program did not, and finds everything that is wrong with its inputs. */
export function checkObject(call: CheckCall, defaultNamespace: string | undefined): Checked {
  const kind = kindOfType(call.type);
  if (!kind) {
    const reason = `The twin does not know the kind ${call.type}.`;
    return { inputs: call.inputs, failures: [{ property: "", reason }] };
  }
  const { apiVersion } = kind;
  const sent = { ...revealed(call.inputs), apiVersion, kind: kind.kind };
  if (isPatch(call) && textAt(objectAt(sent, "metadata"), "name") === "") {
    throw new ProviderError("patch resources require the `.metadata.name` field to be set");
  }
  const named = withNames(normalized(sent), kind, call, defaultNamespace);
  return {
    inputs: withSecretsOf(named, call.inputs),
    failures: failuresOf(kind.kind, sent, named),
  };
}

function withNames(
  inputs: Properties,
  kind: Kind,
  call: CheckCall,
  defaultNamespace: string | undefined,
): Properties {
  if (inputs.metadata === UNKNOWN) {
    return inputs;
  }
  const metadata = { ...objectAt(inputs, "metadata") };
  if (metadata.generateName !== undefined) {
    throw new ProviderError(
      "the `.metadata.generateName` field is not supported in Server-Side Apply mode",
    );
  }
  if (metadata.name === undefined || metadata.name === "") {
    const isNew = Object.keys(call.oldInputs).length === 0;
    if (isNew || isAutoNamed(call.oldInputs)) {
      const oldName = objectAt(call.oldInputs, "metadata").name;
      metadata.name = isNew ? autoName(call.name, call.randomSeed) : (oldName ?? null);
      if (metadata.annotations !== UNKNOWN) {
        metadata.annotations = { ...objectAt(metadata, "annotations"), [AUTO_NAMED]: "true" };
      }
    }
  }
  if (kind.namespaced && !metadata.namespace && defaultNamespace !== undefined) {
    metadata.namespace = defaultNamespace;
  }
  return { ...inputs, metadata };
}

function failuresOf(kind: string, sent: Properties, named: Properties): CheckFailure[] {
  return [
    ...misfits(sent, shapeOf(kind)).map(({ path, reason }) => ({
      property: path,
      reason: `${path} of a ${kind}: ${reason}`,
    })),
    ...unknownAnnotations(named).map((key) => ({
      property: `metadata.annotations["${key}"]`,
      reason: `The twin does not know this use of the annotation ${key}.`,
    })),
  ];
}
