/** Private zones by the end of the names that lead into them ("Private endpoint DNS zone values"). */
const ZONES: readonly (readonly [end: string, zone: string])[] = [
  [".vault.azure.net", "privatelink.vaultcore.azure.net"],
  [".postgres.database.azure.com", "privatelink.postgres.database.azure.com"],
  [".azurecr.io", "privatelink.azurecr.io"],
];

/** As Node words it, within whatever a client adds; the code is the same in every system. */
const NODE = /\bgetaddrinfo (ENOTFOUND|EAI_AGAIN) (\S+)/;

/** As Go does, in which the providers are written, with or without the server that was asked. */
const GO = /\blookup ([\w.-]+)(?: on \S+)?: (no such host)?/;

/**
 * What to do about a run that failed for a name without an address; undefined where it failed for
 * something else. Such a run changed nothing where it could not get to.
 *
 * @param text of an error
 */
export function unknownNameHelp(text: string): string | undefined {
  const what = unknownName(text);
  return (
    what &&
    `${what.replace(/^./, (first) => first.toUpperCase())}. A new link or record takes some minutes to be ` +
      "known everywhere. Once the name has an address, `pulumi up` goes on where this run stopped."
  );
}

/**
 * What it means that a name has no address, with the command that helps; undefined where an error is
 * about something else.
 *
 * @param text of an error
 */
export function unknownName(text: string): string | undefined {
  const [, code, asked] = NODE.exec(text) ?? [];
  const [, looked, none] = GO.exec(text) ?? [];
  const host = asked ?? looked;
  if (host === undefined) {
    return undefined;
  }
  if (code === "EAI_AGAIN" || (code === undefined && none === undefined)) {
    return `this machine's DNS does not answer, it was asked for ${host}: \`nslookup ${host}\``;
  }
  const [, zone] = ZONES.find(([end]) => host.endsWith(end)) ?? [];
  return zone === undefined
    ? `this machine's DNS knows no ${host}: \`nslookup ${host}\``
    : `this machine's DNS knows no ${host}: its network has to be linked to the private zone that ` +
        `has the name, \`az network private-dns link vnet list --resource-group <group> --zone-name ${zone} ` +
        "--query '[].virtualNetwork.id'`, or the endpoint is gone";
}
