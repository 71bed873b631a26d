import { ArmError } from "../arm/armError";
import type { PlainObject } from "../arm/plain";
import { objectAt, objectsAt, textAt, textsAt } from "../arm/plain";
import { type Asked, type Route } from "./route";

const SCOPE = "(?<scope>/subscriptions/[^/]+(/resourceGroups/[^/]+)?)";
const DEPLOYMENT = `^${SCOPE}/providers/Microsoft\\.Resources/deployments/[^/]+`;

/** What would become of a deployment: refused as ARM itself would, else resource by resource. */
export const deploymentRoutes: readonly Route[] = [
  {
    method: "POST",
    path: new RegExp(`${DEPLOYMENT}/validate$`, "i"),
    action: "Microsoft.Resources/deployments/validate/action",
    answer: (asked) => {
      resourcesOf(asked);
      requireNoProblems(asked);
      return { properties: { provisioningState: "Succeeded" } };
    },
  },
  {
    method: "POST",
    path: new RegExp(`${DEPLOYMENT}/whatIf$`, "i"),
    action: "Microsoft.Resources/deployments/whatIf/action",
    answer: (asked): PlainObject => {
      const ids = resourcesOf(asked);
      const { problems } = asked.situation;
      if (problems.length > 0) {
        return { status: "Failed", error: invalidDeployment(problems) };
      }
      return { status: "Succeeded", properties: { changes: ids.map((id) => change(id, asked)) } };
    },
  },
];

function change(resourceId: string, { cloud }: Asked): PlainObject {
  const isThere = cloud.resources.find(resourceId) !== undefined;
  return { resourceId, changeType: isThere ? "Modify" : "Create" };
}

function requireNoProblems({ situation: { problems } }: Asked): void {
  if (problems.length > 0) {
    const { code, message, details } = invalidDeployment(problems);
    throw new DeploymentError(400, code, message, details);
  }
}

/** A refusal with what it consists of. */
export class DeploymentError extends ArmError {
  constructor(
    status: number,
    code: string,
    message: string,
    readonly details: PlainObject[],
  ) {
    super(status, code, message);
  }
}

function invalidDeployment(problems: readonly { code: string; message: string }[]): {
  code: string;
  message: string;
  details: PlainObject[];
} {
  return {
    code: "InvalidTemplateDeployment",
    message: "The template deployment is not valid. See inner errors for details.",
    details: problems.map((problem): PlainObject => ({ ...problem })),
  };
}

/** The ids of all resources of the deployment that is asked about, of those in it too. */
function resourcesOf({ body, parts: { scope = "" } }: Asked): string[] {
  const properties = objectAt(body, "properties") ?? {};
  return resourcesIn(properties, scope);
}

function resourcesIn(properties: PlainObject, scope: string): string[] {
  const template = objectAt(properties, "template") ?? {};
  const given = Object.keys(objectAt(properties, "parameters") ?? {});
  for (const name of Object.keys(objectAt(template, "parameters") ?? {})) {
    requireValid(
      given.includes(name),
      `The value for the template parameter '${name}' is not provided.`,
    );
  }
  const resources = objectsAt(template, "resources");
  const ids = resources.map((resource) => idOf(resource, scope));
  const known = new Set(ids.map((id) => id.toLowerCase()));
  for (const [index, resource] of resources.entries()) {
    for (const id of textsAt(resource, "dependsOn[]")) {
      requireValid(
        known.has(id.toLowerCase()),
        `The resource '${id}', on which '${ids[index]}' depends, is not defined in the template.`,
      );
    }
  }
  return resources.flatMap((resource, index) => {
    const group = textAt(resource, "resourceGroup");
    return textAt(resource, "type") === "Microsoft.Resources/deployments"
      ? resourcesIn(objectAt(resource, "properties") ?? {}, inGroup(scope, group))
      : ids[index]!;
  });
}

function idOf(resource: PlainObject, scope: string): string {
  const [namespace = "", ...types] = textAt(resource, "type").split("/");
  const names = evaluated(textAt(resource, "name")).split("/");
  requireValid(
    types.length > 0 && types.length === names.length,
    `The name '${names.join("/")}' has another number of segments than the type ${namespace}/${types.join("/")}.`,
  );
  if (namespace === "Microsoft.Resources" && types[0] === "resourceGroups") {
    return `${scope}/resourceGroups/${names[0]}`;
  }
  const holder = textAt(resource, "scope") || scope;
  const path = types.map((type, index) => `${type}/${names[index]}`).join("/");
  return `${holder}/providers/${namespace}/${path}`;
}

/** A name that is an expression: `[format('{0}/{1}', 'a', 'b')]`. */
function evaluated(name: string): string {
  const [, pattern, rest = ""] = /^\[format\('([^']+)'((?:, '[^']+')+)\)\]$/.exec(name) ?? [];
  const values = [...rest.matchAll(/'([^']+)'/g)].map(([, value]) => value ?? "");
  return pattern === undefined
    ? name
    : pattern.replaceAll(/\{(\d+)\}/g, (_, index: string) => values[Number(index)] ?? "");
}

function inGroup(scope: string, group: string): string {
  return group === ""
    ? scope
    : `${scope.replace(/\/resourceGroups\/.*$/i, "")}/resourceGroups/${group}`;
}

function requireValid(condition: boolean, message: string): asserts condition {
  if (!condition) {
    throw new ArmError(
      400,
      "InvalidTemplate",
      `Deployment template validation failed: '${message}'.`,
    );
  }
}
