import type { Connections } from "./connections";
import type { Place } from "./facts";

/**
 * Where tokens and passwords of a stack may go, by what is configured. What a state says of it may be
 * somebody else's: who can write a state writes its outputs, too.
 */
export interface OwnHosts {
  /** Host names of the vault, e.g. `/^kv-shop\.vault\.azure\.net$/`. */
  readonly vault: RegExp;
  /** Host names of the database server, e.g. `/^psql-shop\.postgres\.database\.azure\.com$/`. */
  readonly database: RegExp;
  /** Host names of the API server. */
  readonly cluster: RegExp;
}

/** Names and label selectors as JSON: nothing that means something to a shell, either. */
const TEXTS = /^(?:[[\]{},:]|\d+|"[\w./=,-]*")*$/;

/** What of a state's connections is the stack's own, and why the rest is not gone to. */
export interface OwnConnections {
  readonly connections: Partial<Connections>;
  readonly foreign: Partial<Record<Place, string>>;
}

/** Part of a name in Kubernetes and Azure: nothing that means something to a shell. */
const LABEL = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;

/** Keeps, of what a state says, the places that are the stack's own. */
export function ownConnections(said: Partial<Connections>, own: OwnHosts): OwnConnections {
  const { cluster, database, ingress, namespace, objects, vault } = said;
  const foreign = {
    vault: vault && (addressProblem(vault.uri, own.vault) ?? labelProblem(vault.name)),
    database:
      database && addressProblem(`https://${database.host}:${database.port}`, own.database, "5432"),
    cluster: cluster && addressProblem(cluster.server, own.cluster),
  };
  return {
    connections: {
      ...(namespace !== undefined && LABEL.test(namespace) && { namespace }),
      ...(ingress !== undefined && LABEL.test(ingress) && { ingress }),
      ...(vault && !foreign.vault && { vault }),
      ...(database && !foreign.database && { database }),
      ...(cluster && !foreign.cluster && { cluster }),
      ...(objects && TEXTS.test(JSON.stringify(objects)) && { objects }),
    },
    foreign: Object.fromEntries(Object.entries(foreign).filter(([, why]) => why)),
  };
}

/** This machine itself, where a tunnel may end, on any port: nothing leaves it. */
const LOOPBACK = /^127(\.\d{1,3}){3}$/;

/**
 * What is wrong with an address that a state names, before anybody logs in there.
 *
 * @param own host names that are the stack's
 * @param port as in the address; empty for that of https
 */
export function addressProblem(address: string, own: RegExp, port = ""): string | undefined {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const isPlain = url?.protocol === "https:" && url.username === "" && url.password === "";
  return isPlain && (LOOPBACK.test(url.hostname) || (own.test(url.hostname) && url.port === port))
    ? undefined
    : `the state gives its address as ${JSON.stringify(address)}, which is not one of this ` +
        "stack's, so no login is attempted there. Unless something was renamed, somebody has written the " +
        'state: docs/runbook.md, "Somebody has written the state"';
}

function labelProblem(name: string): string | undefined {
  return LABEL.test(name)
    ? undefined
    : `the state names it ${JSON.stringify(name)}, which is not a valid name: somebody has ` +
        "written the state";
}
