/** The seam between the provider (what the engine talks to) and the cluster (what stores and runs objects). */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

export interface ObjectMeta {
  name: string;
  namespace?: string;
  uid?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  generation?: number;
  resourceVersion?: string;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  ownerReferences?: OwnerReference[];
  [key: string]: unknown;
}

/** A Kubernetes object as JSON. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  spec?: Record<string, Json>;
  status?: Record<string, Json>;
  [key: string]: unknown;
}

export interface ObjectReference {
  apiVersion: string;
  kind: string;
  namespace?: string;
  name: string;
}

/** An error of the API server. */
export class ApiError extends Error {
  /**
   * @param message as kubectl would print it
   * @param code HTTP status, e.g. 404
   * @param reason `AlreadyExists`, `NotFound`, `Invalid`, `Forbidden`, ...
   */
  constructor(
    message: string,
    readonly code: number,
    readonly reason: string,
  ) {
    super(message);
  }
}

export interface ClusterApi {
  /**
   * Fails with AlreadyExists when the object is there. `dryRun` validates and returns the defaulted
   * object without storing it.
   */
  create(object: KubeObject, options?: { dryRun?: boolean; manager?: string }): Promise<KubeObject>;
  /**
   * Server-side apply: creates the object or replaces the applied fields. Without `force` it fails
   * with Conflict when another manager wrote one of them last; without a manager it is Helm, which
   * takes what it wants.
   *
   * Both refuse what the API server refuses: missing namespace, unknown kind, selector mismatch,
   * invalid names, immutable fields, restricted Pod Security where the namespace enforces it.
   */
  apply(
    object: KubeObject,
    options?: { dryRun?: boolean; manager?: string; force?: boolean },
  ): Promise<KubeObject>;
  /**
   * Server-side apply of an object that is others' besides: what it does not say stays. Without `force`
   * it fails with Conflict like `apply`.
   */
  patch(
    object: KubeObject,
    options: { dryRun?: boolean; manager: string; force: boolean },
  ): Promise<KubeObject>;
  get(ref: ObjectReference): KubeObject | undefined;
  list(kind: { apiVersion: string; kind: string }, namespace?: string): KubeObject[];
  /** Resolves when the object is gone. */
  delete(
    ref: ObjectReference,
    options?: { propagation?: "Foreground" | "Background" },
  ): Promise<void>;
  /**
   * Resolves as soon as the predicate holds for the stored object (checked on every change);
   * rejects with the signal's reason.
   */
  until(
    ref: ObjectReference,
    predicate: (object: KubeObject | undefined) => boolean,
    signal: AbortSignal,
  ): Promise<KubeObject | undefined>;
  /** Texts of Warning events of the object and its pods, newest last. */
  events(ref: ObjectReference): string[];
}

/** Which cluster a kubeconfig means. */
export interface ClusterRegistry {
  /** @param server host and port of the API server, e.g. `app-1a2b.hcp.westeurope.azmk8s.io:443` */
  byServer(server: string): ClusterApi | undefined;
  /** The cluster of a provider without kubeconfig, or with one that no Azure of the twin made. */
  readonly standalone: ClusterApi;
}
