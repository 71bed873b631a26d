import { AUTHORITY, OUTBOUND_ADDRESS, POD_ADDRESS, type Image } from "./image";
import type { Node } from "./node";
import { rewrite, type Names } from "./rewriting";
import {
  as,
  type Container,
  type Data,
  type EnvironmentSource,
  type EnvironmentVariable,
  type Pod,
} from "../api/types";
import { podField } from "./volumes";

/**
 * What a container's program sees: what an image brings, what Kubernetes adds, what the manifest
 * says, and nothing of the environment of the twin.
 */
export function containerEnvironment(
  node: Node,
  pod: Pod,
  container: Container,
  image: Image | undefined,
  names: Names,
): Record<string, string> {
  const environment: Record<string, string> = {
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    // An image would hold the certificates it trusts; the twin's authority stands for those.
    [AUTHORITY]: node.world.authority.file,
    HOSTNAME: pod.metadata.name,
    KUBERNETES_SERVICE_HOST: node.apiServer,
    KUBERNETES_SERVICE_PORT: "443",
    [POD_ADDRESS]: podField(pod, "status.podIP"),
    ...(node.outboundAddress !== undefined && { [OUTBOUND_ADDRESS]: node.outboundAddress }),
  };
  for (const [name, value] of Object.entries(image?.environment ?? {})) {
    environment[name] = expanded(value, environment);
  }
  for (const source of container.envFrom ?? []) {
    for (const [key, value] of Object.entries(allOf(node, pod, source))) {
      environment[`${source.prefix ?? ""}${key}`] = rewrite(value, names);
    }
  }
  for (const variable of container.env ?? []) {
    const value = valueOf(node, pod, variable, environment);
    if (value !== undefined) {
      environment[variable.name] = rewrite(value, names);
    }
  }
  return environment;
}

/** Replaces `$(NAME)`; `$$(NAME)` stays `$(NAME)`, and so does the name of an unknown variable. */
export function expanded(text: string, environment: Readonly<Record<string, string>>): string {
  return text.replace(/\$(\$?)\(([^)]+)\)/g, (match, escape: string, name: string) =>
    escape ? match.slice(1) : (environment[name] ?? match),
  );
}

function valueOf(
  node: Node,
  pod: Pod,
  variable: EnvironmentVariable,
  environment: Readonly<Record<string, string>>,
): string | undefined {
  const from = variable.valueFrom;
  if (!from) {
    return expanded(variable.value ?? "", environment);
  }
  if (from.fieldRef) {
    return podField(pod, from.fieldRef.fieldPath);
  }
  const kind = from.secretKeyRef ? "Secret" : "ConfigMap";
  const { name = "", key = "", optional } = from.secretKeyRef ?? from.configMapKeyRef ?? {};
  const data = dataOf(node, pod, kind, name);
  const value = data?.[key];
  if (value === undefined && !optional) {
    throw data
      ? new Error(`couldn't find key ${key} in ${kind} ${pod.metadata.namespace}/${name}`)
      : notFound(kind, name);
  }
  return value;
}

function allOf(node: Node, pod: Pod, source: EnvironmentSource): Record<string, string> {
  const kind = source.secretRef ? "Secret" : "ConfigMap";
  const { name = "", optional } = source.secretRef ?? source.configMapRef ?? {};
  const data = dataOf(node, pod, kind, name);
  if (!data && !optional) {
    throw notFound(kind, name);
  }
  return data ?? {};
}

/** In clear text; undefined when there is no such object. */
function dataOf(
  node: Node,
  pod: Pod,
  kind: "ConfigMap" | "Secret",
  name: string,
): Record<string, string> | undefined {
  const { namespace } = pod.metadata;
  const object = node.store.get({ apiVersion: "v1", kind, namespace, name });
  const entries = Object.entries((object && as<Data>(object).data) ?? {});
  const clear = (value: string) =>
    kind === "Secret" ? Buffer.from(value, "base64").toString() : value;
  return object && Object.fromEntries(entries.map(([key, value]) => [key, clear(value)]));
}

function notFound(kind: string, name: string): Error {
  return new Error(`${kind.toLowerCase()} "${name}" not found`);
}
