import type { OwnHosts } from "../facts/own";
import { resourceName, SUFFIX_LENGTH } from "./azureNames";
import { type PlatformReference, resourceIdOf } from "./platformIds";

/** A random suffix, of which only the state knows which one it is. */
const SUFFIX = `[a-z0-9]{${SUFFIX_LENGTH}}`;

/**
 * Host names that Azure gives to the platform of a stack ("Azure services DNS zone values"): in the
 * zones of Microsoft, under the names that the program chooses. All that is not known beforehand is
 * the suffix, and what Azure adds to the name of an API server.
 *
 * @param location region, e.g. `swedencentral`
 */
export function ownHosts(
  naming: { readonly application: string; readonly stack: string },
  location: string,
): OwnHosts {
  const prefix = (kind: "vault" | "server" | "cluster") =>
    resourceName(kind, naming).toLowerCase().replaceAll(".", "\\.");
  const zone = `(hcp|[0-9a-f-]{36}\\.privatelink)\\.${location}\\.azmk8s\\.io`;
  return {
    vault: new RegExp(`^${prefix("vault")}-${SUFFIX}\\.vault\\.azure\\.net$`),
    database: new RegExp(`^${prefix("server")}-${SUFFIX}\\.postgres\\.database\\.azure\\.com$`),
    cluster: new RegExp(`^${prefix("cluster")}(-[a-z0-9]+)?\\.${zone}$`),
  };
}

/** The same of a platform that is there, by what a stack says of it, and nothing else. */
export function existingHosts({
  clusterHost,
  databaseServerId,
  vaultId,
}: Pick<PlatformReference, "clusterHost" | "databaseServerId" | "vaultId">): OwnHosts {
  const exactly = (host: string) => new RegExp(`^${host.toLowerCase().replaceAll(".", "\\.")}$`);
  const nameIn = (id: string) => resourceIdOf(id)?.names[0] ?? "";
  return {
    vault: exactly(`${nameIn(vaultId)}.vault.azure.net`),
    database: exactly(`${nameIn(databaseServerId)}.postgres.database.azure.com`),
    cluster: exactly(clusterHost),
  };
}
