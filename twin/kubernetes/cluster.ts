import type { PoolMember } from "../world/gatewayConfiguration";
import type { ClusterHandle, ClusterSettings, IngressSource, PodProbe } from "../world/contracts";
import type { World } from "../world/world";
import { ApiServer } from "./api/api";
import { admitted, initialStatus, withoutMade } from "./api/defaults";
import { deleteObject, type Propagation } from "./api/deletion";
import { AutoscalerController, type AutoscalerOptions } from "./controllers/autoscalers";
import { CronJobController } from "./controllers/cronJobs";
import { DeploymentController } from "./controllers/deployments";
import { DisruptionController, drain, evict, type DrainedPods } from "./controllers/disruptions";
import { FieldOwners, type Writer } from "./api/fieldOwners";
import { standardImages, type ImageTable } from "./kubelet/images";
import { JobController } from "./controllers/jobs";
import { execKubeconfig } from "./api/kubeconfig";
import { ClassCache } from "./kubelet/csi";
import { Kubelet } from "./kubelet/kubelet";
import { kindOf, resourceName } from "./api/kinds";
import { ApiError, type ClusterApi, type KubeObject, type ObjectReference } from "./api/objects";
import { jitteredFrom } from "./kubelet/jitter";
import type { Node } from "./kubelet/node";
import { SecretObjects } from "./kubelet/secretObjects";
import { Scales } from "./api/scale";
import { ReplicaSetController } from "./controllers/replicaSets";
import { StatefulSetController } from "./controllers/statefulSets";
import { ServiceProxy } from "./controllers/serviceProxy";
import { EndpointsController, findPort, podsBehind, targetOf } from "./controllers/services";
import { ObjectStore, type Change } from "./api/store";
import { TokenIssuer } from "./api/tokens";
import { as, type Pod, type Service } from "./api/types";
import { validate, validateShape } from "./api/validation";
import { validatePolicy } from "./api/admissionPolicies";

/** AGIC's class, as `ingressClassName` and as the older annotation. */
const INGRESS_CLASS = "azure-application-gateway";
const INGRESS_ANNOTATION = ["kubernetes.io/ingress.class", "azure/application-gateway"] as const;

/** The kubelet's 60 s, to which it adds up to half as much, shortened as the gateway's updates are. */
const REPUBLISH_SECONDS = 10;
/** The driver's 2 minutes in which it leaves alone what has changed, shortened likewise. */
const POLL_SECONDS = 20;
/** The driver's 5 minutes until it writes Secrets again, shortened likewise. */
const RESYNC_SECONDS = 30;
/** How often the driver looks at whose Secrets are. */
const OWNERS_SECONDS = 5;
/** Long enough that a pod which starts right after a change is given the old one. */
const CLASS_LAG_SECONDS = 1;

export interface ClusterOptions {
  readonly images?: ImageTable;
  /** Seconds until the driver of vault secrets hears of a changed class. */
  readonly classLagSeconds?: number;
  /** Seconds between two publications of a running pod's volumes, and up to half as many more. */
  readonly republishSeconds?: number;
  /** Seconds in which the driver leaves a mount alone that has changed (`rotationPollInterval`). */
  readonly pollSeconds?: number;
  /** Seconds until the driver writes the Secrets of a running pod again. */
  readonly resyncSeconds?: number;
  /** Seconds between two looks of the driver at whose Secrets are. */
  readonly ownersSeconds?: number;
  /** Port of the API server; 0 for any, where 443 is not to be had. */
  readonly apiPort?: number;
  /** How fast autoscalers are. */
  readonly autoscalers?: Omit<AutoscalerOptions, "startsFromZero">;
}

/** Failures to be injected. */
export interface Faults {
  /** These pods stay NotReady whatever their probes say. */
  podsNeverReady?: (pod: Pod) => boolean;
  /**
   * Autoscalers give a target without pods the fewest that it may have, as KEDA does
   * (kedacore/keda#523); Kubernetes' own leave it alone.
   */
  scalesFromZero?: boolean;
}

/**
 * A cluster that runs what manifests say as processes of this machine: an object store with the
 * defaults and refusals of the API server, and the controllers the program relies on.
 */
export class Cluster implements ClusterApi, ClusterHandle, IngressSource {
  readonly faults: Faults = {};
  private readonly store = new ObjectStore();
  private readonly owners = new FieldOwners();
  private readonly tokens: TokenIssuer;
  private readonly api: ApiServer;
  private readonly kubelet: Kubelet;
  private readonly classes: ClassCache;
  private readonly proxy: ServiceProxy;
  private readonly autoscalers: AutoscalerController;
  private readonly cronJobs: CronJobController;
  private readonly controllers: readonly { stop(): void }[];

  constructor(
    private readonly world: World,
    private readonly settings: ClusterSettings,
    private readonly options: ClusterOptions = {},
  ) {
    this.tokens = new TokenIssuer(settings.issuer);
    const address = world.addresses.allocate();
    const { isAdministrator = () => false } = settings;
    const scales = new Scales(this.store, this.owners);
    this.api = new ApiServer(world, this.store, this.tokens, scales, isAdministrator, address);
    this.classes = new ClassCache(this.store, options.classLagSeconds ?? CLASS_LAG_SECONDS);
    const node: Node = {
      world,
      store: this.store,
      issuer: settings.issuer,
      secrets: settings.secrets,
      classes: this.classes,
      republishSeconds: jitteredFrom(options.republishSeconds ?? REPUBLISH_SECONDS),
      pollSeconds: options.pollSeconds ?? POLL_SECONDS,
      tokens: this.tokens,
      images: options.images ?? standardImages,
      apiServer: address,
      outboundAddress: settings.outboundAddress,
      address: (service, namespace) => this.serviceAddress(service, namespace),
      neverReady: (pod) => this.faults.podsNeverReady?.(pod) ?? false,
    };
    this.kubelet = new Kubelet(node);
    this.proxy = new ServiceProxy(this.store, world.journal);
    this.autoscalers = new AutoscalerController(this.store, scales, {
      ...options.autoscalers,
      startsFromZero: () => this.faults.scalesFromZero ?? false,
    });
    this.cronJobs = new CronJobController(this.store);
    this.controllers = [
      this.autoscalers,
      new DeploymentController(this.store),
      new ReplicaSetController(this.store),
      new StatefulSetController(this.store),
      new JobController(this.store, world),
      this.cronJobs,
      new DisruptionController(this.store),
      new EndpointsController(this.store),
      new SecretObjects(this.store, world, this.classes, {
        resyncSeconds: options.resyncSeconds ?? RESYNC_SECONDS,
        ownersSeconds: options.ownersSeconds ?? OWNERS_SECONDS,
      }),
    ];
  }

  async start(): Promise<void> {
    await this.api.start(this.options.apiPort ?? 443);
    for (const name of ["default", "kube-system"]) {
      await this.create({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
    }
    await this.create({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "kubernetes", namespace: "default" },
      spec: {
        clusterIP: this.api.address,
        ports: [{ name: "https", port: 443, targetPort: this.api.port }],
      },
    });
  }

  /** Ends every process and every listener; nothing is left behind. */
  async stop(): Promise<void> {
    this.controllers.forEach((controller) => controller.stop());
    this.classes.stop();
    await Promise.all([this.kubelet.stop(), this.proxy.stop(), this.api.stop()]);
  }

  get name(): string {
    return this.settings.name;
  }

  get server(): string {
    return `${this.api.address}:${this.api.port}`;
  }

  kubeconfig(): string {
    return execKubeconfig({
      cluster: this.name,
      resourceGroup: this.settings.resourceGroup,
      tenantId: this.settings.tenantId,
      server: `https://${this.server}`,
      authority: this.world.authority.certificate,
    });
  }

  create(
    object: KubeObject,
    options: { dryRun?: boolean; manager?: string } = {},
  ): Promise<KubeObject> {
    return promised(() => {
      const ref = reference(object);
      const kind = kindOf(ref);
      if (this.store.get(ref)) {
        const text = `${resourceName(kind)} "${ref.name}" already exists`;
        throw new ApiError(text, 409, "AlreadyExists");
      }
      return this.submit(object, options);
    });
  }

  apply(
    object: KubeObject,
    options: { dryRun?: boolean } & Partial<Writer> = {},
  ): Promise<KubeObject> {
    return promised(() => this.submit(object, options));
  }

  patch(object: KubeObject, options: { dryRun?: boolean } & Writer): Promise<KubeObject> {
    return promised(() => {
      const live = this.store.get(reference(object));
      const whole = live ? this.owners.merged(object, live, options.manager) : object;
      const stored = this.submit(whole, options);
      if (options.dryRun !== true) {
        this.owners.share(object, stored.metadata.uid ?? "", options.manager);
      }
      return stored;
    });
  }

  get(ref: ObjectReference): KubeObject | undefined {
    return copyOf(this.store.get(located(ref)));
  }

  list(kind: { apiVersion: string; kind: string }, namespace?: string): KubeObject[] {
    return this.store.list(kind, namespace).map((object) => structuredClone(object));
  }

  async delete(
    ref: ObjectReference,
    { propagation = "Background" }: { propagation?: Propagation } = {},
  ): Promise<void> {
    await deleteObject(this.store, located(ref), propagation);
  }

  /** Asks a pod to leave its node; rejects when a disruption budget has no room for that. */
  evict(pod: { namespace: string; name: string }): Promise<void> {
    return promised(() => evict(this.store, { apiVersion: "v1", kind: "Pod", ...pod }));
  }

  /**
   * Empties the nodes of some pods, as `kubectl drain` and the upgrade of a node pool do: one pod after
   * another, each when the disruption budgets have room for that.
   *
   * @returns names of the pods that have left
   * @throws the signal's reason, when a pod does not leave before it aborts
   */
  drain(pods: DrainedPods, signal: AbortSignal): Promise<string[]> {
    return drain(this.store, pods, signal);
  }

  /**
   * What the metrics of a HorizontalPodAutoscaler's target would say from now on.
   *
   * @param replicas undefined: as many as the target has, whatever that is
   */
  recommend(autoscaler: { namespace: string; name: string }, replicas: number | undefined): void {
    const kind = { apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler" };
    this.autoscalers.recommend({ ...kind, ...autoscaler }, replicas);
  }

  /** Lets the rest of the present minute pass at once, by the clock that CronJobs go by. */
  passMinute(): void {
    this.cronJobs.passMinute();
  }

  async until(
    ref: ObjectReference,
    predicate: (object: KubeObject | undefined) => boolean,
    signal: AbortSignal,
  ): Promise<KubeObject | undefined> {
    return copyOf(await this.store.until(located(ref), predicate, signal));
  }

  events(ref: ObjectReference): string[] {
    const object = this.store.get(located(ref));
    return object
      ? this.store.warningsOf(object).map(({ reason, message }) => `${reason}: ${message}`)
      : [];
  }

  ingresses(): readonly Record<string, unknown>[] {
    const [annotation, value] = INGRESS_ANNOTATION;
    return this.list({ apiVersion: "networking.k8s.io/v1", kind: "Ingress" }).filter(
      ({ spec, metadata }) =>
        spec?.ingressClassName === INGRESS_CLASS || metadata.annotations?.[annotation] === value,
    );
  }

  members(namespace: string, service: string, port: number | string): PoolMember[] | undefined {
    const object = this.service(namespace, service);
    const servicePort = object && findPort(object, port);
    return servicePort && podsBehind(this.store, object).map((pod) => targetOf(pod, servicePort));
  }

  targetPort(namespace: string, service: string, port: number | string): number | undefined {
    const object = this.service(namespace, service);
    const { targetPort } = (object && findPort(object, port)) ?? {};
    return typeof targetPort === "number" ? targetPort : undefined;
  }

  probe(namespace: string, service: string): PodProbe | undefined {
    const object = this.service(namespace, service);
    const containers = object
      ? podsBehind(this.store, object).flatMap((pod) => pod.spec.containers)
      : [];
    const [found] = containers.flatMap(({ livenessProbe, ports = [], readinessProbe }) => {
      const probe = readinessProbe?.httpGet ? readinessProbe : livenessProbe;
      const { httpGet } = probe ?? {};
      return probe && httpGet ? [{ probe, httpGet, port: portOf(httpGet.port, ports) }] : [];
    });
    if (found === undefined) {
      return undefined;
    }
    const { probe, httpGet, port } = found;
    return {
      path: httpGet.path ?? "/",
      ...(port !== undefined && { port }),
      periodSeconds: probe.periodSeconds,
      timeoutSeconds: probe.timeoutSeconds,
      failureThreshold: probe.failureThreshold,
    };
  }

  onChange(listener: () => void): void {
    const relevant = ["Ingress", "Service", "Endpoints"];
    let scheduled = false;
    this.store.watch(({ object }: Change) => {
      if (relevant.includes(object.kind) && !scheduled) {
        scheduled = true;
        setImmediate(() => {
          scheduled = false;
          listener();
        });
      }
    });
  }

  private submit(
    whole: KubeObject,
    { dryRun = false, manager = "helm", force = true }: { dryRun?: boolean } & Partial<Writer>,
  ): KubeObject {
    const ref = reference(whole);
    const old = this.store.get(ref);
    const sent = withoutMade(whole, old);
    validateShape(sent);
    validatePolicy(sent);
    if (ref.namespace !== undefined) {
      this.requireNamespace(ref.namespace);
    }
    const metadata = { ...sent.metadata, namespace: ref.namespace };
    const object = admitted({ ...sent, metadata }, old);
    validate(object, old);
    const note = this.owners.claim(object, old, { manager, force });
    if (dryRun) {
      return object;
    }
    this.allocateAddress(object);
    const stored = this.store.put(old ? object : initialStatus(object));
    note(stored.metadata.uid ?? "");
    if (object.kind === "Namespace" && !old) {
      this.furnish(object.metadata.name);
    }
    return structuredClone(stored);
  }

  private requireNamespace(name: string): void {
    this.store.require({ apiVersion: "v1", kind: "Namespace", name });
  }

  /** What controllers of Kubernetes put into every new namespace. */
  private furnish(namespace: string): void {
    const control = { manager: "kube-controller-manager" };
    this.submit(
      { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default", namespace } },
      control,
    );
    this.submit(
      {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "kube-root-ca.crt", namespace },
        data: { "ca.crt": this.world.authority.certificate },
      },
      control,
    );
  }

  private allocateAddress(object: KubeObject): void {
    if (object.kind === "Service" && object.spec?.clusterIP === undefined) {
      const clusterIP = this.world.addresses.allocate();
      Object.assign(object.spec ?? {}, { clusterIP, clusterIPs: [clusterIP] });
    }
  }

  private service(namespace: string, name: string): Service | undefined {
    const object = this.store.get({ apiVersion: "v1", kind: "Service", namespace, name });
    return object && as<Service>(object);
  }

  private serviceAddress(name: string, namespace: string): string | undefined {
    const address = this.service(namespace, name)?.spec.clusterIP;
    return address === "None" ? undefined : address;
  }
}

/** The reference of an object that a client sends: without a namespace it means `default`. */
function reference(object: KubeObject): ObjectReference {
  const { apiVersion, kind, metadata } = object;
  return located({ apiVersion, kind, namespace: metadata.namespace, name: metadata.name });
}

function located(ref: ObjectReference): ObjectReference {
  return { ...ref, namespace: kindOf(ref).namespaced ? (ref.namespace ?? "default") : undefined };
}

function copyOf(object: KubeObject | undefined): KubeObject | undefined {
  return object && structuredClone(object);
}

/** Makes a refusal a rejection. */
function promised<T>(action: () => T): Promise<T> {
  return new Promise((resolve) => resolve(action()));
}

/** The number of a probe's port, which may be named. */
function portOf(
  port: number | string | undefined,
  ports: readonly { readonly name?: string; readonly containerPort: number }[],
): number | undefined {
  return typeof port === "number" ? port : ports.find(({ name }) => name === port)?.containerPort;
}
