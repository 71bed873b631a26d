import { randomUUID } from "node:crypto";
import type { DatabaseServerHandle, GatewayHandle, SecretRequest } from "../world/contracts";
import { Entra } from "../world/entra";
import type { World } from "../world/world";
import { type Assignment, assignmentOf, isAllowed } from "./arm/access";
import { Directory, type Principal } from "./arm/directory";
import { connectIngressControllers } from "./gateway/ingressAddOn";
import type {
  ArmResource,
  Cloud,
  Factories,
  RunningCluster,
  RunningVault,
} from "./arm/resourceType";
import { ResourceManager } from "./arm/resourceManager";
import { goodSituation } from "./arm/situation";
import { readSecret } from "./vault/secretReader";

/** One subscription in one tenant: everything that the azure-native provider and its users share. */
export class AzureCloud implements Cloud {
  readonly tenantId = randomUUID();
  /** Fixed, so that settings can name what exists before the program. */
  readonly subscriptionId = "00000000-0000-0000-0000-000000000000";
  readonly directory = new Directory(this.tenantId);
  readonly deployer: Principal = this.directory.add();
  situation = goodSituation(this.subscriptionId);
  readonly resources: ResourceManager = new ResourceManager(this);
  readonly entra = new Entra(this.tenantId);
  readonly clusters = new Map<string, RunningCluster>();
  readonly gateways = new Map<string, GatewayHandle>();
  readonly databases = new Map<string, DatabaseServerHandle>();
  readonly vaults = new Map<string, RunningVault>();
  private grantTimer: NodeJS.Timeout | undefined;

  /** @param grantMs how long a new role assignment does nothing */
  constructor(
    readonly world: World,
    readonly factories: Factories,
    private readonly grantMs: number,
  ) {}

  isAllowed(
    principalId: string,
    kind: "action" | "dataAction",
    operation: string,
    resource: string,
  ): boolean {
    const now = Date.now();
    const grants = this.grants.filter((grant) => this.worksAt(grant) <= now);
    return isAllowed(
      [...grants.map(assignmentOf), ...(kind === "dataAction" ? this.deployerAssignments : [])],
      principalId,
      kind,
      operation,
      resource,
    );
  }

  willBeAllowed(
    principalId: string,
    kind: "action" | "dataAction",
    operation: string,
    resource: string,
  ): boolean {
    return isAllowed(this.grants.map(assignmentOf), principalId, kind, operation, resource);
  }

  vault(name: string): RunningVault | undefined {
    const vault = this.vaults.get(name.toLowerCase());
    return vault?.deleted ? undefined : vault;
  }

  tokenFor(principalId: string): string {
    return this.entra.issue(principalId, "https://vault.azure.net");
  }

  async read(request: SecretRequest): Promise<{ value: string; version: string }> {
    return Promise.resolve(readSecret(this, request));
  }

  async purgeVault(name: string): Promise<void> {
    const vault = this.vaults.get(name.toLowerCase());
    if (vault?.deleted) {
      await vault.service.stop();
      this.vaults.delete(name.toLowerCase());
    }
  }

  changed(): void {
    connectIngressControllers(this);
    clearTimeout(this.grantTimer);
    const now = Date.now();
    const next = Math.min(
      ...this.grants.map((grant) => this.worksAt(grant)).filter((at) => at > now),
    );
    if (next < Infinity) {
      this.grantTimer = setTimeout(() => this.changed(), next - now).unref();
    }
  }

  /** Ends everything that runs. */
  async stop(): Promise<void> {
    clearTimeout(this.grantTimer);
    await Promise.all([...this.clusters.values()].map(({ handle }) => handle.stop()));
    await Promise.all([...this.gateways.values()].map((handle) => handle.stop()));
    await Promise.all([...this.databases.values()].map((handle) => handle.stop()));
    await Promise.all([...this.vaults.values()].map(({ service }) => service.stop()));
    for (const running of [this.clusters, this.gateways, this.databases, this.vaults]) {
      running.clear();
    }
  }

  identity(clientId: string): ArmResource | undefined {
    return this.resources
      .all("Microsoft.ManagedIdentity/userAssignedIdentities")
      .find(({ outputs }) => outputs["clientId"] === clientId);
  }

  /** What whoever runs `pulumi up` was given beside the program holds for data, too. */
  private get deployerAssignments(): Assignment[] {
    const principalId = this.deployer.objectId;
    return this.situation.roles.map(({ role, scope }) => ({
      principalId,
      roleDefinitionId: role,
      scope,
    }));
  }

  private get grants(): ArmResource[] {
    return this.resources.all("Microsoft.Authorization/roleAssignments");
  }

  /** "It can take up to 10 minutes for changes to take effect" (Learn, "Troubleshoot Azure RBAC"). */
  private worksAt({ createdAt }: ArmResource): number {
    return createdAt + this.grantMs;
  }
}
