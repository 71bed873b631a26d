import type {
  V1Container,
  V1EnvFromSource,
  V1PodSpec,
  V1PodTemplateSpec,
} from "@kubernetes/client-node";

/** An object as helm renders it. */
export interface Rendered {
  readonly apiVersion?: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly stringData?: Readonly<Record<string, unknown>>;
}

/** An object that makes pods. */
export interface Workload {
  readonly object: Rendered;
  readonly template: V1PodTemplateSpec;
  /** Init containers first. */
  readonly containers: readonly V1Container[];
}

const WORKLOADS: readonly string[] = [
  "Deployment",
  "StatefulSet",
  "DaemonSet",
  "ReplicaSet",
  "Job",
  "CronJob",
  "Pod",
];

/** Those that keep pods up until they are told otherwise. */
const LASTING: readonly string[] = ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"];

/** `Deployment/app-blue`. */
export function title({ kind, metadata }: Rendered): string {
  return `${kind}/${metadata.name}`;
}

/** What is one object in a cluster, whatever it holds. */
export function identity(object: Rendered): string {
  return `${title(object)} ${object.metadata.namespace ?? ""}`;
}

/** An object as it is in another render; undefined where it is not. */
export function sameIn(objects: readonly Rendered[], object: Rendered): Rendered | undefined {
  return objects.find((each) => identity(each) === identity(object));
}

export function workloadsOf(objects: readonly Rendered[]): Workload[] {
  return objects
    .filter(({ kind }) => WORKLOADS.includes(kind))
    .map((object) => {
      const template = podTemplate(object);
      const { initContainers = [], containers = [] } = podSpec(template);
      return { object, template, containers: [...initContainers, ...containers] };
    });
}

export function lasts({ object }: Workload): boolean {
  return LASTING.includes(object.kind);
}

export function podSpec({ spec }: V1PodTemplateSpec): V1PodSpec {
  return { ...spec, containers: spec?.containers ?? [] };
}

function podTemplate({ kind, metadata, spec = {} }: Rendered): V1PodTemplateSpec {
  if (kind === "Pod") {
    return { metadata, spec: spec as unknown as V1PodSpec };
  }
  const of = kind === "CronJob" ? at(spec, "jobTemplate", "spec") : spec;
  return at(of, "template") ?? {};
}

/** A value below some keys; undefined where one of them is missing. */
export function at(value: unknown, ...keys: readonly string[]): unknown {
  return keys.reduce<unknown>(
    (found, key) =>
      typeof found === "object" && found !== null
        ? (found as Record<string, unknown>)[key]
        : undefined,
    value,
  );
}

/** Moments of helm at which an object is made, such as `pre-install`; none of an ordinary one. */
export function hooksOf({ metadata }: Rendered): string[] {
  const hooks = metadata.annotations?.["helm.sh/hook"] ?? "";
  return hooks
    .split(",")
    .map((hook) => hook.trim())
    .filter((hook) => hook !== "");
}

/** The entries of a Secret or ConfigMap in clear text. */
export function entriesOf({ kind, data = {}, stringData = {} }: Rendered): Record<string, string> {
  const decode = (value: unknown) =>
    kind === "Secret" ? Buffer.from(String(value), "base64").toString("utf8") : String(value);
  const entries: [string, string][] = [
    ...Object.entries(data).map(([key, value]): [string, string] => [key, decode(value)]),
    ...Object.entries(stringData).map(([key, value]): [string, string] => [key, String(value)]),
  ];
  return Object.fromEntries(entries);
}

/** A reference of a pod to a Secret or a ConfigMap, and whether the pod starts without it. */
export interface Reference {
  readonly kind: "Secret" | "ConfigMap";
  readonly name: string;
  /** The key of it, where only one is read. */
  readonly key?: string | undefined;
  readonly isOptional: boolean;
  /** What makes the reference, such as `env PGPASSWORD`. */
  readonly by: string;
}

/** What a container reads by its environment. */
export function environmentReferences({ env = [], envFrom = [] }: V1Container): Reference[] {
  return [
    ...env.flatMap(({ name: variable, valueFrom }) => [
      ...reference("Secret", valueFrom?.secretKeyRef, `env ${variable}`),
      ...reference("ConfigMap", valueFrom?.configMapKeyRef, `env ${variable}`),
    ]),
    ...envFrom.flatMap((source: V1EnvFromSource) => [
      ...reference("Secret", source.secretRef, "envFrom"),
      ...reference("ConfigMap", source.configMapRef, "envFrom"),
    ]),
  ];
}

interface Named {
  readonly name?: string | undefined;
  readonly key?: string | undefined;
  readonly optional?: boolean | undefined;
}

function reference(kind: Reference["kind"], to: Named | undefined, by: string): Reference[] {
  return to?.name === undefined
    ? []
    : [{ kind, name: to.name, key: to.key, isOptional: to.optional === true, by }];
}

/** What a pod reads by its volumes, by the volume's name. */
export function volumeReferences(spec: V1PodSpec): (Reference & { readonly volume: string })[] {
  return (spec.volumes ?? []).flatMap(({ name: volume, secret, configMap, projected }) => {
    const by = `volume ${volume}`;
    return [
      ...reference("Secret", secret && { ...secret, name: secret.secretName }, by),
      ...reference("ConfigMap", configMap, by),
      ...(projected?.sources ?? []).flatMap((source) => [
        ...reference("Secret", source.secret, by),
        ...reference("ConfigMap", source.configMap, by),
      ]),
    ].map((each) => ({ ...each, volume }));
  });
}

/** The SecretProviderClasses that a pod mounts, by volume. */
export function mountedClasses(spec: V1PodSpec): { volume: string; name: string }[] {
  return (spec.volumes ?? []).flatMap(({ name, csi }) =>
    csi?.driver === "secrets-store.csi.k8s.io"
      ? [{ volume: name, name: csi.volumeAttributes?.["secretProviderClass"] ?? "" }]
      : [],
  );
}

/** The labels that an object selects pods by; none where it selects none. */
export function selectorOf({ kind, spec }: Rendered): Record<string, string> | undefined {
  const selector =
    kind === "Service"
      ? at(spec, "selector")
      : kind === "NetworkPolicy"
        ? at(spec, "podSelector", "matchLabels")
        : at(spec, "selector", "matchLabels");
  const labels = selector as Record<string, string> | undefined;
  return labels && Object.keys(labels).length > 0 ? labels : undefined;
}

/** The labels of a workload's pods. */
export function labelsOf({ template }: Workload): Record<string, string> {
  return template.metadata?.labels ?? {};
}

/** Whether pods with these labels have those of a selector. */
export function matches(
  selector: Readonly<Record<string, string>>,
  labels: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value);
}

export function selects(object: Rendered, workload: Workload): boolean {
  const selector = selectorOf(object);
  return selector !== undefined && matches(selector, labelsOf(workload));
}

/** Paths at which two values differ. */
export function differences(one: unknown, other: unknown, path = ""): string[] {
  if (Object.is(one, other)) {
    return [];
  }
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) {
    return [path];
  }
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...keys].flatMap((key) =>
    differences(at(one, key), at(other, key), path === "" ? key : `${path}.${key}`),
  );
}
