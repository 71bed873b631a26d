/**
 * Typed views of the objects the controllers work with. Only validated and defaulted objects get
 * into the store, so fields that have a default are not optional here.
 */
import type { Json, KubeObject, ObjectMeta, ObjectReference } from "./objects";

export interface Probe {
  exec?: { command: string[] };
  httpGet?: HttpGet;
  tcpSocket?: { port: number | string };
  initialDelaySeconds?: number;
  periodSeconds: number;
  timeoutSeconds: number;
  successThreshold: number;
  failureThreshold: number;
}

export interface HttpGet {
  path?: string;
  port: number | string;
  host?: string;
  scheme?: "HTTP" | "HTTPS";
  httpHeaders?: { name: string; value: string }[];
}

export interface LifecycleHandler {
  exec?: { command: string[] };
  httpGet?: HttpGet;
  sleep?: { seconds: number };
}

export interface KeySelector {
  name: string;
  key: string;
  optional?: boolean;
}

export interface EnvironmentVariable {
  name: string;
  value?: string;
  valueFrom?: {
    fieldRef?: { fieldPath: string };
    secretKeyRef?: KeySelector;
    configMapKeyRef?: KeySelector;
  };
}

/** Everything that a ConfigMap or a Secret holds, as variables. */
export interface EnvironmentSource {
  prefix?: string;
  configMapRef?: { name: string; optional?: boolean };
  secretRef?: { name: string; optional?: boolean };
}

export interface VolumeMount {
  name: string;
  mountPath: string;
  subPath?: string;
}

export interface Container {
  name: string;
  image: string;
  /** Of init containers only, and of all of them that the twin runs: it is a sidecar. */
  restartPolicy?: "Always";
  imagePullPolicy: "Always" | "IfNotPresent" | "Never";
  command?: string[];
  args?: string[];
  workingDir?: string;
  envFrom?: EnvironmentSource[];
  env?: EnvironmentVariable[];
  ports?: { name?: string; containerPort: number }[];
  volumeMounts?: VolumeMount[];
  startupProbe?: Probe;
  readinessProbe?: Probe;
  livenessProbe?: Probe;
  lifecycle?: { preStop?: LifecycleHandler };
  securityContext?: Record<string, Json>;
}

export interface KeyToPath {
  key: string;
  path: string;
  /** Permissions of the file. */
  mode?: number;
}

export interface ProjectedSource {
  serviceAccountToken?: { path: string; audience?: string; expirationSeconds?: number };
  configMap?: { name: string; items?: KeyToPath[]; optional?: boolean };
  secret?: { name: string; items?: KeyToPath[]; optional?: boolean };
  downwardAPI?: { items: { path: string; fieldRef?: { fieldPath: string } }[] };
}

export interface Volume {
  name: string;
  emptyDir?: Record<string, Json>;
  configMap?: { name: string; items?: KeyToPath[]; optional?: boolean; defaultMode?: number };
  secret?: { secretName: string; items?: KeyToPath[]; optional?: boolean; defaultMode?: number };
  projected?: { sources: ProjectedSource[]; defaultMode?: number };
  csi?: { driver: string; readOnly?: boolean; volumeAttributes?: Record<string, string> };
}

export interface PodSpec {
  /** Sidecars: they start before the others, one after another, and end after them. */
  initContainers?: Container[];
  containers: Container[];
  volumes?: Volume[];
  restartPolicy: "Always" | "OnFailure" | "Never";
  terminationGracePeriodSeconds: number;
  serviceAccountName?: string;
  automountServiceAccountToken?: boolean;
  securityContext: Record<string, Json>;
  /** Of pods of StatefulSets, which have names of their own. */
  hostname?: string;
  subdomain?: string;
}

export interface PodTemplate {
  metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> };
  spec: PodSpec;
}

/** The condition of a pod that somebody else than its own program ends. */
export const DISRUPTION_TARGET = "DisruptionTarget";

export interface Condition {
  type: string;
  status: "True" | "False" | "Unknown";
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
}

export type ContainerState =
  | { waiting: { reason: string; message?: string } }
  | { running: { startedAt: string } }
  | { terminated: { exitCode: number; reason: string; startedAt: string; finishedAt: string } };

export interface ContainerStatus {
  name: string;
  image: string;
  ready: boolean;
  started: boolean;
  restartCount: number;
  state: ContainerState;
  lastState: ContainerState | Record<string, never>;
}

export interface PodStatus {
  phase: "Pending" | "Running" | "Succeeded" | "Failed";
  podIP?: string;
  startTime?: string;
  conditions: Condition[];
  initContainerStatuses?: ContainerStatus[];
  containerStatuses: ContainerStatus[];
}

interface Typed<S, T = Record<string, Json>> {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  spec: S;
  status?: T;
}

export type Pod = Typed<PodSpec, PodStatus>;

export interface ReplicaSetStatus {
  observedGeneration: number;
  /** Pods that neither end nor have ended, as all counts of a status. */
  replicas: number;
  fullyLabeledReplicas?: number;
  readyReplicas?: number;
  availableReplicas?: number;
  conditions?: Condition[];
}

export type ReplicaSet = Typed<
  {
    replicas: number;
    selector: LabelSelector;
    minReadySeconds?: number;
    template: PodTemplate;
  },
  ReplicaSetStatus
>;

export interface DeploymentStatus {
  observedGeneration: number;
  replicas?: number;
  updatedReplicas?: number;
  readyReplicas?: number;
  availableReplicas?: number;
  unavailableReplicas?: number;
  conditions: (Condition & { lastUpdateTime: string })[];
}

export type Deployment = Typed<
  {
    replicas: number;
    selector: LabelSelector;
    minReadySeconds?: number;
    revisionHistoryLimit: number;
    progressDeadlineSeconds: number;
    paused?: boolean;
    strategy: {
      type: "RollingUpdate" | "Recreate";
      rollingUpdate?: { maxSurge: number | string; maxUnavailable: number | string };
    };
    template: PodTemplate;
  },
  DeploymentStatus
>;

export interface StatefulSetStatus {
  observedGeneration: number;
  /** Pods that there are, also those that end; so is it with the ready and the available ones. */
  replicas: number;
  readyReplicas?: number;
  availableReplicas: number;
  /** Pods of a revision that do not end. */
  currentReplicas?: number;
  updatedReplicas?: number;
  /** Names of ControllerRevisions: the one that all pods had last, and that of the template. */
  currentRevision: string;
  updateRevision: string;
  collisionCount: number;
}

export type StatefulSet = Typed<
  {
    replicas: number;
    selector: LabelSelector;
    serviceName: string;
    minReadySeconds?: number;
    revisionHistoryLimit: number;
    podManagementPolicy: "OrderedReady" | "Parallel";
    updateStrategy: {
      type: "OnDelete" | "RollingUpdate";
      rollingUpdate?: { partition: number };
    };
    template: PodTemplate;
  },
  StatefulSetStatus
>;

/** A template that a StatefulSet has or had, whose pods bear its name. */
export interface ControllerRevision {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  data: { spec: { template: PodTemplate & { $patch: "replace" } } };
  /** Which one it was last, counted from 1. */
  revision: number;
}

export interface JobStatus {
  startTime?: string;
  completionTime?: string;
  active?: number;
  ready?: number;
  succeeded?: number;
  failed?: number;
  terminating?: number;
  uncountedTerminatedPods?: Record<string, never>;
  conditions?: (Condition & { lastProbeTime: string })[];
}

/** What a failure of a pod means for its Job, by the pod's conditions. */
export interface PodFailureRule {
  readonly action: "Count" | "FailJob" | "Ignore";
  readonly onPodConditions: readonly { readonly type: string; readonly status: string }[];
}

export type Job = Typed<
  {
    parallelism: number;
    /** Left open: as many as it takes until one has done the work. */
    completions?: number;
    backoffLimit: number;
    activeDeadlineSeconds?: number;
    podFailurePolicy?: { rules: PodFailureRule[] };
    ttlSecondsAfterFinished?: number;
    completionMode: string;
    manualSelector: boolean;
    podReplacementPolicy: "Failed" | "TerminatingOrFailed";
    suspend: boolean;
    template: PodTemplate;
  },
  JobStatus
>;

/** How a Job has ended; undefined while it has not. */
export function finishedAs({ status }: Job): "Complete" | "Failed" | undefined {
  const is = (name: string) =>
    status?.conditions?.some((c) => c.type === name && c.status === "True") ?? false;
  return is("Complete") ? "Complete" : is("Failed") ? "Failed" : undefined;
}

export interface CronJobStatus {
  /** Its Jobs that have not ended, as far as it has seen. */
  active?: (ObjectReference & { uid: string })[];
  /** For when the last Job was due, whenever it began. */
  lastScheduleTime?: string;
  lastSuccessfulTime?: string;
}

export type CronJob = Typed<
  {
    schedule: string;
    startingDeadlineSeconds?: number;
    concurrencyPolicy: "Allow" | "Forbid" | "Replace";
    suspend: boolean;
    successfulJobsHistoryLimit: number;
    failedJobsHistoryLimit: number;
    jobTemplate: {
      metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> };
      /** Without the defaults of a Job, besides those of its pods. */
      spec: Pick<Job["spec"], "template"> & Partial<Job["spec"]>;
    };
  },
  CronJobStatus
>;

export interface LabelSelector {
  matchLabels?: Record<string, string>;
}

export type PodDisruptionBudget = Typed<
  {
    selector: LabelSelector;
    minAvailable?: number | string;
    maxUnavailable?: number | string;
    unhealthyPodEvictionPolicy?: "AlwaysAllow" | "IfHealthyBudget";
  },
  {
    observedGeneration: number;
    currentHealthy: number;
    desiredHealthy: number;
    disruptionsAllowed: number;
    expectedPods: number;
  }
>;

export type HorizontalPodAutoscaler = Typed<
  {
    scaleTargetRef: { apiVersion?: string; kind: string; name: string };
    minReplicas: number;
    maxReplicas: number;
  },
  {
    currentReplicas?: number;
    desiredReplicas: number;
    lastScaleTime?: string;
    conditions: Condition[];
  }
>;

export interface ServicePort {
  name?: string;
  port: number;
  targetPort: number | string;
}

export type Service = Typed<{
  selector?: Record<string, string>;
  ports?: ServicePort[];
  clusterIP?: string;
  clusterIPs?: string[];
}>;

export type Data = KubeObject & { data?: Record<string, string> };

/** A stored object as the kind it says it is. */
export function as<T>(object: KubeObject): T {
  return object as unknown as T;
}

export function matches(
  selector: Readonly<Record<string, string>>,
  labels: Readonly<Record<string, string>> | undefined,
): boolean {
  return Object.entries(selector).every(([key, value]) => labels?.[key] === value);
}

export function isReady(pod: Pod): boolean {
  return pod.status?.conditions.some((c) => c.type === "Ready" && c.status === "True") ?? false;
}

/**
 * Milliseconds until a pod has been ready for as long as its workload asks for; none are left of an
 * available one, and a pod that is not ready has all time before it.
 */
export function availableIn(pod: Pod, minReadySeconds = 0): number {
  if (!isReady(pod) || minReadySeconds === 0) {
    return isReady(pod) ? 0 : Infinity;
  }
  const since = pod.status?.conditions.find((c) => c.type === "Ready")?.lastTransitionTime;
  return Math.max(Date.parse(since ?? "") + minReadySeconds * 1000 - Date.now(), 0);
}

export function isFinished(pod: Pod): boolean {
  return pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
}

export function isTerminating(object: { metadata: ObjectMeta }): boolean {
  return object.metadata.deletionTimestamp !== undefined;
}

/** All containers of a pod, sidecars first. */
export function containersOf({ initContainers = [], containers }: PodSpec): Container[] {
  return [...initContainers, ...containers];
}

/** A port of a container, which may be given by its name. */
export function portNumber(port: number | string, container: Container): number {
  const named = container.ports?.find((p) => p.name === port)?.containerPort;
  return named ?? Number(port);
}

/** Kubernetes leaves counts of zero out. */
export function counts(values: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(values).filter(([, count]) => count > 0));
}

/** Times as Kubernetes writes them: whole seconds, UTC. */
export function timestamp(at = Date.now()): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}
