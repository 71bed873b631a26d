/** Private zones by the end of the names that lead into them ("Private endpoint DNS zone values"). */
const ZONES: readonly (readonly [end: string, zone: string])[] = [
  [".vault.azure.net", "privatelink.vaultcore.azure.net"],
  [".postgres.database.azure.com", "privatelink.postgres.database.azure.com"],
  [".azurecr.io", "privatelink.azurecr.io"],
];

/** As Node words it, within whatever a client adds; the code is the same in every system. */
const FAILED = /\bgetaddrinfo (ENOTFOUND|EAI_AGAIN) (\S+)/;

/**
 * What it means that a name has no address, with the command that helps; undefined where an error is
 * about something else.
 *
 * @param text of an error
 */
export function unknownName(text: string): string | undefined {
  const [, code, host = ""] = FAILED.exec(text) ?? [];
  if (code === undefined) {
    return undefined;
  }
  if (code === "EAI_AGAIN") {
    return `this machine's DNS does not answer, it was asked for ${host}: \`nslookup ${host}\``;
  }
  const [, zone] = ZONES.find(([end]) => host.endsWith(end)) ?? [];
  return zone === undefined
    ? `this machine's DNS knows no ${host}: \`nslookup ${host}\``
    : `this machine's DNS knows no ${host}: its network has to be linked to the private zone that ` +
        `has the name, \`az network private-dns link vnet list --resource-group <group> --zone-name ${zone} ` +
        "--query '[].virtualNetwork.id'`, or the endpoint is gone";
}
