import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { isCustom, kindOf } from "./kinds";
import { normalizedTo } from "./normalization";
import type { KubeObject } from "./objects";
import { shapeOf } from "./shapes";
import { timestamp } from "./types";

type Fields = Record<string, unknown>;

/** Annotation in which a Deployment counts its pod templates. */
export const REVISION = "deployment.kubernetes.io/revision";

/**
 * What the API server makes of an object that a client sends: defaults, and what the server owns,
 * taken over from the stored object if there is one.
 */
export function admitted(sent: KubeObject, old: KubeObject | undefined): KubeObject {
  const kind = kindOf(sent);
  const copy = structuredClone(sent);
  const object = isCustom(sent.apiVersion) ? copy : normalizedTo(shapeOf(sent.kind), copy);
  delete object.status;
  delete object.metadata.managedFields;
  if (!kind.namespaced) {
    delete object.metadata.namespace;
  }
  const { uid, creationTimestamp, deletionTimestamp, ownerReferences } = old?.metadata ?? {};
  object.metadata.uid = uid ?? randomUUID();
  object.metadata.creationTimestamp = creationTimestamp ?? timestamp();
  setIfGiven(object.metadata, { deletionTimestamp, ownerReferences });
  delete object.metadata.generation;
  delete object.metadata.resourceVersion;
  setIfGiven(object.metadata, { resourceVersion: old?.metadata.resourceVersion });
  byKind[object.kind]?.(object, old);
  if (kind.counted) {
    const generation = old?.metadata.generation ?? 0;
    const same = old !== undefined && isDeepStrictEqual(object.spec, old.spec);
    object.metadata.generation = same ? generation : generation + 1;
  }
  setIfGiven(object, { status: old?.status });
  return object;
}

/**
 * What a client sends, without the selector that the server made for a Job: it comes back in a whole
 * object, and no other one is taken.
 */
export function withoutMade(sent: KubeObject, old: KubeObject | undefined): KubeObject {
  const { selector, ...spec } = sent.spec ?? {};
  return sent.kind === "Job" && old && isDeepStrictEqual(selector, old.spec?.selector)
    ? { ...sent, spec }
    : sent;
}

/** The status an object has from the moment it is stored. */
export function initialStatus(object: KubeObject): KubeObject {
  switch (object.kind) {
    case "Namespace":
      return { ...object, status: { phase: "Active" } };
    case "Service":
    case "Ingress":
      return { ...object, status: { loadBalancer: {} } };
    default:
      return object;
  }
}

/** Defaults of a pod template, also used for pods themselves. */
function podSpec(spec: Fields, restartPolicy = "Always"): void {
  defaults(spec, {
    dnsPolicy: "ClusterFirst",
    restartPolicy,
    schedulerName: "default-scheduler",
    securityContext: {},
    terminationGracePeriodSeconds: 30,
  });
  if (spec.serviceAccountName) {
    defaults(spec, { serviceAccount: spec.serviceAccountName });
  }
  containersOf(spec).forEach(container);
  listOf(spec.volumes).forEach(volume);
}

function container(fields: Fields): void {
  const image = typeof fields.image === "string" ? fields.image : "";
  const tag = /:([^/:]+)$/.exec(image)?.[1];
  const floating = !image.includes("@") && (tag === undefined || tag === "latest");
  defaults(fields, {
    imagePullPolicy: floating ? "Always" : "IfNotPresent",
    resources: {},
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
  });
  listOf(fields.ports).forEach((port) => defaults(port, { protocol: "TCP" }));
  listOf(fields.env).forEach((variable) => {
    const from = variable.valueFrom as Fields | undefined;
    if (from?.fieldRef) {
      defaults(from.fieldRef as Fields, { apiVersion: "v1" });
    }
  });
  for (const name of ["startupProbe", "readinessProbe", "livenessProbe"]) {
    const probe = fields[name] as Fields | undefined;
    if (probe) {
      defaults(probe, {
        timeoutSeconds: 1,
        periodSeconds: 10,
        successThreshold: 1,
        failureThreshold: 3,
      });
      httpGet(probe);
    }
  }
  const preStop = (fields.lifecycle as Fields | undefined)?.preStop as Fields | undefined;
  if (preStop) {
    httpGet(preStop);
  }
}

function httpGet(handler: Fields): void {
  if (handler.httpGet) {
    defaults(handler.httpGet as Fields, { path: "/", scheme: "HTTP" });
  }
}

function volume(fields: Fields): void {
  for (const kind of ["configMap", "secret", "projected"]) {
    if (fields[kind]) {
      defaults(fields[kind] as Fields, { defaultMode: 0o644 });
    }
  }
  const projected = fields.projected as Fields | undefined;
  for (const source of listOf(projected?.sources)) {
    if (source.serviceAccountToken) {
      defaults(source.serviceAccountToken as Fields, { expirationSeconds: 3600 });
    }
    const downward = source.downwardAPI as Fields | undefined;
    for (const { fieldRef } of listOf(downward?.items)) {
      defaults((fieldRef ?? {}) as Fields, { apiVersion: "v1" });
    }
  }
}

const byKind: Record<string, (object: KubeObject, old: KubeObject | undefined) => void> = {
  Namespace(object) {
    const labels = {
      ...object.metadata.labels,
      "kubernetes.io/metadata.name": object.metadata.name,
    };
    object.metadata.labels = labels;
    object.spec = { ...object.spec, finalizers: ["kubernetes"] };
  },
  Secret(object) {
    defaults(object, { type: "Opaque" });
    const clear = object.stringData as Record<string, string> | undefined;
    if (clear) {
      const encoded = Object.entries(clear).map(([k, v]) => [k, Buffer.from(v).toString("base64")]);
      object.data = { ...(object.data as Fields), ...Object.fromEntries(encoded) };
      delete object.stringData;
    }
  },
  Service(object, old) {
    const spec = object.spec as Fields;
    defaults(spec, {
      type: "ClusterIP",
      sessionAffinity: "None",
      internalTrafficPolicy: "Cluster",
      ipFamilies: ["IPv4"],
      ipFamilyPolicy: "SingleStack",
    });
    if (spec.clusterIP === undefined) {
      const { clusterIP, clusterIPs } = (old?.spec ?? {}) as Fields;
      setIfGiven(spec, { clusterIP, clusterIPs });
    } else {
      defaults(spec, { clusterIPs: [spec.clusterIP] });
    }
    for (const port of listOf(spec.ports)) {
      defaults(port, { protocol: "TCP", targetPort: port.port });
    }
  },
  Pod(object) {
    const spec = object.spec as Fields;
    podSpec(spec);
    // In a template the requests stay open.
    for (const { resources } of containersOf(spec)) {
      const { limits, requests } = resources as { limits?: Fields; requests?: Fields };
      setIfGiven(resources as Fields, { requests: limits && { ...limits, ...requests } });
    }
  },
  Deployment(object, old) {
    const spec = object.spec as Fields;
    defaults(spec, {
      replicas: 1,
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      strategy: {},
    });
    const strategy = spec.strategy as Fields;
    defaults(strategy, { type: "RollingUpdate" });
    if (strategy.type === "RollingUpdate") {
      defaults(strategy, { rollingUpdate: {} });
      defaults(strategy.rollingUpdate as Fields, { maxSurge: "25%", maxUnavailable: "25%" });
    }
    podSpec((spec.template as Fields).spec as Fields);
    const revision = old?.metadata.annotations?.[REVISION];
    if (revision !== undefined) {
      object.metadata.annotations = { ...object.metadata.annotations, [REVISION]: revision };
    }
  },
  Job(object) {
    const spec = object.spec as Fields;
    if (spec.parallelism === undefined) {
      defaults(spec, { completions: 1 });
    }
    defaults(spec, {
      backoffLimit: 6,
      completionMode: "NonIndexed",
      manualSelector: false,
      parallelism: 1,
      podReplacementPolicy: spec.podFailurePolicy ? "Failed" : "TerminatingOrFailed",
      suspend: false,
    });
    failurePolicy(spec);
    const { name, uid } = object.metadata as { name: string; uid: string };
    const labels = {
      "batch.kubernetes.io/controller-uid": uid,
      "batch.kubernetes.io/job-name": name,
      "controller-uid": uid,
      "job-name": name,
    };
    spec.selector = { matchLabels: { "batch.kubernetes.io/controller-uid": uid } };
    const template = spec.template as Fields;
    const metadata = (template.metadata ?? {}) as { labels?: Record<string, string> };
    object.metadata.labels ??= metadata.labels ?? labels;
    template.metadata = { ...metadata, labels: { ...metadata.labels, ...labels } };
    podSpec(template.spec as Fields);
  },
  CronJob(object) {
    const spec = object.spec as Fields;
    defaults(spec, {
      concurrencyPolicy: "Allow",
      suspend: false,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 1,
    });
    // What a Job is by default each of its Jobs becomes; of the template only the pods do.
    const job = (spec.jobTemplate as Fields).spec as Fields;
    failurePolicy(job);
    podSpec((job.template as Fields).spec as Fields);
  },
  StatefulSet(object) {
    const spec = object.spec as Fields;
    defaults(spec, {
      podManagementPolicy: "OrderedReady",
      replicas: 1,
      revisionHistoryLimit: 10,
      serviceName: "",
      updateStrategy: {},
      persistentVolumeClaimRetentionPolicy: {},
    });
    const claims = { whenDeleted: "Retain", whenScaled: "Retain" };
    defaults(spec.persistentVolumeClaimRetentionPolicy as Fields, claims);
    const strategy = spec.updateStrategy as Fields;
    if (strategy.type === undefined) {
      defaults(strategy, { type: "RollingUpdate", rollingUpdate: {} });
    }
    if (strategy.rollingUpdate && strategy.type === "RollingUpdate") {
      defaults(strategy.rollingUpdate as Fields, { partition: 0 });
    }
    podSpec((spec.template as Fields).spec as Fields);
  },
  HorizontalPodAutoscaler(object) {
    const target = { type: "Utilization", averageUtilization: 80 };
    defaults(object.spec as Fields, {
      minReplicas: 1,
      metrics: [{ type: "Resource", resource: { name: "cpu", target } }],
    });
  },
  RoleBinding(object) {
    const apiGroup = "rbac.authorization.k8s.io";
    defaults(object.roleRef as Fields, { apiGroup });
    for (const subject of listOf(object.subjects)) {
      if (subject.kind === "User" || subject.kind === "Group") {
        defaults(subject, { apiGroup });
      }
    }
  },
  ValidatingAdmissionPolicy(object) {
    const spec = object.spec as Fields;
    defaults(spec, { failurePolicy: "Fail" });
    const constraints = spec.matchConstraints as Fields;
    defaults(constraints, {
      matchPolicy: "Equivalent",
      namespaceSelector: {},
      objectSelector: {},
    });
    listOf(constraints.resourceRules).forEach((rule) => defaults(rule, { scope: "*" }));
  },
  ValidatingAdmissionPolicyBinding(object) {
    const resources = (object.spec as Fields).matchResources as Fields | undefined;
    if (resources) {
      defaults(resources, {
        matchPolicy: "Equivalent",
        namespaceSelector: {},
        objectSelector: {},
      });
    }
  },
  NetworkPolicy(object) {
    const spec = object.spec as Fields;
    defaults(spec, { policyTypes: spec.egress ? ["Ingress", "Egress"] : ["Ingress"] });
    for (const rule of [...listOf(spec.ingress), ...listOf(spec.egress)]) {
      listOf(rule.ports).forEach((port) => defaults(port, { protocol: "TCP" }));
    }
  },
};

function failurePolicy(spec: Fields): void {
  const policy = (spec.podFailurePolicy ?? {}) as Fields;
  for (const rule of listOf(policy.rules)) {
    listOf(rule.onPodConditions).forEach((pattern) => defaults(pattern, { status: "True" }));
  }
}

function containersOf(spec: Fields): Fields[] {
  return [...listOf(spec.initContainers), ...listOf(spec.containers)];
}

function listOf(value: unknown): Fields[] {
  return (value ?? []) as Fields[];
}

function defaults(target: Fields, values: Fields): void {
  for (const [key, value] of Object.entries(values)) {
    target[key] ??= value;
  }
}

function setIfGiven(target: Fields, values: Fields): void {
  for (const [key, value] of Object.entries(values)) {
    if (value !== undefined) {
      target[key] = value;
    }
  }
}
