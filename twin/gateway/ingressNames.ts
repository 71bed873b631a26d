import { createHash } from "node:crypto";

/**
 * The names that AGIC gives to what it makes in the gateway (`pkg/appgw/internaltypes.go`). They
 * hold the Service, its port and, but for pools, the Ingress, and nothing of a rule's host, so
 * that moving a host to another backend of the same Ingress changes none of them.
 */
export interface BackendName {
  readonly namespace: string;
  readonly ingress: string;
  readonly service: string;
  /** The Service's port as the Ingress has it, a number or a name. */
  readonly port: string;
}

/** The pool of backends that have no members: always there, always empty. */
export const DEFAULT_POOL = "defaultaddresspool";

export function poolName(backend: BackendName, targetPort: number): string {
  const { namespace, service, port } = backend;
  return shortened(`pool-${namespace}-${service}-${port}-bp-${targetPort}`);
}

export function settingsName(backend: BackendName, targetPort: number): string {
  const { namespace, service, port, ingress } = backend;
  return shortened(`bp-${namespace}-${service}-${port}-${targetPort}-${ingress}`);
}

export function probeName(backend: BackendName): string {
  const { namespace, service, port, ingress } = backend;
  return shortened(`pb-${namespace}-${service}-${port}-${ingress}`);
}

/**
 * Names of what belongs to one host and port hold a hash of what AGIC calls the listener's
 * identifier: as JSON, with room for five hosts.
 */
export function listenerName(port: number, host: string): string {
  return `fl-${identifierHash(port, host)}`;
}

export function ruleName(port: number, host: string): string {
  return `rr-${identifierHash(port, host)}`;
}

/** @param target name of the listener that is redirected to */
export function redirectName(target: string): string {
  return `sslr-${target}`;
}

function identifierHash(port: number, host: string): string {
  const identifier = {
    FrontendPort: port,
    HostNames: [host, "", "", "", ""],
    FrontendType: "Public",
  };
  return createHash("md5").update(JSON.stringify(identifier)).digest("hex");
}

/** Names over 80 characters end in the MD5 of the whole name instead. */
function shortened(name: string): string {
  const maximum = 80;
  if (name.length <= maximum) {
    return name;
  }
  const hash = createHash("md5").update(name).digest("hex");
  return `${name.slice(0, maximum - hash.length - 1)}-${hash}`;
}
