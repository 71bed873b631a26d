import { ArmError } from "./armError";
import { parentOf } from "./resourceManager";
import type { ArmResource, Resources } from "./resourceType";

/**
 * The resource with an id.
 *
 * @throws ArmError 404, in the words of whoever would answer
 */
export function foundAt(resources: Resources, id: string): ArmResource {
  const resource = resources.find(id);
  if (resource === undefined) {
    throw notFound(resources, id);
  }
  return resource;
}

/** What is said of a resource that is not there: by Resource Manager, or by the service of its parent. */
export function notFound(resources: Resources, id: string): ArmError {
  const [group = "", name = ""] =
    /^\/subscriptions\/[^/]+\/resourceGroups\/([^/]+)/i.exec(id) ?? [];
  if (resources.find(group) === undefined) {
    return new ArmError(
      404,
      "ResourceGroupNotFound",
      `Resource group '${name}' could not be found.`,
    );
  }
  const resource = id.split(/\/providers\//i).at(-1)!;
  const [namespace, ...parts] = resource.split("/");
  if (parts.length <= 2) {
    return new ArmError(
      404,
      "ResourceNotFound",
      `The Resource '${resource}' under resource group '${name}' was not found. For more details ` +
        "please go to https://aka.ms/ARMResourceNotFoundFix",
    );
  }
  const types = parts.filter((_, index) => index % 2 === 0).join("/");
  const parent = parentOf(id);
  return resources.find(parent) === undefined
    ? new ArmError(
        404,
        "ParentResourceNotFound",
        `Failed to perform 'read' on resource(s) of type '${types}', because the parent resource ` +
          `'${parent}' could not be found.`,
      )
    : new ArmError(
        404,
        "ResourceNotFound",
        `The requested resource of type '${namespace}/${types}' with name '${parts.at(-1)}' was not ` +
          "found.",
      );
}
