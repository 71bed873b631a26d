/** What the API server refuses, with its codes and, where the program could meet them, its texts. */
import { isDeepStrictEqual } from "node:util";
import { groupOf, kindOf } from "./kinds";
import { ApiError, type KubeObject } from "./objects";
import { isQuantity } from "./quantities";
import { amountProblems, LABEL, labelProblems, unsupported } from "./problems";
import { isOneOf, shapeOf, type Shape } from "./shapes";
import { as, type HorizontalPodAutoscaler, type PodDisruptionBudget } from "./types";
import {
  cronJobProblems,
  deploymentProblems,
  jobProblems,
  statefulSetChangeProblems,
  statefulSetProblems,
} from "./workloadProblems";

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const SERVICE_NAME = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const DATA_KEY = /^[-._a-zA-Z0-9]+$/;
/** Bytes of a Secret's or ConfigMap's data. */
const LARGEST_DATA = 1024 * 1024;

/** The refusal of an object with one or more invalid fields. */
export function invalid(object: KubeObject, problems: readonly string[]): ApiError {
  const group = groupOf(kindOf(object));
  const subject = `${object.kind}${group && `.${group}`} "${object.metadata.name}"`;
  const text = problems.length === 1 ? problems[0] : `[${problems.join(", ")}]`;
  return new ApiError(`${subject} is invalid: ${text}`, 422, "Invalid");
}

/** Refuses what is not declared: unknown fields and values of the wrong type. */
export function validateShape(object: KubeObject): void {
  const { apiVersion, kind, metadata } = object;
  const problem = misfit(object, shapeOf(kind), "");
  if (problem !== undefined) {
    const name = `${metadata.namespace ?? ""}/${metadata.name}; ${apiVersion}, Kind=${kind}`;
    const text = `failed to create typed patch object (${name}): ${problem}`;
    throw new ApiError(text, 500, "InternalError");
  }
  const missing = (required[kind] ?? []).filter((path) => !hasPath(object, path.split(".")));
  if (missing.length > 0) {
    throw invalid(
      object,
      missing.map((path) => `${path}: Required value`),
    );
  }
}

const required: Record<string, readonly string[]> = {
  Service: ["spec.ports"],
  Pod: ["spec.containers"],
  Deployment: ["spec.selector.matchLabels", "spec.template.spec.containers"],
  StatefulSet: ["spec.selector.matchLabels", "spec.template.spec.containers"],
  Job: ["spec.template.spec.containers"],
  CronJob: ["spec.schedule", "spec.jobTemplate.spec.template.spec.containers"],
  HorizontalPodAutoscaler: [
    "spec.scaleTargetRef.kind",
    "spec.scaleTargetRef.name",
    "spec.maxReplicas",
  ],
  Ingress: ["spec"],
  NetworkPolicy: ["spec.podSelector"],
  PodDisruptionBudget: ["spec"],
  RoleBinding: ["roleRef.name"],
  SecretProviderClass: ["spec.provider"],
  ValidatingAdmissionPolicy: ["spec.matchConstraints.resourceRules", "spec.validations"],
  ValidatingAdmissionPolicyBinding: ["spec.policyName", "spec.validationActions"],
};

function hasPath(value: unknown, [key, ...rest]: readonly string[]): boolean {
  if (key === undefined) {
    return value !== "" && !(Array.isArray(value) && value.length === 0);
  }
  return isMap(value) && key in value && hasPath((value as Record<string, unknown>)[key], rest);
}

function misfit(value: unknown, shape: Shape, path: string): string | undefined {
  if (shape === "any" || value === null || value === undefined) {
    return undefined;
  }
  if (typeof shape === "string" || isOneOf(shape)) {
    const scalar = isOneOf(shape) ? "text" : shape;
    return fits(value, scalar) ? undefined : `${path}: expected ${scalar}, got ${typeof value}`;
  }
  if (Array.isArray(shape)) {
    if (!Array.isArray(value)) {
      return `${path}: expected list, got ${typeof value}`;
    }
    return first(value.map((item, i) => misfit(item, shape[0] as Shape, `${path}[${i}]`)));
  }
  if (typeof value !== "object" || Array.isArray(value)) {
    return `${path}: expected map, got ${typeof value}`;
  }
  const fields = shape as Readonly<Record<string, Shape>>;
  return first(
    Object.entries(value).map(([key, item]) => {
      const known = Object.hasOwn(fields, key) ? fields[key] : undefined;
      const at = `${path}.${key}`;
      return known ? misfit(item, known, at) : `${at}: field not declared in schema`;
    }),
  );
}

function fits(value: unknown, shape: Shape & string): boolean {
  switch (shape) {
    case "string":
    case "text":
      return typeof value === "string";
    case "boolean":
    case "flag":
      return typeof value === "boolean";
    case "count":
    case "integer":
    case "natural":
    case "port":
      return Number.isInteger(value);
    case "intOrString":
      return Number.isInteger(value) || typeof value === "string";
    case "strings":
      return isMap(value) && Object.values(value).every((v) => typeof v === "string");
    case "quantity":
      return isQuantity(value);
    case "quantities":
      return isMap(value) && Object.values(value).every(isQuantity);
    default:
      return true;
  }
}

function isMap(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function first(problems: (string | undefined)[]): string | undefined {
  return problems.find((p) => p !== undefined);
}

/** Checks a defaulted object; all its problems make one error. */
export function validate(object: KubeObject, old: KubeObject | undefined): void {
  const problems = [
    ...metadataProblems(object),
    ...outOfRange(object, shapeOf(object.kind), ""),
    ...(specProblems[object.kind]?.(object) ?? []),
    ...(old ? (changeProblems[object.kind]?.(object, old) ?? []) : []),
  ];
  if (problems.length > 0) {
    throw invalid(object, problems);
  }
}

/** Values of the right type that are not among the allowed ones. */
function outOfRange(value: unknown, shape: Shape, path: string): string[] {
  if (value === null || value === undefined) {
    return [];
  }
  if (isOneOf(shape)) {
    const [, ...texts] = shape;
    return texts.includes(value as string) ? [] : [unsupported(path, value as string, texts)];
  }
  if (typeof shape === "string") {
    const number = value as number;
    const problem =
      (shape === "natural" || shape === "count") && number < 0
        ? "must be greater than or equal to 0"
        : shape === "port" && (number < 1 || number > 65535)
          ? "must be between 1 and 65535, inclusive"
          : undefined;
    return problem === undefined ? [] : [`${path}: Invalid value: ${number}: ${problem}`];
  }
  if (Array.isArray(shape)) {
    return (value as unknown[]).flatMap((one, i) =>
      outOfRange(one, shape[0] as Shape, `${path}[${i}]`),
    );
  }
  const fields = shape as Readonly<Record<string, Shape>>;
  return Object.entries(value).flatMap(([key, inner]) =>
    fields[key] === undefined
      ? []
      : outOfRange(inner, fields[key], path === "" ? key : `${path}.${key}`),
  );
}

function metadataProblems(object: KubeObject): string[] {
  const { name, labels } = object.metadata;
  const problems: string[] = [];
  const rule = nameRules[object.kind] ?? nameRules.other;
  if (!name) {
    problems.push("metadata.name: Required value: name or generateName is required");
  } else if (rule && !(rule.pattern.test(name) && name.length <= rule.length)) {
    const text = `a ${rule.name} must match ${rule.pattern.source} and be no more than ${rule.length} characters`;
    problems.push(`metadata.name: Invalid value: "${name}": ${text}`);
  }
  return [...problems, ...labelProblems(labels, "metadata.labels")];
}

const nameRules: Record<string, { name: string; pattern: RegExp; length: number }> = {
  Namespace: { name: "lowercase RFC 1123 label", pattern: LABEL, length: 63 },
  Service: { name: "DNS-1035 label", pattern: SERVICE_NAME, length: 63 },
  // Its pods' names are names of hosts.
  StatefulSet: { name: "lowercase RFC 1123 label", pattern: LABEL, length: 63 },
  Role: { name: "path segment name", pattern: /^[^/%]+$/, length: 253 },
  RoleBinding: { name: "path segment name", pattern: /^[^/%]+$/, length: 253 },
  other: { name: "lowercase RFC 1123 subdomain", pattern: SUBDOMAIN, length: 253 },
};

const specProblems: Record<string, (object: KubeObject) => string[]> = {
  CronJob: cronJobProblems,
  Deployment: deploymentProblems,
  Job: jobProblems,
  StatefulSet: statefulSetProblems,
  Service(object) {
    const spec = object.spec as { type: string; ports?: { name?: string }[] };
    const problems: string[] = [];
    if (spec.type !== "ClusterIP") {
      // The twin has no load balancer; saying so is better than an address that never comes.
      problems.push(unsupported("spec.type", spec.type, ["ClusterIP"]));
    }
    const ports = spec.ports ?? [];
    if (ports.length > 1) {
      ports.forEach((port, i) => {
        if (!port.name) {
          problems.push(`spec.ports[${i}].name: Required value`);
        }
      });
    }
    return problems;
  },
  Ingress(object) {
    const spec = object.spec as {
      defaultBackend?: object;
      rules?: { host?: string; http?: { paths: Path[] } }[];
    };
    type Path = { path?: string; pathType?: string };
    if (!spec.defaultBackend && !spec.rules?.length) {
      const said = JSON.stringify(spec);
      return [
        `spec: Invalid value: ${said}: either \`defaultBackend\` or \`rules\` must be specified`,
      ];
    }
    return (spec.rules ?? []).flatMap(({ host, http }, i) => [
      ...(host === undefined || SUBDOMAIN.test(host.replace(/^\*\./, ""))
        ? []
        : [`spec.rules[${i}].host: Invalid value: "${host}": a lowercase RFC 1123 subdomain`]),
      ...(http?.paths ?? []).flatMap((path, j) => {
        const at = `spec.rules[${i}].http.paths[${j}]`;
        const types = ["Exact", "ImplementationSpecific", "Prefix"];
        if (!path.pathType) {
          return [`${at}.pathType: Required value: pathType must be specified`];
        }
        return types.includes(path.pathType)
          ? []
          : [unsupported(`${at}.pathType`, path.pathType, types)];
      }),
    ]);
  },
  PodDisruptionBudget(object) {
    const { minAvailable, maxUnavailable } = as<PodDisruptionBudget>(object).spec;
    return [
      ...(minAvailable !== undefined && maxUnavailable !== undefined
        ? ["spec: Invalid value: minAvailable and maxUnavailable cannot be both set"]
        : []),
      ...amountProblems(minAvailable, "spec.minAvailable", 100),
      ...amountProblems(maxUnavailable, "spec.maxUnavailable", 100),
    ];
  },
  HorizontalPodAutoscaler(object) {
    const { minReplicas, maxReplicas } = as<HorizontalPodAutoscaler>(object).spec;
    const metrics = (object.spec?.metrics ?? []) as unknown as Metric[];
    type Metric = { resource?: { name?: string; target?: { averageUtilization?: number } } };
    const says = (field: string, value: number, text: string) =>
      `spec.${field}: Invalid value: ${value}: ${text}`;
    return [
      ...(minReplicas < 1
        ? [says("minReplicas", minReplicas, "must be greater than or equal to 1")]
        : []),
      ...(maxReplicas < 1 ? [says("maxReplicas", maxReplicas, "must be greater than 0")] : []),
      ...(maxReplicas < minReplicas
        ? [says("maxReplicas", maxReplicas, "must be greater than or equal to `minReplicas`")]
        : []),
      ...metrics.flatMap(({ resource }, i) => {
        const at = `spec.metrics[${i}].resource`;
        const percent = resource?.target?.averageUtilization;
        return [
          ...(resource?.name ? [] : [`${at}.name: Required value: must specify a resource name`]),
          ...(percent === undefined
            ? [`${at}.target.averageUtilization: Required value`]
            : percent < 1
              ? [
                  `${at}.target.averageUtilization: Invalid value: ${percent}: must be greater than 0`,
                ]
              : []),
        ];
      }),
    ];
  },
  RoleBinding(object) {
    const { apiGroup, kind } = object.roleRef as Record<string, string>;
    return [
      ...(apiGroup === "rbac.authorization.k8s.io"
        ? []
        : [unsupported("roleRef.apiGroup", apiGroup, ["rbac.authorization.k8s.io"])]),
      ...(kind === "Role" || kind === "ClusterRole"
        ? []
        : [unsupported("roleRef.kind", kind, ["Role", "ClusterRole"])]),
    ];
  },
  ConfigMap: (object) => dataProblems(object, (text) => Buffer.byteLength(text)),
  Secret: (object) => dataProblems(object, (text) => Buffer.from(text, "base64").length),
};

/** Keys that are no file names, and more than etcd would take. */
function dataProblems(object: KubeObject, sizeOf: (text: string) => number): string[] {
  const data = (object.data ?? {}) as Readonly<Record<string, string>>;
  const size = Object.values(data).reduce((sum, text) => sum + sizeOf(text), 0);
  return [
    ...Object.keys(data).flatMap((key) =>
      keyProblems(key).map((why) => `data[${key}]: Invalid value: "${key}": ${why}`),
    ),
    ...(size > LARGEST_DATA ? [`data: Too long: may not be more than ${LARGEST_DATA} bytes`] : []),
  ];
}

function keyProblems(key: string): string[] {
  return [
    ...(key.length > 253 ? ["must be no more than 253 characters"] : []),
    ...(DATA_KEY.test(key)
      ? []
      : [
          "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. " +
            "'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is " +
            "'[-._a-zA-Z0-9]+')",
        ]),
    ...(key === "." || key === ".."
      ? [`must not be '${key}'`]
      : key.startsWith("..")
        ? ["must not start with '..'"]
        : []),
  ];
}

const changeProblems: Record<string, (object: KubeObject, old: KubeObject) => string[]> = {
  Deployment: (object, old) => fixed(object, old, ["selector"]),
  Job: (object, old) =>
    fixed(object, old, ["completions", "podFailurePolicy", "selector", "template"]),
  Service: (object, old) => fixed(object, old, ["clusterIP"]),
  StatefulSet: statefulSetChangeProblems,
  RoleBinding: (object, old) =>
    isDeepStrictEqual(object.roleRef, old.roleRef)
      ? []
      : [`roleRef: Invalid value: ${JSON.stringify(object.roleRef)}: cannot change roleRef`],
  ConfigMap: (object, old) => immutableProblems(object, old),
  Secret: (object, old) => [
    ...(object.type === old.type
      ? []
      : [`type: Invalid value: ${JSON.stringify(object.type)}: field is immutable`]),
    ...immutableProblems(object, old),
  ],
};

/** What of an object that said so once can never change again, these words themselves included. */
function immutableProblems(object: KubeObject, old: KubeObject): string[] {
  const problem = (field: string) =>
    `${field}: Forbidden: field is immutable when \`immutable\` is set`;
  return old.immutable === true
    ? [
        ...(object.immutable === true ? [] : [problem("immutable")]),
        ...(isDeepStrictEqual(object.data, old.data) ? [] : [problem("data")]),
      ]
    : [];
}

function fixed(object: KubeObject, old: KubeObject, fields: readonly string[]): string[] {
  return fields
    .filter((field) => !isDeepStrictEqual(object.spec?.[field], old.spec?.[field]))
    .map((field) => {
      const value = JSON.stringify(object.spec?.[field] ?? null);
      return `spec.${field}: Invalid value: ${value}: field is immutable`;
    });
}
