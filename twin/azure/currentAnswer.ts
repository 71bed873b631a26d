import type { PlainObject } from "./arm/plain";
import type { ArmResource, Cloud } from "./arm/resourceType";
import { parameterState } from "./database/databases";
import { ingressWrites } from "./gateway/ingressWrites";
import { backReferences } from "./network/backReferences";

/** What a GET answers: what the last PUT did, and what has become of the resource since. */
export function currentAnswer(cloud: Cloud, resource: ArmResource): PlainObject {
  return {
    ...resource.outputs,
    ...backReferences(cloud, resource),
    ...ingressWrites(cloud, resource),
    ...parameterState(cloud, resource),
  };
}
