import { answersOf } from "./answers";
import type { Asking, Check } from "./asking";
import { administrators } from "./checks/administrators";
import { certificate, certificateHosts } from "./checks/certificate";
import { clusterVersion } from "./checks/cluster";
import { connections, database } from "./checks/database";
import { eventEndpoint } from "./checks/events";
import { hosts } from "./checks/hosts";
import { images } from "./checks/images";
import { roomForPods } from "./checks/room";
import { groups, uniqueNames } from "./checks/names";
import { privateZones, runnerNetwork } from "./checks/network";
import { features, providers, resourceTypes } from "./checks/providers";
import { rights } from "./checks/rights";
import { addressQuota, databaseQuota, nodeQuota } from "./checks/quotas";
import { nodeSizes } from "./checks/sizes";
import { deployerType, subscription } from "./checks/subscription";
import type { Finding } from "./finding";

/** Everything that is asked before the first `up`, in the order of the table. */
export const CHECKS: readonly Check[] = [
  subscription,
  deployerType,
  rights,
  providers,
  features,
  resourceTypes,
  nodeSizes,
  roomForPods,
  nodeQuota,
  clusterVersion,
  database,
  databaseQuota,
  connections,
  addressQuota,
  groups,
  ...uniqueNames,
  administrators,
  certificate,
  certificateHosts,
  hosts,
  runnerNetwork,
  privateZones,
  eventEndpoint,
  images,
];

/** Asks all of it; what cannot be asked is a finding, too. */
export async function preflight(
  asking: Asking,
  checks: readonly Check[] = CHECKS,
): Promise<Finding[]> {
  const found = await Promise.all(checks.map((check) => answersOf(check, asking)));
  // Two pools of one size are one question.
  return [...new Map(found.flat().map((each) => [JSON.stringify(each), each])).values()];
}
