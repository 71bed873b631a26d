import assert from "node:assert";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { type CertificateAuthority, createAuthority } from "../../twin/world/certificates";
import type { SecretRequest } from "../../twin/world/contracts";
import { Cluster, type ClusterOptions } from "../../twin/kubernetes/cluster";
import { standardImages, type ImageTable } from "../../twin/kubernetes/kubelet/images";
import type { KubeObject } from "../../twin/kubernetes/api/objects";
import { addresses, TestJournal } from "./loopback";

/** A server that is ready when READY_FILE exists (or is not set) and answers with what it sees. */
const WEB = `
  const { existsSync, readFileSync } = require("node:fs");
  const { READY_FILE, PASSWORD_FILE, POD_IP } = process.env;
  process.on("SIGTERM", () => { if (!process.env.STUBBORN) process.exit(0); });
  require("node:http").createServer((request, response) => {
    if (request.url === "/readyz") {
      response.statusCode = !READY_FILE || existsSync(READY_FILE) ? 200 : 503;
      response.end();
    } else {
      const password = PASSWORD_FILE && readFileSync(PASSWORD_FILE, "utf8");
      response.end(JSON.stringify({ pid: process.pid, environment: process.env, password }));
    }
  }).listen(8080, POD_IP);
`;

const images: ImageTable = (reference) =>
  reference === "test/web:1"
    ? { entrypoint: [process.execPath, "-e", WEB] }
    : standardImages(reference);

export const PAUSE = "docker.io/local/pause:1";
export const NAMESPACE = "app";

type Fields = Record<string, unknown>;

/** What a pod has mounted of a SecretProviderClass, in the driver's words. */
export interface Mounted {
  readonly podName: string;
  readonly objects: readonly { readonly version: string }[];
}

/** A cluster with a namespace, a vault that is a function, and a journal to look into. */
export class TestCluster {
  readonly journal = new TestJournal();
  readonly directory = mkdtempSync(join(tmpdir(), "cluster-"));
  /** What the vault answers; may be replaced. */
  readSecret: (request: SecretRequest) => Promise<{ value: string; version: string }> = () =>
    Promise.resolve({ value: "correct horse", version: "v1" });
  cluster!: Cluster;

  static async start(
    labels: Record<string, string> = {},
    options: ClusterOptions = {},
    known?: CertificateAuthority,
  ): Promise<TestCluster> {
    const test = new TestCluster();
    const { journal, directory } = test;
    const authority = known ?? (await createAuthority(directory));
    test.cluster = new Cluster(
      { directory, addresses, journal: journal.journal, authority },
      {
        name: "aks",
        resourceGroup: "rg",
        tenantId: "tenant",
        issuer: "https://issuer.example/",
        secrets: { read: (request) => test.readSecret(request) },
      },
      { images, classLagSeconds: 1, republishSeconds: 1, pollSeconds: 1, ...options },
    );
    await test.cluster.start();
    await test.create("v1", "Namespace", NAMESPACE, {}, { labels });
    return test;
  }

  async stop(): Promise<void> {
    await this.cluster.stop();
    await this.journal.close();
    rmSync(this.directory, { recursive: true });
  }

  create(
    apiVersion: string,
    kind: string,
    name: string,
    content: Fields,
    metadata: Fields = {},
  ): Promise<KubeObject> {
    return this.cluster.create(objectOf(apiVersion, kind, name, content, metadata));
  }

  /** Waits for a state of an object of the namespace; fails after ten seconds. */
  async until(
    kind: string,
    name: string,
    predicate: (object: KubeObject) => boolean,
  ): Promise<KubeObject> {
    const ref = { apiVersion: versions[kind] ?? "v1", kind, namespace: NAMESPACE, name };
    const holds = (object: KubeObject | undefined) => object !== undefined && predicate(object);
    return (await this.cluster.until(ref, holds, AbortSignal.timeout(10_000))) as KubeObject;
  }

  /** Waits until the driver says of a pod what it has mounted. */
  async untilMounted(holds: (mounted: Mounted) => boolean): Promise<Mounted> {
    const kind = { apiVersion: SECRETS_STORE, kind: "SecretProviderClassPodStatus" };
    const limit = Date.now() + 10_000;
    for (;;) {
      const statuses = this.cluster.list(kind, NAMESPACE).map(({ status }) => status);
      const found = (statuses as unknown as Mounted[]).find(holds);
      if (found) {
        return found;
      }
      assert.ok(Date.now() < limit, `no pod has that mounted: ${JSON.stringify(statuses)}`);
      await setTimeout(20);
    }
  }

  async untilPod(holds: (pod: KubeObject) => boolean): Promise<KubeObject> {
    const limit = Date.now() + 10_000;
    for (;;) {
      const found = this.pods().find(holds);
      if (found) {
        return found;
      }
      assert.ok(Date.now() < limit, "no pod is as it should be");
      await setTimeout(20);
    }
  }

  pods(): KubeObject[] {
    return this.cluster.list({ apiVersion: "v1", kind: "Pod" }, NAMESPACE);
  }

  endpoints(name: string): { ready: string[]; notReady: string[] } {
    type Address = { ip: string };
    type Subset = { addresses?: Address[]; notReadyAddresses?: Address[] };
    const ref = { apiVersion: "v1", kind: "Endpoints", namespace: NAMESPACE, name };
    const subsets = (this.cluster.get(ref)?.subsets ?? []) as Subset[];
    const ips = (list: Address[] = []) => list.map(({ ip }) => ip);
    return {
      ready: subsets.flatMap((s) => ips(s.addresses)),
      notReady: subsets.flatMap((s) => ips(s.notReadyAddresses)),
    };
  }
}

const SECRETS_STORE = "secrets-store.csi.x-k8s.io/v1";

const versions: Record<string, string> = {
  CronJob: "batch/v1",
  Deployment: "apps/v1",
  HorizontalPodAutoscaler: "autoscaling/v2",
  Job: "batch/v1",
  PodDisruptionBudget: "policy/v1",
  SecretProviderClass: SECRETS_STORE,
  StatefulSet: "apps/v1",
};

export function objectOf(
  apiVersion: string,
  kind: string,
  name: string,
  content: Fields,
  metadata: Fields = {},
): KubeObject {
  const namespace = kind === "Namespace" ? {} : { namespace: NAMESPACE };
  return { apiVersion, kind, metadata: { name, ...namespace, ...metadata }, ...content };
}

/** A SecretProviderClass with one version of a vault's secret, in the file `password`; `spec` adds to it. */
export function providerClass(
  name: string,
  secret: string,
  version: string,
  spec: Fields = {},
): KubeObject {
  const objects = `array:
  - |
    objectName: ${secret}
    objectType: secret
    objectVersion: "${version}"
    objectAlias: password
`;
  const parameters = { clientID: "client", keyvaultName: "vault", tenantId: "tenant", objects };
  return objectOf("secrets-store.csi.x-k8s.io/v1", "SecretProviderClass", name, {
    spec: { provider: "azure", parameters, ...spec },
  });
}

/** A Deployment of one container, which also is its only pod label. */
export function deployment(
  name: string,
  container: Fields,
  { pod = {}, labels = {}, ...spec }: { pod?: Fields; labels?: Fields } & Fields = {},
): KubeObject {
  return objectOf("apps/v1", "Deployment", name, {
    spec: {
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name, ...labels } },
        spec: { containers: [{ name: "c", ...container }], ...pod },
      },
      ...spec,
    },
  });
}

/** A StatefulSet of one container, as {@link deployment} makes a Deployment. */
export function statefulSet(...args: Parameters<typeof deployment>): KubeObject {
  return { ...deployment(...args), kind: "StatefulSet" };
}

/** The test server with a probe every second. */
export function web(environment: Record<string, string> = {}): Fields {
  return {
    image: "test/web:1",
    env: [
      { name: "POD_IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
      ...Object.entries(environment).map(([name, value]) => ({ name, value })),
    ],
    ports: [{ name: "http", containerPort: 8080 }],
    readinessProbe: { httpGet: { path: "/readyz", port: "http" }, periodSeconds: 1 },
  };
}

export function job(
  name: string,
  script: string,
  spec: Fields = {},
  labels: Fields = {},
): KubeObject {
  return objectOf("batch/v1", "Job", name, {
    spec: {
      backoffLimit: 0,
      template: {
        metadata: { labels },
        spec: {
          containers: [{ name: "c", image: PAUSE, command: ["/bin/sh", "-c", script] }],
          restartPolicy: "Never",
          terminationGracePeriodSeconds: 1,
        },
      },
      ...spec,
    },
  });
}

/** A CronJob of Jobs as {@link job} makes them, one each minute. */
export function cronJob(name: string, script: string, spec: Fields = {}): KubeObject {
  return objectOf("batch/v1", "CronJob", name, {
    spec: { schedule: "* * * * *", jobTemplate: { spec: job(name, script).spec }, ...spec },
  });
}

export function conditionOf(object: KubeObject, type: string): Fields | undefined {
  const conditions = (object.status?.conditions ?? []) as Fields[];
  return conditions.find((condition) => condition.type === type);
}

/** Whether the newest state of a Deployment is in force. */
export function isRolledOut(object: KubeObject): boolean {
  return (
    object.status?.observedGeneration === object.metadata.generation &&
    conditionOf(object, "Progressing")?.reason === "NewReplicaSetAvailable" &&
    (object.status?.replicas ?? 0) === object.spec?.replicas &&
    (object.status?.availableReplicas ?? 0) === object.spec?.replicas
  );
}

export function isOver(object: KubeObject): boolean {
  return [conditionOf(object, "Complete"), conditionOf(object, "Failed")].some((c) => c);
}
