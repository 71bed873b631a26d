/** The Secrets Store CSI driver with its Azure provider. */
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { parse } from "yaml";
import type { SecretReader } from "../../world/contracts";
import type { ObjectStore } from "../api/store";
import { subjectOf } from "../api/tokens";
import { as, type Pod, type Volume } from "../api/types";

const API_VERSION = "secrets-store.csi.x-k8s.io/v1";

export interface CsiDriver {
  readonly store: ObjectStore;
  readonly issuer: string;
  readonly secrets: SecretReader;
}

interface VaultObject {
  objectName: string;
  objectType: string;
  objectVersion?: string;
  objectAlias?: string;
}

/** Writes the class's objects into the folder; rejects with the reason of the mount event. */
export async function mountSecrets(
  driver: CsiDriver,
  pod: Pod,
  volume: Volume,
  folder: string,
): Promise<void> {
  const { name, namespace = "" } = pod.metadata;
  const className = volume.csi?.volumeAttributes?.secretProviderClass ?? "";
  const ref = { apiVersion: API_VERSION, kind: "SecretProviderClass", namespace, name: className };
  const object = driver.store.get(ref);
  if (!object) {
    throw new Error(
      `rpc error: code = Unknown desc = failed to get secretproviderclass ${namespace}/${className}, error: SecretProviderClass.secrets-store.csi.x-k8s.io "${className}" not found`,
    );
  }
  const spec = as<{ spec: { provider: string; parameters?: Record<string, string> } }>(object).spec;
  try {
    const mounted = await readObjects(driver, pod, spec.provider, spec.parameters ?? {});
    for (const { file, value } of mounted) {
      await writeFile(path.join(folder, file), value, { mode: 0o400 });
    }
    recordMount(driver.store, pod, className, mounted);
  } catch (error) {
    throw new Error(
      `rpc error: code = Unknown desc = failed to mount secrets store objects for pod ${namespace}/${name}, err: ${(error as Error).message}`,
    );
  }
}

async function readObjects(
  driver: CsiDriver,
  pod: Pod,
  provider: string,
  parameters: Readonly<Record<string, string>>,
): Promise<{ file: string; value: string; id: string; version: string }[]> {
  const objects = vaultObjects(provider, parameters);
  if (pod.metadata.labels?.["azure.workload.identity/use"] !== "true") {
    throw new Error('the pod has no label azure.workload.identity/use: "true"');
  }
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
