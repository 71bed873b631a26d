import type { IssuedCertificate } from "./certificates";
import type { GatewayConfiguration, PoolMember } from "./gatewayConfiguration";

/**
 * The seams between the stand-ins, so that each file knows as little as possible of the others.
 * Azure creates clusters, gateways and servers; a cluster reads vault secrets through Azure and
 * tells the gateway's ingress controller what changed.
 */

/** A pod's request for a vault secret, as the Secrets Store CSI driver's Azure provider makes it. */
export interface SecretRequest {
  /** OIDC issuer of the cluster that signed the pod's service account token. */
  readonly issuer: string;
  /** `system:serviceaccount:<namespace>:<name>`. */
  readonly subject: string;
  /** Client id of the user-assigned identity, from the SecretProviderClass. */
  readonly clientId: string;
  readonly tenantId: string;
  readonly vaultName: string;
  readonly secretName: string;
  /** Empty for the newest version. */
  readonly version: string;
}

export interface SecretReader {
  /** Rejects with the text that the CSI provider would put into the pod's mount event. */
  read(request: SecretRequest): Promise<{ value: string; version: string }>;
}

/** What Azure needs of a Kubernetes cluster. */
export interface ClusterHandle {
  readonly name: string;
  /** The API server's host and port as it stands in a kubeconfig. */
  readonly server: string;
  /** The kubeconfig that `listClusterUserCredential` returns (exec with kubelogin), YAML text. */
  kubeconfig(): string;
  stop(): Promise<void>;
}

export interface ClusterSettings {
  readonly name: string;
  /** Part of the user's name in the kubeconfig. */
  readonly resourceGroup: string;
  readonly tenantId: string;
  readonly issuer: string;
  readonly secrets: SecretReader;
  /** Public address of what leaves the cluster, that of its NAT gateway; the host's without one. */
  readonly outboundAddress?: string;
  /** Whether an Entra token is that of an administrator of the cluster; nobody by default. */
  readonly isAdministrator?: (token: string) => boolean;
}

/** What AGIC reads of a pod's probe; a value that is missing is that of Kubernetes (1 s, 3 times). */
export interface PodProbe {
  readonly path: string;
  /** As a number; undefined where the container declares no port of its name. */
  readonly port?: number;
  readonly periodSeconds: number;
  readonly timeoutSeconds?: number;
  readonly failureThreshold?: number;
}

/** What AGIC reads of a cluster. */
export interface IngressSource {
  /** All Ingress objects of the ingress class, as stored (plain JSON). */
  ingresses(): readonly Record<string, unknown>[];
  /**
   * Members behind a Service port, NotReady ones included (AGIC adds those too); undefined when
   * the Service does not exist.
   */
  members(namespace: string, service: string, port: number | string): PoolMember[] | undefined;
  /** A Service port's target where it is a number; undefined where it is the name of pods' port. */
  targetPort(namespace: string, service: string, port: number | string): number | undefined;
  /** `httpGet` of the readiness (else liveness) probe of the pods behind a Service. */
  probe(namespace: string, service: string): PodProbe | undefined;
  /** Called after every change of an Ingress, a Service, or the members of one. */
  onChange(listener: () => void): void;
}

/** The certificates of a gateway with their keys, by the names that listeners refer to. */
export type GatewayCertificates = ReadonlyMap<string, IssuedCertificate>;

/** What Azure needs of an application gateway. */
/** A custom rule of a firewall policy: a request that meets all conditions is blocked. */
export interface FirewallRule {
  readonly name: string;
  readonly conditions: readonly FirewallCondition[];
}

export interface FirewallCondition {
  /** The Host header in lower case, or the address that the connection comes from. */
  readonly variable: "host" | "address";
  /** Regular expressions, or addresses and ranges; one that fits is enough. */
  readonly values: readonly string[];
  readonly isNegated: boolean;
}

export interface GatewaySettings {
  readonly name: string;
  /** Address of the gateway's public frontend. */
  readonly address: string;
  /** Read from the vault by the gateway's identity; empty when the gateway has none. */
  readonly certificates: GatewayCertificates;
  /**
   * Custom rules of the firewall policy at this moment, the same array until they change.
   * @default none
   */
  readonly firewallRules?: () => readonly FirewallRule[];
}

export interface GatewayHandle {
  /** Attaches the ingress controller of a cluster (the AKS add-on). */
  attach(source: IngressSource): void;
  /**
   * Somebody else than the ingress controller replaced the gateway: what the controller had written
   * is gone until its next pass, and these are the certificates from now on.
   */
  reset(certificates: GatewayCertificates): Promise<void>;
  /** What the ingress controller has made of it; without listeners while it has written nothing. */
  readonly inForce: GatewayConfiguration;
  stop(): Promise<void>;
}

/** What Azure needs of a PostgreSQL server. */
export interface DatabaseServerSettings {
  readonly name: string;
  readonly version: string;
  readonly administrator: string;
  readonly password: string;
  readonly maxConnections: number;
  /** Seconds that a login may take, `authentication_timeout`. Default: as on Azure. */
  readonly loginSeconds?: number;
}

/** A server parameter as it is at the moment. */
export interface ServerParameter {
  readonly value: string;
  readonly defaultValue: string;
  /** PostgreSQL's name of the type: `bool`, `integer`, `real`, `enum` or `string`. */
  readonly type: string;
  /** Whether a change needs no restart. */
  readonly isDynamic: boolean;
  readonly unit: string;
  readonly description: string;
}

export interface DatabaseServerHandle {
  /** What `fullyQualifiedDomainName` holds: an address of the twin. */
  readonly host: string;
  createDatabase(name: string): Promise<void>;
  dropDatabase(name: string): Promise<void>;
  /** Names of the parameters that were changed and wait for a restart. */
  readonly pendingRestart: ReadonlySet<string>;
  /** Sets a server parameter; resolves when it is in force, or waits for a restart. */
  configure(name: string, value: string): Promise<void>;
  /** Undefined when there is no such parameter. */
  parameter(name: string): Promise<ServerParameter | undefined>;
  setAdministratorPassword(password: string): Promise<void>;
  /** Every one that there was, the newest last. */
  readonly administratorPasswords: readonly string[];
  stop(): Promise<void>;
}
