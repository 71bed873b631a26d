import { ArmError } from "../arm/armError";
import type { ArmResource, Cloud } from "../arm/resourceType";

/** The resource that an extension resource or an alert is about, which must exist. */
export function targetOf(cloud: Cloud, id: string): ArmResource {
  const target = cloud.resources.find(`/${id.replace(/^\/+|\/+$/g, "")}`);
  if (!target) {
    const [, group = ""] = /\/resourceGroups\/([^/]+)/i.exec(id) ?? [];
    const resource = id.split(/\/providers\//i).at(-1);
    throw new ArmError(
      404,
      "ResourceNotFound",
      `The Resource '${resource}' under resource group '${group}' was not found. For more details ` +
        "please go to https://aka.ms/ARMResourceNotFoundFix",
    );
  }
  return target;
}
