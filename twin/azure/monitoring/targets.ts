import { foundAt } from "../arm/found";
import type { ArmResource, Cloud } from "../arm/resourceType";

/** The resource that an extension resource or an alert is about, which must exist. */
export function targetOf(cloud: Cloud, id: string): ArmResource {
  return foundAt(cloud.resources, `/${id.replace(/^\/+|\/+$/g, "")}`);
}
