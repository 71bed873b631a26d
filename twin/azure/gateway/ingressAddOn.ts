import { objectsAt, textAt, textsAt, valuesAt } from "../arm/plain";
import { parentOf } from "../arm/resourceManager";
import type { ArmResource, Cloud } from "../arm/resourceType";

/** Prefix of the largest subnet to which the overlay of pods is extended. */
const LARGEST_OVERLAY = 24;
const CLUSTERS = "Microsoft.ContainerService/managedClusters";

/**
 * Lets the ingress controller of every cluster that names a gateway work on it, as soon as its
 * identity has the role assignments that AGIC needs and its pods can be reached. Until then it does
 * nothing, and the journal says what is missing.
 */
export function connectIngressControllers(cloud: Cloud): void {
  for (const cluster of cloud.resources.all(CLUSTERS)) {
    const running = cloud.clusters.get(cluster.id.toLowerCase());
    const gatewayId = gatewayOf(cluster);
    const gateway = cloud.gateways.get(gatewayId.toLowerCase());
    if (!running || !gateway || running.attached) {
      continue;
    }
    const lacking = [
      ...missingRights(cloud, cluster, gatewayId),
      ...unreachable(cloud, cluster, gatewayId),
    ].join("; ");
    if (lacking === "") {
      running.attached = true;
      gateway.attach(running.handle);
      cloud.world.journal.write("agic", "attached", { cluster: cluster.name, gateway: gatewayId });
    } else if (running.lacking !== lacking) {
      running.lacking = lacking;
      cloud.world.journal.write("agic", "not permitted", { cluster: cluster.name, lacking });
    }
  }
}

/** The gateway that the add-on of a cluster is to configure, empty when there is none. */
function gatewayOf(cluster: ArmResource): string {
  const addOn = "addonProfiles.ingressApplicationGateway";
  return valuesAt(cluster.inputs, `${addOn}.enabled`)[0] === true
    ? textAt(cluster.inputs, `${addOn}.config.applicationGatewayId`)
    : "";
}

/**
 * Why the overlay of pods is not extended to the gateway's subnet, in the words of the controller
 * (Azure/AKS issues 5123 and 5170).
 */
function unreachable(cloud: Cloud, cluster: ArmResource, gatewayId: string): string[] {
  if (textAt(cluster.inputs, "networkProfile.networkPluginMode") !== "overlay") {
    return [];
  }
  const subnets = textsAt(
    cloud.resources.find(gatewayId)?.inputs,
    "gatewayIPConfigurations[].subnet.id",
  );
  return subnets
    .map((id) => textAt(cloud.resources.find(id)?.inputs, "addressPrefix").split("/")[1])
    .filter((prefix) => Number(prefix) < LARGEST_OVERLAY)
    .map(
      (prefix) => `extensionIPRange prefix length too short (/${prefix}). Must be 24 or higher.`,
    );
}

/**
 * What the add-on's identity still needs ("Enable the AGIC add-on ... existing gateway" on
 * Microsoft Learn; AKS assigns nothing for a gateway that it did not make).
 */
function missingRights(cloud: Cloud, cluster: ArmResource, gatewayId: string): string[] {
  const gateway = cloud.resources.find(gatewayId);
  const principal = textAt(
    cluster.outputs,
    "addonProfiles.ingressApplicationGateway.identity.objectId",
  );
  const group = parentOf(parentOf(gatewayId));
  const needed = [
    { operation: "Microsoft.Network/applicationGateways/write", on: gatewayId },
    { operation: "Microsoft.Resources/subscriptions/resourceGroups/read", on: group },
    ...objectsAt(gateway?.inputs, "gatewayIPConfigurations").map((configuration) => ({
      operation: "Microsoft.Network/virtualNetworks/subnets/join/action",
      on: textAt(configuration, "subnet.id"),
    })),
    ...textsAt(gateway?.inputs, "identity.userAssignedIdentities[]").map((on) => ({
      operation: "Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action",
      on,
    })),
    ...textsAt(gateway?.inputs, "firewallPolicy.id").map((on) => ({
      operation: "Microsoft.Network/ApplicationGatewayWebApplicationFirewallPolicies/join/action",
      on,
    })),
  ];
  return needed
    .filter(({ operation, on }) => !cloud.isAllowed(principal, "action", operation, on))
    .map(({ operation, on }) => `${operation} on ${on}`);
}
