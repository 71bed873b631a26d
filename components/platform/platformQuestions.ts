import * as authorization from "@pulumi/azure-native/authorization";
import * as containerregistry from "@pulumi/azure-native/containerregistry";
import * as containerservice from "@pulumi/azure-native/containerservice";
import * as dbforpostgresql from "@pulumi/azure-native/dbforpostgresql";
import * as keyvault from "@pulumi/azure-native/keyvault";
import * as network from "@pulumi/azure-native/network";
import * as operationalinsights from "@pulumi/azure-native/operationalinsights";
import { Provider as AzureProvider } from "@pulumi/azure-native/provider";
import type * as pulumi from "@pulumi/pulumi";
import {
  isSameId,
  type PlatformIdKey,
  type PlatformIds,
  type PlatformNeeds,
  resourceIdOf,
} from "./platformIds";
import type { Readings } from "./readings";
import { secretValue } from "./secretValue";
import { type TakenSecret, takenSecrets } from "./takenSecrets";

type Answer<T extends (...args: never[]) => unknown> = Awaited<ReturnType<T>> | undefined;

/** What Azure says of a platform; undefined where it does not say. */
export interface PlatformAnswers {
  readonly login: Answer<typeof authorization.getClientConfig>;
  readonly cluster: Answer<typeof containerservice.getManagedCluster>;
  /** Kubeconfig, base64. */
  readonly kubeconfig: string | undefined;
  readonly vault: Answer<typeof keyvault.getVault>;
  /** Those of the names to take that somebody else's secrets have. */
  readonly taken: readonly TakenSecret[] | undefined;
  readonly server: Answer<typeof dbforpostgresql.getServer>;
  /** Subnets that the server is reached in; undefined where it is reached elsewhere as well. */
  readonly serverSubnets: readonly network.GetSubnetResult[] | undefined;
  readonly pgbouncer: Answer<typeof dbforpostgresql.getConfiguration>;
  readonly maxConnections: Answer<typeof dbforpostgresql.getConfiguration>;
  /** The administrator's password. */
  readonly password: string | undefined;
  readonly gateway: Answer<typeof network.getApplicationGateway>;
  readonly publicAddress: Answer<typeof network.getPublicIPAddress>;
  readonly gatewaySubnet: Answer<typeof network.getSubnet>;
  readonly workspace: Answer<typeof operationalinsights.getWorkspace>;
  readonly registry: Answer<typeof containerregistry.getRegistry>;
}

/** Where a call goes, by the id that it is about. */
interface Place {
  readonly group: string;
  readonly name: string;
  /** Of a part, such as a subnet. */
  readonly part: string;
  readonly options: pulumi.InvokeOptions;
}

interface About {
  /** @default the key's own */
  readonly id?: string | undefined;
  /** What is asked, in words, where it is not what the key names. */
  readonly what?: string;
  /** @default Reader */
  readonly role?: string;
}

/**
 * Asks Azure of a platform, by plain calls, so that the answers are known in a preview and before
 * anything depends on them. All at once; only what needs an answer waits for it.
 */
export async function askPlatform(
  ids: PlatformIds,
  { newSecrets = [] }: Pick<PlatformNeeds, "newSecrets">,
  readings: Readings,
): Promise<PlatformAnswers> {
  const questions = new Questions(ids, readings);
  const [cluster, gateway, server, vault] = [
    questions.cluster(),
    questions.gateway(),
    questions.server(),
    questions.vault("vaultId"),
  ];
  const isSameVault = isSameId(vaultOf(ids.databaseAdministratorSecret), ids.vaultId);
  const secretVault = isSameVault ? vault : questions.vault("databaseAdministratorSecret");
  return allOf({
    login: questions.login(),
    cluster,
    kubeconfig: cluster.then((known) => known && questions.kubeconfig(known)),
    vault,
    taken: vault.then((known) =>
      known && newSecrets.length > 0 ? questions.takenSecrets(known, newSecrets) : [],
    ),
    server,
    serverSubnets: server.then((known) => known && questions.serverSubnets(known)),
    // Burstable sizes have no PgBouncer, and no parameter of it.
    pgbouncer: server.then((known) =>
      known && known.sku?.tier !== "Burstable"
        ? questions.parameter("pgbouncer.enabled")
        : undefined,
    ),
    maxConnections: questions.parameter("max_connections"),
    password: secretVault.then((known) => known && questions.password(known)),
    gateway,
    publicAddress: gateway.then((known) => questions.publicAddress(known)),
    gatewaySubnet: gateway.then((known) =>
      questions.subnet("gatewayId", known?.gatewayIPConfigurations?.[0]?.subnet?.id),
    ),
    workspace: questions.workspace(),
    registry: questions.registry(),
  });
}

class Questions {
  private readonly providers = new Map<string, AzureProvider>();

  constructor(
    private readonly ids: PlatformIds,
    private readonly readings: Readings,
  ) {}

  login() {
    return this.ask("clusterId", { what: "who is logged in" }, ({ options }) =>
      authorization.getClientConfig(options),
    );
  }

  cluster() {
    return this.ask("clusterId", {}, ({ group, name, options }) =>
      containerservice.getManagedCluster({ resourceGroupName: group, resourceName: name }, options),
    );
  }

  kubeconfig(cluster: containerservice.GetManagedClusterResult) {
    const isPublicName = cluster.apiServerAccessProfile?.enablePrivateClusterPublicFQDN === true;
    const role = "Azure Kubernetes Service Cluster User Role";
    return this.ask(
      "clusterId",
      { what: "its address", role },
      async ({ group, name, options }) => {
        const { kubeconfigs } = await containerservice.listManagedClusterUserCredentials(
          {
            resourceGroupName: group,
            resourceName: name,
            format: "exec",
            // Otherwise Azure hands out the name in a zone that there may not be here.
            ...(isPublicName && { serverFqdn: "public" }),
          },
          options,
        );
        return kubeconfigs[0]?.value ?? "";
      },
    );
  }

  vault(key: "vaultId" | "databaseAdministratorSecret") {
    return this.ask(key, { id: vaultOf(this.ids[key]) }, ({ group, name, options }) =>
      keyvault.getVault({ resourceGroupName: group, vaultName: name }, options),
    );
  }

  password(vault: keyvault.GetVaultResult) {
    const about = { what: "its value", role: "Key Vault Secrets User" };
    return this.ask("databaseAdministratorSecret", about, ({ part }) =>
      secretValue(vault.properties.vaultUri, part),
    );
  }

  takenSecrets(vault: keyvault.GetVaultResult, names: readonly string[]) {
    const about = { what: "which secrets it has", role: "Key Vault Secrets User" };
    return this.ask("vaultId", about, () => takenSecrets(vault.properties.vaultUri, names));
  }

  server() {
    return this.ask("databaseServerId", {}, ({ group, name, options }) =>
      dbforpostgresql.getServer({ resourceGroupName: group, serverName: name }, options),
    );
  }

  parameter(configurationName: string) {
    const about = { what: configurationName };
    return this.ask("databaseServerId", about, ({ group, name, options }) =>
      dbforpostgresql.getConfiguration(
        { resourceGroupName: group, serverName: name, configurationName },
        options,
      ),
    );
  }

  gateway() {
    return this.ask("gatewayId", {}, ({ group, name, options }) =>
      network.getApplicationGateway(
        { resourceGroupName: group, applicationGatewayName: name },
        options,
      ),
    );
  }

  async publicAddress(gateway: network.GetApplicationGatewayResult | undefined) {
    const frontends = gateway?.frontendIPConfigurations ?? [];
    const id = frontends.find((each) => each.publicIPAddress)?.publicIPAddress?.id;
    return id === undefined
      ? undefined
      : this.ask("gatewayId", { id, what: "its public address" }, ({ group, name, options }) =>
          network.getPublicIPAddress(
            { resourceGroupName: group, publicIpAddressName: name },
            options,
          ),
        );
  }

  async subnet(key: "gatewayId" | "databaseServerId", id: string | undefined) {
    return id === undefined
      ? undefined
      : this.ask(key, { id, what: "its subnet" }, ({ group, name, part, options }) =>
          network.getSubnet(
            { resourceGroupName: group, virtualNetworkName: name, subnetName: part },
            options,
          ),
        );
  }

  /**
   * The subnet that a server is in, or those of its private endpoints where nothing else leads to it. Which
   * of these the cluster uses its DNS decides, so all of them count. Whoever runs `pulumi up` need not be
   * able to read endpoints in other subscriptions, so with one of these nothing is known.
   */
  async serverSubnets({
    network: reach,
    privateEndpointConnections,
  }: dbforpostgresql.GetServerResult): Promise<network.GetSubnetResult[] | undefined> {
    if (reach?.delegatedSubnetResourceId) {
      return this.subnets([reach.delegatedSubnetResourceId]);
    }
    const approved = (privateEndpointConnections ?? []).filter(
      ({ privateLinkServiceConnectionState: { status } }) => status === "Approved",
    );
    const ids = approved.map(({ privateEndpoint }) => privateEndpoint?.id ?? "");
    const isOurs = (id: string) => resourceIdOf(id)?.subscriptionId === this.home;
    if (reach?.publicNetworkAccess !== "Disabled" || ids.length === 0 || !ids.every(isOurs)) {
      return undefined;
    }
    const endpoints = await Promise.all(ids.map((id) => this.privateEndpoint(id)));
    return this.subnets(endpoints.map((endpoint) => endpoint?.subnet?.id));
  }

  private privateEndpoint(id: string) {
    const about = { id, what: "its private endpoint" };
    return this.ask("databaseServerId", about, ({ group, name, options }) =>
      network.getPrivateEndpoint({ resourceGroupName: group, privateEndpointName: name }, options),
    );
  }

  /** Each once; undefined where one is missing, because the others would shut pods off from it. */
  private async subnets(
    ids: readonly (string | undefined)[],
  ): Promise<network.GetSubnetResult[] | undefined> {
    const asked = [...new Set(ids)].map((id) => this.subnet("databaseServerId", id));
    const found = (await Promise.all(asked)).flatMap((subnet) => subnet ?? []);
    return found.length === asked.length ? found : undefined;
  }

  private get home(): string | undefined {
    return resourceIdOf(this.ids.clusterId)?.subscriptionId;
  }

  workspace() {
    return this.ask("workspaceId", {}, ({ group, name, options }) =>
      operationalinsights.getWorkspace({ resourceGroupName: group, workspaceName: name }, options),
    );
  }

  async registry() {
    return this.ids.registryId === undefined
      ? undefined
      : this.ask("registryId", {}, ({ group, name, options }) =>
          containerregistry.getRegistry({ resourceGroupName: group, registryName: name }, options),
        );
  }

  private ask<T>(
    key: PlatformIdKey,
    { id = this.ids[key] ?? "", what, role = "Reader" }: About,
    call: (place: Place) => Promise<T>,
  ): Promise<T | undefined> {
    const {
      subscriptionId = "",
      resourceGroupName: group = "",
      names = [],
    } = resourceIdOf(id) ?? {};
    const [name = "", part = ""] = names;
    const options = { provider: this.provider(subscriptionId) };
    return this.readings.ask({ key, id, role, ...(what && { what }) }, () =>
      call({ group, name, part, options }),
    );
  }

  /** One for each subscription: a call has no other way to name it. */
  private provider(subscriptionId: string): AzureProvider {
    const { providers } = this;
    const name = providers.size === 0 ? "lookup" : `lookup-${subscriptionId}`;
    const provider = providers.get(subscriptionId) ?? new AzureProvider(name, { subscriptionId });
    providers.set(subscriptionId, provider);
    return provider;
  }
}

/** Id of the vault that a secret is in, or of the vault itself. */
function vaultOf(id: string): string {
  return id.split("/").slice(0, 9).join("/");
}

async function allOf<T extends object>(promises: { readonly [K in keyof T]: Promise<T[K]> }) {
  const entries = Object.entries(promises).map(
    async ([key, promise]) => [key, await (promise as Promise<unknown>)] as const,
  );
  return Object.fromEntries(await Promise.all(entries)) as T;
}
