import { ArmError } from "../arm/armError";
import type { Cloud } from "../arm/resourceType";
import { textAt, textsAt, type PlainObject } from "../arm/plain";
import { CLUSTER } from "./clusterNames";

/** A cluster that brings its own identity needs the role on a subnet before nodes join it. */
export function requireJoin(cloud: Cloud, cluster: PlainObject, subnet: string): void {
  const [identity] = textsAt(cluster, "identity.userAssignedIdentities[]");
  const principal = textAt(cloud.resources.find(identity ?? "")?.outputs, "principalId");
  const action = "Microsoft.Network/virtualNetworks/subnets/join/action";
  if (identity && subnet && !cloud.isAllowed(principal, "action", action, subnet)) {
    throw new ArmError(
      403,
      "LinkedAuthorizationFailed",
      `The client with object id '${principal}' has permission to perform action ` +
        `'${CLUSTER}/write' on scope; however, it does not have permission to perform action(s) ` +
        `'${action}' on the linked scope(s) '${subnet}' (respectively) or the linked scope(s) are invalid.`,
    );
  }
}
