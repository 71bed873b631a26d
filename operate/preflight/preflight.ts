import type { Asking, Check } from "./asking";
import { grantCommand } from "./asking";
import { administrators } from "./checks/administrators";
import { certificate, certificateHosts } from "./checks/certificate";
import { clusterVersion } from "./checks/cluster";
import { connections, database } from "./checks/database";
import { eventEndpoint } from "./checks/events";
import { hosts } from "./checks/hosts";
import { images } from "./checks/images";
import { groups, uniqueNames } from "./checks/names";
import { privateZones, runnerNetwork } from "./checks/network";
import { features, providers, resourceTypes } from "./checks/providers";
import { rights } from "./checks/rights";
import { nodeQuota, nodeSizes } from "./checks/sizes";
import { deployerType, subscription } from "./checks/subscription";
import { type Finding, unasked } from "./finding";
import { NotReached, Refusal } from "./web";

/** Everything that is asked before the first `up`, in the order of the table. */
export const CHECKS: readonly Check[] = [
  subscription,
  deployerType,
  rights,
  providers,
  features,
  resourceTypes,
  nodeSizes,
  nodeQuota,
  clusterVersion,
  database,
  connections,
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
  const found = await Promise.all(checks.map((check) => answered(check, asking)));
  // Two pools of one size are one question.
  return [...new Map(found.flat().map((each) => [JSON.stringify(each), each])).values()];
}

async function answered(check: Check, asking: Asking): Promise<readonly Finding[]> {
  try {
    return await check.ask(asking);
  } catch (error) {
    if (error instanceof NotReached) {
      return [unasked(check.what, error.message)];
    }
    if (error instanceof Refusal) {
      const isForbidden = error.status === 401 || error.status === 403;
      const help = isForbidden ? grantCommands(check, asking) : [];
      return [unasked(check.what, `Azure ${error.message}`, ...help)];
    }
    throw error;
  }
}

/** What makes somebody able to ask. */
function grantCommands({ role, roleActions }: Check, { login, planned }: Asking): string[] {
  const definition = {
    Name: role,
    Description: "Asks what would become of a deployment, and makes none.",
    Actions: roleActions,
    AssignableScopes: [planned.subscription],
  };
  return [
    ...(roleActions === undefined
      ? []
      : [`az role definition create --role-definition '${JSON.stringify(definition)}'`]),
    grantCommand(login, role, planned.subscription),
  ];
}
