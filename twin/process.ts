import type { Identity, MountAttempt, ObjectDump, VaultAccess } from "./inspection";
import type { Fault } from "./faults";
import type { DeployerRole } from "./azure/arm/situation";
import type { Interruption } from "./plugin/interruptions";
import type { Entry } from "./world/journal";
import type { KubeObject, ObjectReference } from "./kubernetes/api/objects";
import type { DrainedPods } from "./kubernetes/controllers/disruptions";
import { type KnownCredential, Twin, type TwinSettings } from "./twin";

/**
 * The twin in a process of its own, driven over the channel of `child_process.fork`: what the
 * engine and the program do must not slow down the gateway that is being measured.
 */
export interface TwinCalls {
  start(settings: TwinSettings): Promise<TwinStart>;
  /** Every credential there is, for the search for leaks. */
  credentials(): Promise<KnownCredential[]>;
  /** Connection settings of the database's superuser, for checks from outside. */
  superuser(): Promise<DatabaseLogin>;
  /** File with the process id of the database server, as long as that runs. */
  databaseProcess(): Promise<string>;
  /** Writes a line into the twin's log. */
  note(text: string): Promise<void>;
  /** See `Inspection`. */
  identities(): Promise<Identity[]>;
  mount(namespace: string, attempt: MountAttempt): Promise<string>;
  vaultAccess(principalId: string): Promise<VaultAccess>;
  administratorPasswords(): Promise<{ name: string; value: string }[]>;
  objects(): Promise<ObjectDump[]>;
  /** Ids of everything in Azure, the program's and what was there before. */
  azureResources(): Promise<string[]>;
  get(reference: ObjectReference): Promise<KubeObject | undefined>;
  apply(object: KubeObject): Promise<KubeObject>;
  remove(reference: ObjectReference): Promise<void>;
  /** Resolves when a Deployment's newest revision is the only one and all of it is available. */
  rolledOut(reference: ObjectReference): Promise<void>;
  /**
   * Empties the nodes of some pods, one pod after another, each when the disruption budgets have room
   * for that; resolves with the names of the pods that have left, rejects when the time is over.
   */
  drain(pods: DrainedPods, timeoutSeconds: number): Promise<string[]>;
  /**
   * What the metrics of a HorizontalPodAutoscaler's target would say from now on; without a number of
   * pods: as many as it has.
   */
  recommend(autoscaler: { namespace: string; name: string }, replicas?: number): Promise<void>;
  /** Changes the counts of node pools by name, as the cluster's autoscaler does. */
  scalePools(counts: Readonly<Record<string, number>>): Promise<void>;
  /** Upgrades the cluster and its pools, as a channel of automatic upgrades does. */
  upgradeCluster(version: string): Promise<void>;
  /** Lets something of the cloud go wrong; a restart is over when this resolves. */
  begin(fault: Fault): Promise<void>;
  /** Ends everything that goes wrong. */
  mend(): Promise<void>;
  /** Makes the subscription one that was never used: of these providers none is registered, and no feature. */
  unregister(namespaces: readonly string[]): Promise<void>;
  /** Gives the database server another administrator's password, as `az postgres flexible-server update` does. */
  setAdministratorPassword(password: string): Promise<void>;
  /** Gives whoever runs `pulumi up` these roles, and takes all others away. */
  assign(roles: readonly DeployerRole[]): Promise<void>;
  /** Registers a provider, or a feature such as `Microsoft.Compute/EncryptionAtHost`. */
  register(name: string): Promise<void>;
  /** Interrupts what the engine does; see `Interruptions`. */
  interrupt(interruption: Interruption): Promise<void>;
  /** Ends all interruptions. */
  release(): Promise<void>;
  /** Resolves when nothing that an engine asked for is under way. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

export interface TwinStart {
  /** Certificate of the authority behind every endpoint of the twin, PEM. */
  readonly authority: string;
  /** Object id of whoever runs `pulumi up`. */
  readonly deployerId: string;
  /** Port of each provider. */
  readonly ports: Readonly<Record<string, number>>;
  /** What clients of the twin need in their environment. */
  readonly variables: Readonly<Record<string, string>>;
}

export interface DatabaseLogin {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly certificate: string;
}

export type Request = { id: number; call: keyof TwinCalls; args: unknown[] };
export type Report =
  { id: number; value: unknown } | { id: number; error: string } | { entry: Entry };

const ROLLOUT_TIMEOUT_MS = 300_000;

let twin: Twin | undefined;

function running(): Twin {
  if (twin === undefined) {
    throw new Error("The twin is not running.");
  }
  return twin;
}

const calls: TwinCalls = {
  async start(settings) {
    twin = await Twin.start(settings);
    twin.world.journal.onEntry((entry) => send({ entry }));
    const authority = twin.world.authority.certificate;
    const deployerId = twin.cloud.deployer.objectId;
    return { authority, deployerId, ports: twin.ports, variables: twin.variables() };
  },
  credentials: () => Promise.resolve(running().credentials()),
  superuser() {
    const { superuser } = running().database();
    const { host = "", user = "", port = 0 } = superuser;
    return Promise.resolve({
      host,
      port,
      user,
      password: superuser.password as string,
      certificate: running().world.authority.certificate,
    });
  },
  databaseProcess: () => Promise.resolve(running().database().processFile),
  note(text) {
    running().world.journal.write("rehearsal", "note", { text });
    return Promise.resolve();
  },
  identities: () => Promise.resolve(running().inspection().identities()),
  mount: (namespace, attempt) => running().inspection().mount(namespace, attempt),
  vaultAccess: (principalId) => Promise.resolve(running().inspection().vaultAccess(principalId)),
  administratorPasswords: () => Promise.resolve(running().inspection().administratorPasswords()),
  azureResources: () => Promise.resolve(running().cloud.resources.ids()),
  objects: () => Promise.resolve(running().inspection().objects()),
  get: (reference) => Promise.resolve(running().cluster().get(reference)),
  apply: (object) => running().cluster().apply(object, { manager: "kubectl-patch" }),
  remove: (reference) => running().cluster().delete(reference),
  async rolledOut(reference) {
    const signal = AbortSignal.timeout(ROLLOUT_TIMEOUT_MS);
    await running().cluster().until(reference, isRolledOut, signal);
  },
  drain: (pods, timeoutSeconds) =>
    running()
      .cluster()
      .drain(pods, AbortSignal.timeout(timeoutSeconds * 1000)),
  recommend(autoscaler, replicas) {
    running().cluster().recommend(autoscaler, replicas);
    return Promise.resolve();
  },
  scalePools(counts) {
    running().scalePools(counts);
    return Promise.resolve();
  },
  upgradeCluster(version) {
    running().upgradeCluster(version);
    return Promise.resolve();
  },
  begin: (fault) => running().begin(fault),
  mend() {
    running().mend();
    return Promise.resolve();
  },
  unregister(namespaces) {
    const { features, unregistered } = running().cloud.situation;
    namespaces.forEach((namespace) => unregistered.add(namespace));
    features.clear();
    return Promise.resolve();
  },
  setAdministratorPassword: (password) => running().setAdministratorPassword(password),
  assign(roles) {
    running().cloud.situation.roles = [...roles];
    return Promise.resolve();
  },
  register(name) {
    const { features, unregistered } = running().cloud.situation;
    unregistered.delete(name);
    if (name.includes("/")) {
      features.set(name, "Registered");
    }
    return Promise.resolve();
  },
  interrupt(interruption) {
    running().interruptions.add(interruption);
    return Promise.resolve();
  },
  release() {
    running().interruptions.release();
    return Promise.resolve();
  },
  settled: () => running().interruptions.settled(),
  async stop() {
    await twin?.stop();
    twin = undefined;
  },
};

function isRolledOut(object: KubeObject | undefined): boolean {
  const { spec, status, metadata } = object ?? { metadata: {} };
  const wanted = (spec as { replicas: number } | undefined)?.replicas;
  const is = status as Record<string, number> | undefined;
  return (
    is?.["observedGeneration"] === metadata.generation &&
    [is?.["replicas"], is?.["updatedReplicas"], is?.["availableReplicas"]].every(
      (count) => count === wanted,
    )
  );
}

function send(report: Report): void {
  if (process.connected) {
    process.send?.(report);
  }
}

async function answer({ id, call, args }: Request): Promise<void> {
  try {
    const all = calls as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;
    send({ id, value: await all[call]!(...args) });
  } catch (error) {
    send({ id, error: error instanceof Error ? error.message : String(error) });
  }
}

process.on("message", (request: Request) => void answer(request));
// A signal reaches the whole group; whoever started the twin stops it in order.
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => undefined);
// Without the starter there is nobody left to stop for.
process.on("disconnect", () => void calls.stop().finally(() => process.exit(1)));
