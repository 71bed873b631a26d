/** Which cluster a provider talks to, and with which settings. */
import { parse } from "yaml";

import { UNKNOWN, type Checked, type Properties, type Value } from "../../plugin/provider";
import type { ClusterApi, ClusterRegistry } from "../api/objects";
import { isObject } from "../../plugin/values";
import { objectAt, revealed } from "./properties";

/** A configured provider's view of the world. */
export interface Connection {
  readonly cluster: ClusterApi | undefined;
  /** Why there is no cluster. */
  readonly unreachable: string;
  /** Namespace of namespaced objects that name none; undefined when the kubeconfig is unreadable. */
  readonly defaultNamespace: string | undefined;
  readonly settings: Settings;
  /** Aborted when the engine is interrupted. */
  readonly cancelled: AbortSignal;
}

export interface Settings {
  readonly deleteUnreachable: boolean;
  readonly skipUpdateUnreachable: boolean;
  readonly mutableSecrets: boolean;
  readonly mutableConfigMaps: boolean;
  readonly upsert: boolean;
  /** Whether fields are taken over that another client has written. */
  readonly patchForce: boolean;
}

const SETTINGS: ReadonlySet<string> = new Set([
  "cluster",
  "clusterIdentifier",
  "context",
  "deleteUnreachable",
  "enableConfigMapMutable",
  "enablePatchForce",
  "enableSecretMutable",
  "enableServerSideApply",
  "kubeconfig",
  "namespace",
  "skipUpdateUnreachable",
  "suppressDeprecationWarnings",
  "suppressHelmHookWarnings",
  "upsertExistingObjects",
  // What the engine itself adds.
  "__internal",
  "pluginChecksums",
  "pluginDownloadURL",
  "version",
]);

/** Refuses settings that would be ignored. */
export function checkSettings(inputs: Properties): Checked {
  const unknown = Object.keys(inputs).filter((key) => !SETTINGS.has(key));
  const failures = unknown.map((property) => ({
    property,
    reason: `The twin does not know the provider setting ${property}.`,
  }));
  if (isGiven(inputs, "enableServerSideApply") && !isOn(inputs, "enableServerSideApply")) {
    const reason = "The twin knows server-side apply only.";
    failures.push({ property: "enableServerSideApply", reason });
  }
  return { inputs, failures };
}

/** Finds the cluster that the kubeconfig means; one that cannot be found is unreachable. */
export function connect(
  inputs: Properties,
  registry: ClusterRegistry,
  cancelled: AbortSignal,
): Connection {
  const given = revealed(inputs);
  return {
    ...resolve(given, registry),
    settings: {
      deleteUnreachable: isOn(given, "deleteUnreachable"),
      skipUpdateUnreachable: isOn(given, "skipUpdateUnreachable"),
      mutableSecrets: isOn(given, "enableSecretMutable"),
      mutableConfigMaps: isOn(given, "enableConfigMapMutable"),
      upsert: isOn(given, "upsertExistingObjects"),
      patchForce: isOn(given, "enablePatchForce"),
    },
    cancelled,
  };
}

function resolve(
  given: Properties,
  registry: ClusterRegistry,
): Pick<Connection, "cluster" | "unreachable" | "defaultNamespace"> {
  const namespace = textAt(given, "namespace");
  const kubeconfig = given.kubeconfig ?? "";
  if (kubeconfig === "") {
    return {
      cluster: registry.standalone,
      unreachable: "",
      defaultNamespace: namespace ?? "default",
    };
  }
  const config = parseKubeconfig(kubeconfig);
  if (!config) {
    return {
      cluster: undefined,
      unreachable:
        "failed to parse kubeconfig data in `kubernetes:config:kubeconfig`- it is not a kubeconfig",
      defaultNamespace: namespace,
    };
  }
  const context = named(config, "contexts", textAt(given, "context") ?? config["current-context"]);
  const contextSettings = objectAt(context, "context");
  const cluster = named(config, "clusters", textAt(given, "cluster") ?? contextSettings.cluster);
  const server = serverOf(textAt(objectAt(cluster, "cluster"), "server"));
  const found = server === undefined ? registry.standalone : clusterAt(server, registry);
  return {
    cluster: found,
    unreachable: found
      ? ""
      : `unable to load schema information from the API server: Get "https://${server}/openapi/v2?timeout=32s": dial tcp: lookup ${server?.split(":")[0]}: no such host`,
    defaultNamespace: namespace ?? textAt(contextSettings, "namespace") ?? "default",
  };
}

/** Names of AKS, and addresses of the twin. */
const AZURE_SERVER = /\.azmk8s\.io:\d+$|^127\.(?!0\.)/;

/** An address that looks like an AKS cluster must be one; all others are the standalone cluster. */
function clusterAt(server: string, registry: ClusterRegistry): ClusterApi | undefined {
  return registry.byServer(server) ?? (AZURE_SERVER.test(server) ? undefined : registry.standalone);
}

function parseKubeconfig(source: Value): Properties | undefined {
  if (source === UNKNOWN) {
    return undefined;
  }
  try {
    const parsed: unknown = typeof source === "string" ? parse(source) : source;
    return isObject(parsed) && Array.isArray(parsed.clusters) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function named(config: Properties, list: string, name: Value | undefined): Properties {
  const items = config[list];
  const found = Array.isArray(items)
    ? items.find((item) => isObject(item) && item.name === name)
    : undefined;
  return isObject(found) ? found : {};
}

/** Host and port of a URL. */
function serverOf(url: string | undefined): string | undefined {
  if (url === undefined || !URL.canParse(url)) {
    return undefined;
  }
  const { hostname, port } = new URL(url);
  return `${hostname}:${port || "443"}`;
}

function textAt(source: Properties, key: string): string | undefined {
  const value = source[key];
  return typeof value === "string" && value !== "" ? value : undefined;
}

function isGiven(source: Properties, key: string): boolean {
  return source[key] !== undefined && source[key] !== null;
}

/** Settings of a provider travel as texts. */
function isOn(source: Properties, key: string): boolean {
  return source[key] === true || source[key] === "true";
}
