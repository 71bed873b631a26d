import type { DiffCall, Difference, Properties } from "../../plugin/provider";
import { isAutoNamed, REPLACE_UNREADY, replacesUnready } from "./annotations";
import { isJobReady } from "./await";
import { stateOf } from "./checkpoint";
import type { Connection, Settings } from "./connection";
import { kindOfType, normalized, referenceOf } from "./inputs";
import { describePatch, mergePatch, replacedProperties, type Details } from "./mergePatch";
import { objectAt, pruned, revealed, textAt, without } from "./properties";

/** Properties that the API server does not let change, or did not once: a change is a replacement. */
const FIXED: Readonly<Record<string, readonly string[]>> = {
  "apps/v1/Deployment": ["spec.selector"],
  "apps/v1/StatefulSet": [
    "spec.podManagementPolicy",
    "spec.revisionHistoryLimit",
    "spec.selector",
    "spec.serviceName",
  ],
  "batch/v1/Job": ["spec.completions", "spec.parallelism", "spec.selector", "spec.template"],
  "v1/Service": ["spec.clusterIP"],
  "rbac.authorization.k8s.io/v1/RoleBinding": ["roleRef"],
};

/**
 * Compares new inputs with what the last run saw in the cluster, as far as the old inputs reach:
 * what the server added is no difference.
 */
export function diffObject(call: DiffCall, connection: Connection): Difference {
  const state = stateOf(call.state);
  const inputs = canonical(normalized(revealed(call.inputs)), call.type);
  const before = canonical(pruned(state.live, normalized(state.inputs)), call.type);
  const liveMetadata = objectAt(state.live, "metadata");
  const old = withMetadata(before, { name: liveMetadata.name ?? null });

  const patch = mergePatch(old, inputs);
  const rules = ["metadata.name", "metadata.namespace", ...fixedProperties(inputs, connection)];
  const details = withoutIgnored(describePatch(patch, old, inputs, old, rules), call.ignoreChanges);
  const replaces = [
    ...replacedProperties(details),
    ...(isUnready(call, connection) ? [`.metadata.annotations["${REPLACE_UNREADY}"]`] : []),
  ];
  const metadata = objectAt(inputs, "metadata");
  return {
    changes: Object.keys(details).length > 0 || replaces.length > 0 ? "some" : "none",
    replaces,
    // The new object would collide with the old one, unless the provider chooses its name.
    deleteBeforeReplace:
      replaces.length > 0 &&
      !isAutoNamed(inputs) &&
      metadata.name === liveMetadata.name &&
      metadata.namespace === liveMetadata.namespace,
    diffs: [],
    detailedDiff: details,
  };
}

/** With the namespace that the server would use. */
function canonical(object: Properties, type: string): Properties {
  if (kindOfType(type)?.namespaced) {
    const { namespace } = objectAt(object, "metadata");
    return withMetadata(object, { namespace: namespace ?? "default" });
  }
  return { ...object, metadata: without(objectAt(object, "metadata"), "namespace") };
}

function withMetadata(object: Properties, more: Properties): Properties {
  return { ...object, metadata: { ...objectAt(object, "metadata"), ...more } };
}

function fixedProperties(inputs: Properties, { settings }: Connection): readonly string[] {
  const key = `${textAt(inputs, "apiVersion")}/${textAt(inputs, "kind")}`;
  if (isFixedData(key, inputs, settings)) {
    return key === "v1/Secret" ? ["type", "stringData", "data"] : ["binaryData", "data"];
  }
  return key === "v1/Secret" ? ["type"] : (FIXED[key] ?? []);
}

/** Pods see changed data late or never, so other data is another object unless allowed. */
function isFixedData(key: string, inputs: Properties, settings: Settings): boolean {
  const mutable = {
    "v1/Secret": settings.mutableSecrets,
    "v1/ConfigMap": settings.mutableConfigMaps,
  };
  return key in mutable && (inputs.immutable === true || !mutable[key as keyof typeof mutable]);
}

function withoutIgnored(details: Details, ignored: readonly string[]): Details {
  const isIgnored = (path: string) =>
    ignored.some((i) => path === i || path.startsWith(`${i}.`) || path.startsWith(`${i}[`));
  return Object.fromEntries(Object.entries(details).filter(([path]) => !isIgnored(path)));
}

function isUnready(call: DiffCall, { cluster }: Connection): boolean {
  const inputs = revealed(call.inputs);
  const ref = referenceOf(call);
  const live = cluster?.get(ref);
  return ref.kind === "Job" && replacesUnready(inputs) && live !== undefined && !isJobReady(live);
}
