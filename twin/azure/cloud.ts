import { randomUUID } from "node:crypto";
import type {
  ClusterHandle,
  ClusterSettings,
  DatabaseServerHandle,
  DatabaseServerSettings,
  GatewayHandle,
  GatewaySettings,
  IngressSource,
  SecretReader,
  SecretRequest,
} from "../world/contracts";
import { Entra } from "../world/entra";
import { Vault } from "../vault/vault";
import type { World } from "../world/world";
import { assignmentOf, isAllowed } from "./arm/access";
import { Directory, type Principal } from "./arm/directory";
import { connectIngressControllers } from "./gateway/ingressAddOn";
import type { ArmResource } from "./arm/resourceType";
import { ResourceManager } from "./arm/resourceManager";
import { readSecret } from "./vault/secretReader";

/** How the things start that other stand-ins run. */
export interface Factories {
  startCluster(settings: ClusterSettings): Promise<ClusterHandle & IngressSource>;
  startGateway(settings: GatewaySettings): Promise<GatewayHandle>;
  startDatabaseServer(settings: DatabaseServerSettings): Promise<DatabaseServerHandle>;
}

/** A cluster that runs. */
export interface RunningCluster {
  readonly handle: ClusterHandle & IngressSource;
  /** As the API server writes it into tokens; empty when the OIDC issuer is off. */
  readonly issuer: string;
  /** Whether the ingress controller of the add-on works on its gateway. */
  attached: boolean;
  /** What the ingress controller's identity lacked when last looked at. */
  lacking: string;
}

/** A vault that exists, deleted ones included until they are purged. */
export interface RunningVault {
  readonly id: string;
  readonly location: string;
  readonly service: Vault;
  deleted: boolean;
}

/** One subscription in one tenant: everything that the azure-native provider and its users share. */
export class Cloud implements SecretReader {
  readonly tenantId = randomUUID();
  /** Fixed, so that settings can name what exists before the program. */
  readonly subscriptionId = "00000000-0000-0000-0000-000000000000";
  readonly directory = new Directory(this.tenantId);
  /** Who runs `pulumi up`: Owner of the subscription, which gives no right to read a secret. */
  readonly deployer: Principal = this.directory.add();
  readonly resources = new ResourceManager(this);
  readonly entra = new Entra(this.tenantId);
  readonly clusters = new Map<string, RunningCluster>();
  readonly gateways = new Map<string, GatewayHandle>();
  readonly databases = new Map<string, DatabaseServerHandle>();
  /** By name, which is unique in the world. */
  readonly vaults = new Map<string, RunningVault>();

  constructor(
    readonly world: World,
    readonly factories: Factories,
  ) {}

  /** Whether a principal may do something to a resource, by its role assignments. */
  isAllowed(
    principalId: string,
    kind: "action" | "dataAction",
    operation: string,
    resource: string,
  ): boolean {
    const assignments = this.resources
      .all("Microsoft.Authorization/roleAssignments")
      .map(assignmentOf);
    return isAllowed(assignments, principalId, kind, operation, resource);
  }

  /** A vault that is not deleted. */
  vault(name: string): RunningVault | undefined {
    const vault = this.vaults.get(name.toLowerCase());
    return vault?.deleted ? undefined : vault;
  }

  /** A bearer token for the data plane of vaults. */
  tokenFor(principalId: string): string {
    return this.entra.issue(principalId, "https://vault.azure.net");
  }

  async read(request: SecretRequest): Promise<{ value: string; version: string }> {
    return Promise.resolve(readSecret(this, request));
  }

  /** Purges a soft-deleted vault, so that its name is free again. */
  async purgeVault(name: string): Promise<void> {
    const vault = this.vaults.get(name.toLowerCase());
    if (vault?.deleted) {
      await vault.service.stop();
      this.vaults.delete(name.toLowerCase());
    }
  }

  /** Something was written: what waits for role assignments looks again. */
  changed(): void {
    connectIngressControllers(this);
  }

  /** Ends everything that runs. */
  async stop(): Promise<void> {
    await Promise.all([...this.clusters.values()].map(({ handle }) => handle.stop()));
    await Promise.all([...this.gateways.values()].map((handle) => handle.stop()));
    await Promise.all([...this.databases.values()].map((handle) => handle.stop()));
    await Promise.all([...this.vaults.values()].map(({ service }) => service.stop()));
    for (const running of [this.clusters, this.gateways, this.databases, this.vaults]) {
      running.clear();
    }
  }

  /** The user-assigned identity behind a client id. */
  identity(clientId: string): ArmResource | undefined {
    return this.resources
      .all("Microsoft.ManagedIdentity/userAssignedIdentities")
      .find(({ outputs }) => outputs["clientId"] === clientId);
  }
}
