import type * as pulumi from "@pulumi/pulumi";
import { hostOf } from "../facts/connections";
import type { Platform } from "./platform";
import type { PlatformReference } from "./platformIds";

/** Keys of `PlatformReference`, but for the one whose secret a platform does not make. */
type Key = Exclude<keyof PlatformReference, "databaseAdministratorSecret">;

/**
 * The configuration with which the stack of another application names this platform; nothing of it is
 * secret.
 */
export function asExisting({
  cluster,
  databaseServer,
  gateway,
  registry,
  vault,
  watch,
}: Platform): Readonly<Record<`rotation:${Key}` | "rotation:platform", pulumi.Input<string>>> {
  return {
    "rotation:platform": "existing",
    "rotation:clusterId": cluster.id,
    "rotation:clusterHost": cluster.apiServer.apply(hostOf),
    "rotation:vaultId": vault.id,
    "rotation:databaseServerId": databaseServer.id,
    "rotation:gatewayId": gateway.id,
    "rotation:certificateName": gateway.certificateName,
    "rotation:workspaceId": watch.workspaceId,
    "rotation:registryId": registry.id,
  };
}
