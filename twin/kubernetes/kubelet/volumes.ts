import { chmod, mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { mountSecrets, refreshSecrets, type CsiDriver } from "./csi";
import type { KubeObject } from "../api/objects";
import { API_AUDIENCE, type TokenIssuer } from "../api/tokens";
import { as, containersOf, type Data, type KeyToPath, type Pod, type Volume } from "../api/types";

const TOKEN_FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount";

export interface VolumeSources extends CsiDriver {
  readonly tokens: TokenIssuer;
}

/** Permissions of a file, unless the volume has others. */
const USUAL_MODE = 0o644;

/** A file of a volume. */
interface MountedFile {
  readonly content: string | Buffer;
  /** Permissions; the volume's if undefined. */
  readonly mode?: number | undefined;
}

type Files = Record<string, MountedFile>;

/** Fills one folder per volume under `directory`, which nobody else can enter; rejects with the reason. */
export async function mountVolume(
  sources: VolumeSources,
  pod: Pod,
  volume: Volume,
  directory: string,
): Promise<void> {
  const folder = path.join(directory, volume.name);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (volume.csi) {
    await mountSecrets(sources, pod, volume, folder);
    return;
  }
  const files = volume.emptyDir ? {} : filesOf(sources, pod, volume);
  const { defaultMode = USUAL_MODE } = volume.configMap ?? volume.secret ?? volume.projected ?? {};
  for (const [name, { content, mode = defaultMode }] of Object.entries(files)) {
    const file = path.join(folder, name);
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(file, content, { mode: 0o600 });
    // Whatever the umask of the twin's own user is.
    await chmod(file, mode);
  }
}

/** Asks the driver again for what a running pod has mounted, as the kubelet does now and then. */
export async function republishVolume(
  sources: VolumeSources,
  pod: Pod,
  volume: Volume,
  directory: string,
): Promise<void> {
  if (volume.csi) {
    await refreshSecrets(sources, pod, volume, path.join(directory, volume.name));
  }
}

/**
 * The volumes that a container of the pod mounts, with the token folder that admission adds unless it is
 * switched off.
 */
export function volumesOf(pod: Pod, account: KubeObject | undefined): Volume[] {
  const automount = pod.spec.automountServiceAccountToken ?? account?.automountServiceAccountToken;
  const mounted = containersOf(pod.spec).flatMap(({ volumeMounts = [] }) => volumeMounts);
  const volumes = (pod.spec.volumes ?? []).filter(({ name }) =>
    mounted.some((mount) => mount.name === name),
  );
  return [...volumes, ...(automount === false ? [] : [tokenVolume])];
}

const tokenVolume: Volume = {
  name: "kube-api-access",
  projected: {
    sources: [
      { serviceAccountToken: { path: "token" } },
      { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
      {
        downwardAPI: {
          items: [{ path: "namespace", fieldRef: { fieldPath: "metadata.namespace" } }],
        },
      },
    ],
  },
};

/** Mount path to folder, for one container. */
export function mountedFolders(
  pod: Pod,
  container: string,
  directory: string,
): Map<string, string> {
  const mounts = containersOf(pod.spec).find((c) => c.name === container)?.volumeMounts ?? [];
  return new Map([
    [TOKEN_FOLDER, path.join(directory, tokenVolume.name)],
    ...mounts.map((m): [string, string] => [
      m.mountPath,
      path.join(directory, m.name, m.subPath ?? ""),
    ]),
  ]);
}

/** A field of a pod that the downward API offers. */
export function podField(pod: Pod, fieldPath: string): string {
  const key = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(fieldPath);
  if (key) {
    return pod.metadata[key[1] as "labels" | "annotations"]?.[key[2] ?? ""] ?? "";
  }
  const fields: Record<string, string | undefined> = {
    "metadata.name": pod.metadata.name,
    "metadata.namespace": pod.metadata.namespace,
    "metadata.uid": pod.metadata.uid,
    "spec.nodeName": "twin",
    "spec.serviceAccountName": pod.spec.serviceAccountName ?? "default",
    "status.podIP": pod.status?.podIP,
    "status.podIPs": pod.status?.podIP,
    "status.hostIP": "127.0.0.1",
  };
  if (!(fieldPath in fields)) {
    throw new Error(`unsupported fieldPath: ${fieldPath}`);
  }
  return fields[fieldPath] ?? "";
}

function filesOf(sources: VolumeSources, pod: Pod, volume: Volume): Files {
  if (volume.configMap) {
    return dataFiles(sources, pod, "ConfigMap", volume.configMap);
  }
  if (volume.secret) {
    return dataFiles(sources, pod, "Secret", { ...volume.secret, name: volume.secret.secretName });
  }
  const files = (volume.projected?.sources ?? []).map((source) => {
    if (source.serviceAccountToken) {
      const { path: file, audience, expirationSeconds = 3600 } = source.serviceAccountToken;
      const claims = {
        namespace: pod.metadata.namespace ?? "",
        serviceAccount: pod.spec.serviceAccountName ?? "default",
        pod: pod.metadata.name,
      };
      const token = sources.tokens.issue(claims, audience ?? API_AUDIENCE, expirationSeconds);
      return { [file]: { content: token } };
    }
    if (source.downwardAPI) {
      const { items } = source.downwardAPI;
      return Object.fromEntries(
        items.map((i) => [i.path, { content: podField(pod, i.fieldRef?.fieldPath ?? "") }]),
      );
    }
    return source.configMap
      ? dataFiles(sources, pod, "ConfigMap", source.configMap)
      : dataFiles(sources, pod, "Secret", source.secret ?? { name: "" });
  });
  return Object.assign({}, ...files) as Files;
}

function dataFiles(
  sources: VolumeSources,
  pod: Pod,
  kind: "ConfigMap" | "Secret",
  from: { name: string; items?: KeyToPath[]; optional?: boolean },
): Files {
  const { namespace } = pod.metadata;
  const object = sources.store.get({ apiVersion: "v1", kind, namespace, name: from.name });
  if (!object) {
    if (from.optional) {
      return {};
    }
    throw new Error(`${kind === "Secret" ? "secret" : "configmap"} "${from.name}" not found`);
  }
  const data = as<Data>(object).data ?? {};
  const items: KeyToPath[] = from.items ?? Object.keys(data).map((key) => ({ key, path: key }));
  const found = items.filter(({ key }) => !from.optional || data[key] !== undefined);
  return Object.fromEntries(
    found.map(({ key, path: file, mode }) => {
      const value = data[key];
      if (value === undefined) {
        const what = kind === "Secret" ? "secret" : "config";
        throw new Error(`references non-existent ${what} key: ${key}`);
      }
      return [file, { content: Buffer.from(value, kind === "Secret" ? "base64" : "utf8"), mode }];
    }),
  );
}
