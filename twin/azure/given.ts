import type { Cloud } from "./arm/resourceType";
import { PEM_CONTENT } from "./gateway/gatewayCertificates";
import type { PlainObject } from "./arm/plain";
import { RESOURCE_TYPES } from "./resourceTypes";

/** Names of what exists before the program, as its settings give them. */
export const GIVEN = {
  group: "shared",
  vault: "shared-certificates",
  secret: "rehearsal",
  network: "runners",
  /** Range of the network of the runners. */
  range: "10.200.0.0/16",
  location: "swedencentral",
} as const;

/** Hosts of the stack `rehearsal`. */
export const DEFAULT_HOSTS: readonly string[] = [
  "app.rehearsal.test",
  "blue.app.rehearsal.test",
  "green.app.rehearsal.test",
];

/**
 * Makes what a platform finds in its subscription: a vault with the certificate of its hosts, and
 * the network that `pulumi up` runs in.
 */
export async function makeGiven(cloud: Cloud, hosts: readonly string[]): Promise<void> {
  const put = (token: string, inputs: PlainObject) =>
    cloud.resources.put(
      RESOURCE_TYPES.get(`azure-native:${token}`)!,
      { resourceGroupName: GIVEN.group, ...inputs },
      "create",
    );
  const { key, certificate } = await cloud.world.authority.issue(hosts);
  await put("resources:ResourceGroup", { location: GIVEN.location });
  await put("network:VirtualNetwork", {
    virtualNetworkName: GIVEN.network,
    location: GIVEN.location,
    addressSpace: { addressPrefixes: [GIVEN.range] },
  });
  await put("keyvault:Vault", {
    vaultName: GIVEN.vault,
    location: GIVEN.location,
    properties: {
      tenantId: cloud.tenantId,
      sku: { family: "A", name: "standard" },
      enableRbacAuthorization: true,
    },
  });
  await put("keyvault:Secret", {
    vaultName: GIVEN.vault,
    secretName: GIVEN.secret,
    properties: { value: key + certificate, contentType: PEM_CONTENT },
  });
}
