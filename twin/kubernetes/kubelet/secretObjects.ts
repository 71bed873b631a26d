/** The part of the Secrets Store CSI driver on a node that writes what classes say as Secrets. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import type { World } from "../../world/world";
import { admitted } from "../api/defaults";
import { isOrphan } from "../api/garbage";
import type { KubeObject, ObjectReference, OwnerReference } from "../api/objects";
import { volumesDirectory } from "../api/pods";
import { type ObjectStore, refOf } from "../api/store";
import { as, isFinished, isTerminating, type Pod } from "../api/types";
import { validate } from "../api/validation";
import { WorkQueue } from "../api/workQueue";
import type { ClassCache } from "./csi";

const STATUSES = {
  apiVersion: "secrets-store.csi.x-k8s.io/v1",
  kind: "SecretProviderClassPodStatus",
};
/** How the driver finds its own Secrets again. */
const MANAGED = "secrets-store.csi.k8s.io/managed";
/** After a Secret that could not be written, or a class or pod that is missing. */
const RETRY_MS = 5_000;

export interface SecretObjectsOptions {
  /** Seconds after which the Secrets of a pod are written again. */
  readonly resyncSeconds: number;
  /** Seconds between two looks at whose Secrets are. */
  readonly ownersSeconds: number;
}

interface SecretObject {
  readonly secretName?: string;
  readonly type?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly data?: readonly { readonly objectName?: string; readonly key?: string }[];
}

/**
 * Writes Secrets after a mount, from the files of that pod's mount, and again and again while the pod
 * is there: whole, whoever made them, and without an owner. Whose they are is added apart from that.
 */
export class SecretObjects {
  private readonly queue = new WorkQueue((ref) => this.reconcile(ref));
  private readonly owners: NodeJS.Timeout;
  private readonly unwatch: () => void;

  constructor(
    private readonly store: ObjectStore,
    private readonly world: World,
    private readonly classes: ClassCache,
    private readonly options: SecretObjectsOptions,
  ) {
    this.unwatch = store.watch(({ type, object }) => {
      if (object.kind === STATUSES.kind && type !== "deleted") {
        this.queue.add(refOf(object));
      }
    });
    this.owners = setInterval(() => this.addOwners(), options.ownersSeconds * 1000);
  }

  stop(): void {
    this.unwatch();
    this.queue.stop();
    clearInterval(this.owners);
  }

  private reconcile(ref: ObjectReference): void {
    const status = this.store.get(ref);
    const pod = status && this.podOf(status);
    if (status === undefined || (pod && (isTerminating(pod) || isFinished(pod)))) {
      return;
    }
    const found = this.classOf(status);
    if (pod === undefined || found === undefined) {
      this.queue.addAfter(ref, RETRY_MS);
      return;
    }
    const objects = secretObjectsOf(found);
    if (objects.length > 0) {
      const written = objects.map((object) => this.writeSecret(pod, found, object));
      const seconds = this.options.resyncSeconds;
      this.queue.addAfter(ref, written.every(Boolean) ? seconds * 1000 : RETRY_MS);
    }
  }

  /** @returns whether it is there now as the class says it */
  private writeSecret(pod: Pod, found: KubeObject, object: SecretObject): boolean {
    const { secretName: name = "", annotations, labels } = object;
    const { namespace } = pod.metadata;
    try {
      const type = object.type || refuse("secret type is empty");
      const ref = { apiVersion: "v1", kind: "Secret", namespace, name };
      const old = this.store.get(ref);
      const secret = admitted(
        {
          apiVersion: ref.apiVersion,
          kind: ref.kind,
          type,
          data: this.dataOf(pod, found, object),
          metadata: {
            name: name || refuse("secret name is empty"),
            ...(namespace !== undefined && { namespace }),
            labels: { ...labels, [MANAGED]: "true" },
            ...(annotations && { annotations }),
          },
        },
        old,
      );
      validate(secret, old);
      delete secret.metadata.ownerReferences;
      this.store.put(secret);
      return true;
    } catch (error) {
      const { message } = error as Error;
      this.store.warn(pod as unknown as KubeObject, "FailedToCreateSecret", message);
      const subject = { namespace, pod: pod.metadata.name, secret: name };
      this.world.journal.write("kubernetes", "secret not written", { ...subject, reason: message });
      return false;
    }
  }

  /** What the pod has mounted, by key, as base64. */
  private dataOf(pod: Pod, found: KubeObject, { data = [] }: SecretObject): Record<string, string> {
    const { name } = found.metadata;
    const volume = pod.spec.volumes?.find(
      ({ csi }) => csi?.volumeAttributes?.secretProviderClass === name,
    );
    if (volume === undefined || data.length === 0) {
      refuse(
        volume === undefined ? `no volume of the pod is of the class ${name}` : "data is empty",
      );
    }
    const folder = path.join(volumesDirectory(this.world, pod), volume.name);
    return Object.fromEntries(
      data.map(({ objectName, key }) => {
        const file = path.join(folder, objectName || refuse("object name in secretObjects.data"));
        if (!existsSync(file)) {
          refuse(`file matching objectName ${objectName} not found in the pod`);
        }
        return [
          key || refuse("key in secretObjects.data is empty"),
          readFileSync(file).toString("base64"),
        ];
      }),
    );
  }

  /**
   * Adds to each Secret whoever owns the pods that have it from their class. A class or a pod that is
   * missing ends the look for all Secrets of the node.
   */
  private addOwners(): void {
    const owners = new Map<string, { ref: ObjectReference; owners: OwnerReference[] }>();
    for (const status of this.store.list(STATUSES)) {
      const pod = this.podOf(status);
      const found = this.classOf(status);
      if (pod === undefined || found === undefined) {
        return;
      }
      const { namespace } = status.metadata;
      for (const { secretName: name = "" } of secretObjectsOf(found)) {
        const ref = { apiVersion: "v1", kind: "Secret", namespace, name };
        const others = owners.get(`${namespace}/${name}`)?.owners ?? [];
        owners.set(`${namespace}/${name}`, { ref, owners: [...others, ...ownersOf(pod, status)] });
      }
    }
    owners.forEach(({ ref, owners: found }) => this.addOwnersTo(ref, found));
  }

  private addOwnersTo(ref: ObjectReference, owners: readonly OwnerReference[]): void {
    this.store.change(ref, ({ metadata }) => {
      for (const owner of owners) {
        if (!metadata.ownerReferences?.some(({ name }) => name === owner.name)) {
          metadata.ownerReferences = [...(metadata.ownerReferences ?? []), owner];
        }
      }
    });
    const secret = this.store.get(ref);
    // Those that it was given have gone meanwhile.
    if (secret && isOrphan(this.store, secret)) {
      this.store.remove(ref);
    }
  }

  private podOf({ metadata: { namespace }, status }: KubeObject): Pod | undefined {
    const name = status?.podName as string;
    const pod = this.store.get({ apiVersion: "v1", kind: "Pod", namespace, name });
    return pod && as<Pod>(pod);
  }

  private classOf({ metadata: { namespace = "" }, status }: KubeObject): KubeObject | undefined {
    return this.classes.get(namespace, status?.secretProviderClassName as string);
  }
}

function secretObjectsOf({ spec }: KubeObject): readonly SecretObject[] {
  return (spec?.secretObjects ?? []) as unknown as readonly SecretObject[];
}

/** Who owns what the driver writes for a pod: its owners, or its status where it has none. */
function ownersOf({ metadata }: Pod, status: KubeObject): OwnerReference[] {
  const { ownerReferences = [] } = metadata;
  const owners =
    ownerReferences.length === 0
      ? [{ ...STATUSES, name: status.metadata.name, uid: status.metadata.uid ?? "" }]
      : ownerReferences;
  // Without a word about who controls it.
  return owners.map(({ apiVersion, kind, name, uid }) => ({ apiVersion, kind, name, uid }));
}

function refuse(reason: string): never {
  throw new Error(reason);
}
