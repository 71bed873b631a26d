import { Environment } from "@marcbachmann/cel-js";
import { ApiError, type KubeObject } from "./objects";
import type { ObjectStore } from "./store";
import { as, matches } from "./types";

const GROUP = "admissionregistration.k8s.io/v1";
export const POLICY = { apiVersion: GROUP, kind: "ValidatingAdmissionPolicy" };
export const BINDING = { apiVersion: GROUP, kind: "ValidatingAdmissionPolicyBinding" };

/** Types are not declared: the API server has those of the object at hand, which its checks only warn of. */
const CEL = new Environment({ unlistedVariablesAreDyn: true });

interface Policy {
  readonly spec: {
    readonly failurePolicy?: "Fail" | "Ignore";
    readonly matchConstraints: {
      readonly resourceRules: readonly {
        readonly apiGroups: readonly string[];
        readonly apiVersions: readonly string[];
        readonly operations: readonly string[];
        readonly resources: readonly string[];
      }[];
    };
    readonly variables?: readonly { readonly name: string; readonly expression: string }[];
    readonly validations: readonly {
      readonly expression: string;
      readonly message?: string;
    }[];
  };
}

interface Binding {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly policyName: string;
    readonly validationActions: readonly string[];
    readonly matchResources?: {
      readonly namespaceSelector?: { readonly matchLabels?: Readonly<Record<string, string>> };
    };
  };
}

/** Why the policies of the cluster deny a new pod, in the API server's words; undefined when none does. */
export function denialOf(store: ObjectStore, pod: KubeObject): string | undefined {
  const { namespace = "" } = pod.metadata;
  const home = store.get({ apiVersion: "v1", kind: "Namespace", name: namespace });
  const labels = home?.metadata.labels ?? {};
  for (const binding of store.list(BINDING).map((each) => as<Binding>(each))) {
    const { policyName, validationActions, matchResources } = binding.spec;
    const found = store.get({ ...POLICY, name: policyName });
    // A binding without its policy is none yet, and one that only audits denies nothing.
    if (
      found === undefined ||
      !validationActions.includes("Deny") ||
      !matches(matchResources?.namespaceSelector?.matchLabels ?? {}, labels)
    ) {
      continue;
    }
    const { spec } = as<Policy>(found);
    const message = isAbout(spec) ? failureOf(spec, pod) : undefined;
    if (message !== undefined) {
      return `ValidatingAdmissionPolicy '${policyName}' with binding '${binding.metadata.name}' denied request: ${message}`;
    }
  }
  return undefined;
}

/** Refuses an expression that is none, as the API server does when it compiles a policy. */
export function validatePolicy(object: KubeObject): void {
  if (object.kind !== POLICY.kind) {
    return;
  }
  const { variables = [], validations } = as<Policy>(object).spec;
  for (const { expression } of [...variables, ...validations]) {
    try {
      CEL.parse(expression);
    } catch (error) {
      const text = `${object.kind}.${GROUP.split("/")[0]} "${object.metadata.name}" is invalid: spec: Invalid value: "${expression}": compilation failed: ${firstLine(error)}`;
      throw new ApiError(text, 422, "Invalid");
    }
  }
}

/** Whether a policy is about new pods. */
function isAbout({ matchConstraints }: Policy["spec"]): boolean {
  const has = (list: readonly string[], item: string) => list.includes(item) || list.includes("*");
  return matchConstraints.resourceRules.some(
    (rule) =>
      has(rule.apiGroups, "") &&
      has(rule.apiVersions, "v1") &&
      has(rule.operations, "CREATE") &&
      has(rule.resources, "pods"),
  );
}

/** The message of the first validation that is not true; variables see those above them. */
function failureOf(spec: Policy["spec"], object: KubeObject): string | undefined {
  const variables: Record<string, unknown> = {};
  const context = { object, oldObject: null, request: { operation: "CREATE" }, variables };
  for (const { expression, message } of spec.validations) {
    try {
      for (const each of spec.variables ?? []) {
        variables[each.name] ??= CEL.evaluate(each.expression, context);
      }
      if (CEL.evaluate(expression, context) !== true) {
        return message ?? `failed expression: ${expression}`;
      }
    } catch (error) {
      if (spec.failurePolicy !== "Ignore") {
        return `expression '${expression}' resulted in error: ${firstLine(error)}`;
      }
    }
  }
  return undefined;
}

/** The library also shows where in the expression it is. */
function firstLine(error: unknown): string {
  return (error as Error).message.split("\n")[0]!;
}
