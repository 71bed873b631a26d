import { type Asking, type Check, READER } from "../asking";
import { type Finding, later, ok, unasked, wrong } from "../finding";
import { nameOf, textAt } from "../planned";

/** What a resolver says when a name is nobody's. */
const NOBODY = ["ENODATA", "ENOTFOUND"];

const POINT =
  "az network dns record-set a add-record --resource-group <group> --zone-name <zone> " +
  '--record-set-name <name in the zone> --ipv4-address "$(pulumi stack output gatewayAddress)"';

/** DNS of the hosts, which have to lead to the gateway once there is one. */
export const hosts: Check = {
  what: "DNS of the hosts",
  role: READER,
  async ask(asking) {
    const { arm, planned, settings } = asking;
    const address = planned
      .all("network:PublicIPAddress")
      .find(({ id }) => nameOf(id).endsWith("gateway"));
    const found = address && (await arm.find(address.id, "2024-05-01"));
    const gateway = textAt(found, "properties", "ipAddress");
    return Promise.all(settings.hosts.map((host) => hostFinding(host, gateway, asking)));
  },
};

async function hostFinding(
  host: string,
  gateway: string,
  { resolve, settings }: Asking,
): Promise<Finding> {
  const what = `DNS of ${host}`;
  let addresses: readonly string[];
  try {
    addresses = await resolve(host);
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (!NOBODY.includes(code)) {
      return unasked(what, `no answer from this machine's DNS (${code})`, `nslookup ${host}`);
    }
    addresses = [];
  }
  const leads =
    addresses.length > 0 ? `it resolves to ${addresses.join(", ")}` : "it does not resolve";
  if (gateway === "") {
    return later(what, `${leads}; the gateway has no address before the first \`up\``);
  }
  // Something in front of the gateway has addresses of its own.
  const isRight = settings.proofAddress === "" ? addresses.includes(gateway) : addresses.length > 0;
  return isRight
    ? ok(what, leads)
    : wrong(what, `${leads}, but the gateway is at ${gateway}`, POINT);
}
