import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type {
  ClusterHandle,
  ClusterSettings,
  DatabaseServerHandle,
  DatabaseServerSettings,
  GatewayHandle,
  GatewaySettings,
  IngressSource,
} from "../../twin/world/contracts";
import { azureProvider, AzureCloud } from "../../twin/azure";
import { createAuthority } from "../../twin/world/certificates";
import {
  EMPTY_CONFIGURATION,
  type GatewayConfiguration,
} from "../../twin/world/gatewayConfiguration";
import { Journal, type Entry } from "../../twin/world/journal";
import type { Properties, Provider, Value } from "../../twin/plugin/provider";
import { addresses } from "./loopback";

export const GROUP = "rg";
export const LOCATION = "westeurope";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** What would run beside Azure, as a record of what Azure asked of it. */
export class Neighbours {
  readonly clusters: ClusterSettings[] = [];
  readonly gateways: GatewaySettings[] = [];
  /** What an ingress controller would have made of every gateway. */
  readonly gatewayConfiguration: Mutable<GatewayConfiguration> = { ...EMPTY_CONFIGURATION };
  readonly servers: DatabaseServerSettings[] = [];
  /** Names of parameters, of any server, that wait for a restart. */
  readonly pendingRestart = new Set<string>();
  readonly calls: string[] = [];

  cluster(settings: ClusterSettings): Promise<ClusterHandle & IngressSource> {
    this.clusters.push(settings);
    return Promise.resolve({
      name: settings.name,
      server: "https://127.0.0.1:443",
      kubeconfig: () => `kubeconfig of ${settings.name}`,
      stop: () => this.called(`stop cluster ${settings.name}`),
      ingresses: () => [],
      members: () => undefined,
      targetPort: () => undefined,
      probe: () => undefined,
      onChange: () => undefined,
    });
  }

  gateway(settings: GatewaySettings): Promise<GatewayHandle> {
    const { name } = settings;
    this.gateways.push(settings);
    return Promise.resolve({
      attach: () => void this.called(`attach to gateway ${name}`),
      reset: () => this.called(`reset gateway ${name}`),
      inForce: this.gatewayConfiguration,
      stop: () => this.called(`stop gateway ${name}`),
    });
  }

  server(settings: DatabaseServerSettings): Promise<DatabaseServerHandle> {
    this.servers.push(settings);
    return Promise.resolve({
      host: "127.0.0.1",
      createDatabase: (name) => this.called(`create database ${name}`),
      dropDatabase: (name) => this.called(`drop database ${name}`),
      pendingRestart: this.pendingRestart,
      configure: (name, value) => this.called(`set ${name} to ${value}`),
      parameter: (name) =>
        Promise.resolve(
          name === "unheard_of"
            ? undefined
            : {
                value: name,
                defaultValue: "4096",
                type: "integer",
                isDynamic: true,
                unit: "kB",
                description: "",
              },
        ),
      administratorPasswords: [],
      setAdministratorPassword: () => this.called("set the administrator's password"),
      stop: () => this.called(`stop server ${settings.name}`),
    });
  }

  private called(what: string): Promise<void> {
    this.calls.push(what);
    return Promise.resolve();
  }
}

/** One cloud with a resource group in it, and the calls an engine would make, in short form. */
export class AzureBench {
  readonly journal: Entry[] = [];

  private constructor(
    readonly cloud: AzureCloud,
    readonly neighbours: Neighbours,
    readonly provider: Provider,
    private readonly directory: string,
    private readonly log: Journal,
  ) {
    log.onEntry((entry) => this.journal.push(entry));
  }

  /** @param grantMs how long a new role assignment does nothing */
  static async start(grantMs = 0): Promise<AzureBench> {
    const directory = await mkdtemp(join(tmpdir(), "azure-"));
    const log = new Journal(join(directory, "journal.log"));
    const world = {
      directory,
      addresses,
      authority: await createAuthority(directory),
      journal: log,
    };
    const neighbours = new Neighbours();
    const factories = {
      startCluster: (settings: ClusterSettings) => neighbours.cluster(settings),
      startGateway: (settings: GatewaySettings) => neighbours.gateway(settings),
      startDatabaseServer: (settings: DatabaseServerSettings) => neighbours.server(settings),
    };
    const cloud = new AzureCloud(world, factories, grantMs);
    const provider = azureProvider(cloud);
    await provider.configure({ location: LOCATION });
    const bench = new AzureBench(cloud, neighbours, provider, directory, log);
    await bench.create("resources:ResourceGroup", { resourceGroupName: GROUP });
    return bench;
  }

  async stop(): Promise<void> {
    await this.cloud.stop();
    await this.log.close();
    await rm(this.directory, { recursive: true });
  }

  /** Check with the location and the group filled in; rejects with the failures. */
  async check(type: string, inputs: Properties, oldInputs: Properties = {}): Promise<Properties> {
    const { inputs: checked, failures } = await this.provider.check({
      ...called(type),
      inputs,
      oldInputs,
      randomSeed: Buffer.alloc(32, 7),
    });
    if (failures.length > 0) {
      throw new Error(failures.map(({ reason }) => reason).join("\n"));
    }
    return checked;
  }

  async create(
    type: string,
    inputs: Properties,
  ): Promise<{ id: string; inputs: Properties; outputs: Properties }> {
    const checked = await this.check(type, inputs);
    const created = await this.provider.create({
      ...called(type),
      inputs: checked,
      preview: false,
      timeout: 0,
    });
    return { ...created, inputs: checked };
  }

  async update(
    type: string,
    before: { id: string; inputs: Properties; outputs: Properties },
    inputs: Properties,
    preview = false,
  ): Promise<Properties> {
    return this.provider.update({
      ...called(type),
      id: before.id,
      oldInputs: before.inputs,
      state: before.outputs,
      inputs: await this.check(type, inputs, before.inputs),
      ignoreChanges: [],
      preview,
      timeout: 0,
    });
  }

  /** What a refresh takes over. */
  read(type: string, of: { id: string; inputs: Properties; outputs: Properties }) {
    return this.provider.read({
      ...called(type),
      id: of.id,
      inputs: of.inputs,
      state: of.outputs,
    });
  }

  delete(type: string, of: { id: string; inputs: Properties; outputs: Properties }): Promise<void> {
    return this.provider.delete({
      ...called(type),
      id: of.id,
      oldInputs: of.inputs,
      state: of.outputs,
      timeout: 0,
    });
  }

  /** A vault with access by roles. */
  vault(vaultName: string, properties: Properties = {}) {
    return this.create("keyvault:Vault", {
      resourceGroupName: GROUP,
      vaultName,
      properties: {
        tenantId: this.cloud.tenantId,
        sku: { family: "A", name: "standard" },
        enableRbacAuthorization: true,
        ...properties,
      },
    });
  }

  identity(resourceName: string) {
    return this.create("managedidentity:UserAssignedIdentity", {
      resourceGroupName: GROUP,
      resourceName,
    });
  }

  /** Grants a role; the name is a GUID that the provider makes up from the seed and the scope. */
  grant(principalId: string, role: string, scope: string, more: Properties = {}) {
    return this.create("authorization:RoleAssignment", {
      roleAssignmentName: crypto.randomUUID(),
      principalId,
      principalType: "ServicePrincipal",
      roleDefinitionId: `/subscriptions/${this.cloud.subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/${role}`,
      scope,
      ...more,
    });
  }
}

/** The text at an output. */
export function textOf(value: Value | undefined): string {
  if (typeof value !== "string") {
    throw new TypeError("The output is no text.");
  }
  return value;
}

export function called(type: string, name = "thing") {
  const token = `azure-native:${type}`;
  return { urn: `urn:pulumi:s::p::${token}::${name}`, type: token, name };
}

/** What is refused, the type it is refused for, the inputs, and the text of the refusal. */
export type Refusal = readonly [
  what: string,
  type: string,
  inputs: () => Properties,
  error: RegExp,
];
