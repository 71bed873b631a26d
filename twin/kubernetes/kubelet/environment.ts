import type { Image } from "./images";
import type { Node } from "./node";
import { rewrite, type Names } from "./rewriting";
import { as, type Container, type Data, type EnvironmentVariable, type Pod } from "../api/types";
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
    NODE_EXTRA_CA_CERTS: node.world.authority.file,
    HOSTNAME: pod.metadata.name,
    KUBERNETES_SERVICE_HOST: node.apiServer,
    KUBERNETES_SERVICE_PORT: "443",
    ...image?.environment,
  };
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
  const { namespace } = pod.metadata;
  const object = node.store.get({ apiVersion: "v1", kind, namespace, name });
  const value = object && as<Data>(object).data?.[key];
  if (value === undefined) {
    if (optional) {
      return undefined;
    }
    throw new Error(
      object
        ? `couldn't find key ${key} in ${kind} ${namespace}/${name}`
        : `${kind.toLowerCase()} "${name}" not found`,
    );
  }
  return kind === "Secret" ? Buffer.from(value, "base64").toString() : value;
}
