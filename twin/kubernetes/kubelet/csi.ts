/** The Secrets Store CSI driver with its Azure provider. */
import {
  mkdtemp,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import path from "node:path";
import { parse } from "yaml";
import type { SecretReader } from "../../world/contracts";
import type { KubeObject } from "../api/objects";
import { type Change, type ObjectStore, refOf } from "../api/store";
import { subjectOf } from "../api/tokens";
import { as, type Pod, type Volume } from "../api/types";

const API_VERSION = "secrets-store.csi.x-k8s.io/v1";
/** Link to the folder with the files that are in force. */
const CURRENT = "..data";

export interface CsiDriver {
  readonly store: ObjectStore;
  readonly issuer: string;
  readonly secrets: SecretReader;
  readonly classes: ClassCache;
  /** Seconds in which a mount that has changed is left alone. */
  readonly pollSeconds: number;
}

/**
 * SecretProviderClasses as the driver knows them: its client reads a cache that hears of a change
 * later, so a pod that starts right after one can still be given what the class said before.
 */
export class ClassCache {
  private readonly known = new Map<string, KubeObject>();
  private readonly timers = new Set<NodeJS.Timeout>();
  private readonly unwatch: () => void;

  constructor(store: ObjectStore, lagSeconds: number) {
    this.unwatch = store.watch((change) => {
      if (change.object.kind === "SecretProviderClass") {
        const timer = setTimeout(() => {
          this.timers.delete(timer);
          this.learn(change);
        }, lagSeconds * 1000);
        this.timers.add(timer);
      }
    });
  }

  get(namespace: string, name: string): KubeObject | undefined {
    return this.known.get(`${namespace}/${name}`);
  }

  stop(): void {
    this.unwatch();
    this.timers.forEach((timer) => clearTimeout(timer));
  }

  private learn({ type, object }: Change): void {
    const key = `${object.metadata.namespace}/${object.metadata.name}`;
    if (type === "deleted") {
      this.known.delete(key);
    } else {
      this.known.set(key, object);
    }
  }
}

interface VaultObject {
  objectName: string;
  objectType: string;
  objectVersion?: string;
  objectAlias?: string;
}

/** Writes the class's objects into a pod's folder; rejects with the reason of the mount event. */
export async function mountSecrets(
  driver: CsiDriver,
  pod: Pod,
  volume: Volume,
  folder: string,
): Promise<void> {
  const { name, namespace = "" } = pod.metadata;
  const className = volume.csi?.volumeAttributes?.secretProviderClass ?? "";
  const object = driver.classes.get(namespace, className);
  if (!object) {
    throw new Error(
      `rpc error: code = Unknown desc = failed to get secretproviderclass ${namespace}/${className}, error: SecretProviderClass.secrets-store.csi.x-k8s.io "${className}" not found`,
    );
  }
  const spec = as<{ spec: { provider: string; parameters?: Record<string, string> } }>(object).spec;
  try {
    const mounted = await readObjects(driver, pod, spec.provider, spec.parameters ?? {});
    await writeFiles(folder, mounted);
    // After the files: whoever reads a version in a status knows that the pod had it.
    recordMount(driver.store, pod, className, mounted);
  } catch (error) {
    throw new Error(
      `rpc error: code = Unknown desc = failed to mount secrets store objects for pod ${namespace}/${name}, err: ${(error as Error).message}`,
    );
  }
}

/**
 * The same for a pod that runs: not before its files have been as they are for a while. The folder's
 * own time is the one that counts, which writing them moves.
 */
export async function refreshSecrets(
  driver: CsiDriver,
  pod: Pod,
  volume: Volume,
  folder: string,
): Promise<void> {
  const { mtimeMs } = await stat(folder);
  if (Date.now() >= mtimeMs + driver.pollSeconds * 1000) {
    await mountSecrets(driver, pod, volume, folder);
  }
}

/**
 * As Kubernetes' atomic writer: all files lie in a folder of their own, which takes the place of the
 * one before in one step. Files that say what they said are left alone.
 */
async function writeFiles(
  folder: string,
  files: readonly { file: string; value: string }[],
): Promise<void> {
  const current = path.join(folder, CURRENT);
  const old = await readlink(current).catch(() => undefined);
  const present = await Promise.all(
    files.map(({ file }) => readFile(path.join(current, file), "utf8").catch(() => undefined)),
  );
  if (old !== undefined && files.every(({ value }, i) => present[i] === value)) {
    return;
  }
  const next = path.basename(await mkdtemp(`${folder}/..`));
  for (const { file, value } of files) {
    await writeFile(path.join(folder, next, file), value, { mode: 0o400 });
  }
  const renamed = path.join(folder, `${CURRENT}_tmp`);
  await symlink(next, renamed);
  await rename(renamed, current);
  for (const { file } of files) {
    const link = path.join(folder, file);
    await symlink(path.join(CURRENT, file), link).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") {
        throw error;
      }
    });
  }
  if (old !== undefined) {
    await rm(path.join(folder, old), { recursive: true });
  }
}

async function readObjects(
  driver: CsiDriver,
  pod: Pod,
  provider: string,
  parameters: Readonly<Record<string, string>>,
): Promise<{ file: string; value: string; id: string; version: string }[]> {
  const objects = vaultObjects(provider, parameters);
  const { clientID = "", tenantId = "", keyvaultName = "" } = parameters;
  const subject = subjectOf({
    namespace: pod.metadata.namespace ?? "",
    serviceAccount: pod.spec.serviceAccountName ?? "default",
  });
  return Promise.all(
    objects.map(async ({ objectName, objectAlias, objectVersion }) => {
      const { value, version } = await driver.secrets.read({
        issuer: driver.issuer,
        subject,
        clientId: clientID,
        tenantId,
        vaultName: keyvaultName,
        secretName: objectName,
        version: objectVersion ?? "",
      });
      return { file: objectAlias || objectName, value, id: `secret/${objectName}`, version };
    }),
  );
}

function vaultObjects(
  provider: string,
  parameters: Readonly<Record<string, string>>,
): VaultObject[] {
  if (provider !== "azure") {
    throw new Error(`provider not found: provider "${provider}"`);
  }
  for (const name of ["keyvaultName", "tenantId", "objects", "clientID"]) {
    if (!parameters[name]) {
      throw new Error(`${name} is not set`);
    }
  }
  for (const name of ["usePodIdentity", "useVMManagedIdentity"]) {
    if ((parameters[name] ?? "false") !== "false") {
      throw new Error(`${name} is not supported, workload identity is`);
    }
  }
  const { array } = (parse(parameters.objects ?? "") ?? {}) as { array?: unknown[] };
  if (!array?.length) {
    throw new Error("objects is not set: it must hold an array");
  }
  return array.map((text) => {
    // As in the real provider each element is YAML text again (`- |`), not a map.
    if (typeof text !== "string") {
      throw new Error("failed to yaml unmarshal objects: cannot unmarshal !!map into string");
    }
    const object = parse(text) as Partial<VaultObject>;
    if (!object.objectName || object.objectType !== "secret") {
      throw new Error(`an object needs objectName and objectType: secret, got ${text.trim()}`);
    }
    const file = object.objectAlias ?? object.objectName;
    if (path.basename(file) !== file) {
      throw new Error(`invalid file name "${file}"`);
    }
    return { ...object, objectVersion: object.objectVersion ?? "" } as VaultObject;
  });
}

/** The driver's evidence of which version a pod holds. */
function recordMount(
  store: ObjectStore,
  pod: Pod,
  className: string,
  mounted: readonly { id: string; version: string }[],
): void {
  const { name, namespace = "", uid = "" } = pod.metadata;
  if (store.get(refOf(pod))?.metadata.uid !== uid) {
    // It has gone meanwhile, and so would its status.
    return;
  }
  store.put({
    apiVersion: API_VERSION,
    kind: "SecretProviderClassPodStatus",
    metadata: {
      name: `${name}-${namespace}-${className}`,
      namespace,
      ownerReferences: [{ apiVersion: "v1", kind: "Pod", name, uid }],
    },
    status: {
      mounted: true,
      podName: name,
      secretProviderClassName: className,
      objects: mounted.map(({ id, version }) => ({ id, version })),
    },
  });
}
