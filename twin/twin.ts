import { randomInt } from "node:crypto";
import { createServer } from "node:net";
import { mkdir } from "node:fs/promises";
import { once } from "node:events";
import { delimiter, join } from "node:path";
import { findHelm } from "./kubernetes/helm/helm";
import { Addresses } from "./world/addresses";
import { azureProvider } from "./azure/provider";
import { AzureCloud } from "./azure/azureCloud";
import { DEFAULT_HOSTS, GIVEN, makeGiven } from "./azure/given";
import type { Factories } from "./azure/arm/resourceType";
import { AUDIENCES } from "./azure/reads/answer";
import { Reads } from "./azure/reads/reads";
import { RESOURCE_TYPES } from "./azure/resourceTypes";
import { writeAzureCli } from "./azure/runner/azureCli";
import { scalePool } from "./azure/cluster/agentPools";
import { upgradeClusters } from "./azure/cluster/upgrades";
import { createAuthority } from "./world/certificates";
import { Cluster, type ClusterOptions } from "./kubernetes/cluster";
import { kubernetesProvider } from "./kubernetes/provider";
import { begin, CommitFaults, type Fault, mend } from "./faults";
import { startGateway } from "./gateway/gateway";
import type { UpdateTimes } from "./gateway/updateTimes";
import { Inspection } from "./inspection";
import { type EngineOperation, Interruptions } from "./plugin/interruptions";
import { Journal } from "./world/journal";
import { writeKubelogin } from "./azure/runner/kubelogin";
import { PostgresServer, startDatabaseServer } from "./postgresql/server";
import { PostgresqlProvider } from "./postgresql/provider";
import { type ServedProvider, serveProvider } from "./plugin/protocol";
import type { Provider } from "./plugin/provider";
import { RandomProvider } from "./random/provider";
import type { World } from "./world/world";
import packages from "../package.json";

export interface TwinSettings {
  /** An existing folder for everything the twin writes. */
  readonly directory: string;
  /** Folder that relative chart paths start from. */
  readonly root: string;
  /** Seconds that an update of the gateway takes. */
  readonly gatewaySeconds: number | UpdateTimes;
  /** Seconds for which autoscalers take no pods away after a higher recommendation. Default: 300. */
  readonly stabilizationSeconds?: number;
  /** Seconds in which a new role assignment does nothing yet. Default: GRANT_SECONDS. */
  readonly grantSeconds?: number;
  /** Seconds that servers give a login. Default: SHORT_LOGIN_SECONDS. */
  readonly loginSeconds?: number;
  /** Names in the certificate that exists before the program. Default: those of its stack. */
  readonly hosts?: readonly string[];
}

/** An update of a real gateway takes 10 to 40 s; shortened, so that a rehearsal takes minutes. */
export const GATEWAY_SECONDS = 4;

/** Azure takes up to 10 minutes to make a role assignment work; shortened as well. */
const GRANT_SECONDS = 4;

/** Azure's servers give a login 30 s, and a proof waits for those; shortened as well. */
const SHORT_LOGIN_SECONDS = 5;

/** A credential that must not be anywhere in clear text but in the vault and in its mount. */
export interface KnownCredential {
  readonly name: string;
  readonly secretName: string;
  readonly version: string;
  readonly value: string;
  readonly enabled: boolean;
}

/** What a twin consists of. */
interface Parts {
  readonly world: World;
  readonly cloud: AzureCloud;
  readonly reads: Reads;
  readonly interruptions: Interruptions;
  readonly commits: CommitFaults;
  readonly gatewaySeconds: number | UpdateTimes;
  readonly standalone: Cluster;
  readonly served: readonly ServedProvider[];
  readonly releaseBlock: () => Promise<void>;
}

/** All stand-ins together: one cloud, reached through the providers' protocol. */
export class Twin {
  readonly world: World;
  readonly cloud: AzureCloud;
  /** What whoever only asks is told. */
  readonly reads: Reads;
  readonly interruptions: Interruptions;
  readonly commits: CommitFaults;

  private constructor(private readonly parts: Parts) {
    this.world = parts.world;
    this.cloud = parts.cloud;
    this.reads = parts.reads;
    this.interruptions = parts.interruptions;
    this.commits = parts.commits;
  }

  static async start({
    directory,
    root,
    gatewaySeconds,
    stabilizationSeconds,
    grantSeconds = GRANT_SECONDS,
    loginSeconds = SHORT_LOGIN_SECONDS,
    hosts = DEFAULT_HOSTS,
  }: TwinSettings): Promise<Twin> {
    const { block, release } = await claimBlock();
    const world: World = {
      directory,
      addresses: new Addresses(block),
      authority: await createAuthority(directory),
      journal: new Journal(join(directory, "journal.log")),
    };
    // The stand-in of the postgresql plugin looks where the official one would.
    process.env["SSL_CERT_FILE"] = world.authority.file;
    await mkdir(join(directory, "pods"), { recursive: true });
    const factories: Factories = {
      startCluster: (settings) =>
        startCluster(world, settings, { autoscalers: { stabilizationSeconds } }),
      startGateway: (settings) =>
        startGateway(world, { ...settings, updateSeconds: gatewaySeconds }),
      startDatabaseServer: (settings) => startDatabaseServer(world, { ...settings, loginSeconds }),
    };
    const cloud: AzureCloud = new AzureCloud(world, factories, grantSeconds * 1000);
    await makeGiven(cloud, hosts);
    const reads = await Reads.start(cloud, { types: [...RESOURCE_TYPES.values()] });
    const audiences = [AUDIENCES.resourceManager, `https://${reads.address}`];
    await writeAzureCli(toolsFolder(world), cloud, audiences);
    await writeKubelogin(toolsFolder(world), cloud);
    const standalone = await startCluster(world, {
      name: "standalone",
      resourceGroup: "",
      tenantId: cloud.tenantId,
      issuer: "https://standalone.invalid/",
      secrets: cloud,
    });
    const { command: helm } = await findHelm();
    const clusters = {
      standalone,
      byServer: (server: string) => clustersOf(cloud).find((cluster) => cluster.server === server),
    };
    const interruptions = new Interruptions(world.journal);
    const commits = new CommitFaults();
    const midway = (operation: EngineOperation) => interruptions.midway(operation);
    const providers: Record<string, () => Provider> = {
      "azure-native": () => azureProvider(cloud),
      kubernetes: () => kubernetesProvider(clusters, { root, helm, midway }),
      postgresql: () => new PostgresqlProvider(() => commits.take()),
      random: () => new RandomProvider(),
    };
    const served = await Promise.all(
      Object.entries(providers).map(([name, create]) =>
        serveProvider({
          name,
          create,
          version: versionOf(name),
          around: (operation, run) => interruptions.around(operation, run),
        }),
      ),
    );
    return new Twin({
      world,
      cloud,
      reads,
      interruptions,
      commits,
      gatewaySeconds,
      standalone,
      served,
      releaseBlock: release,
    });
  }

  /** Folder with the command line tools of whoever runs `pulumi up`. */
  private get tools(): string {
    return toolsFolder(this.world);
  }

  /** Port of each provider. */
  get ports(): Record<string, number> {
    return Object.fromEntries(this.parts.served.map(({ name, port }) => [name, port]));
  }

  /** What an engine and its plugins need in their environment. */
  variables(): Record<string, string> {
    return {
      PULUMI_DEBUG_PROVIDERS: this.parts.served
        .map(({ name, port }) => `${name}:${port}`)
        .join(","),
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      // For an official postgresql plugin, which verifies the server's certificate.
      SSL_CERT_FILE: this.world.authority.file,
      // What a runner has besides: a login to Azure, and the authorities it trusts.
      PATH: [this.tools, process.env["PATH"]].join(delimiter),
      AZURE_TOKEN_CREDENTIALS: "AzureCliCredential",
      // Where Resource Manager is; the stand-in of azure-native is no client of it.
      ARM_METADATA_HOSTNAME: this.reads.address,
      NODE_EXTRA_CA_CERTS: this.world.authority.file,
    };
  }

  /** The cluster that the program made. */
  cluster(): Cluster {
    const [cluster] = clustersOf(this.cloud);
    if (cluster === undefined) {
      throw new Error("There is no cluster in the twin yet.");
    }
    return cluster;
  }

  /** A look from outside at what the program made. */
  inspection(): Inspection {
    return new Inspection(this.cloud, this.cluster());
  }

  /** Lets something of the cloud go wrong. */
  begin(fault: Fault): Promise<void> {
    return begin(this, fault);
  }

  /** Ends everything that goes wrong. */
  mend(): void {
    mend(this, { gatewaySeconds: this.parts.gatewaySeconds });
  }

  /** Changes the counts of pools by name, as the cluster's autoscaler does. */
  scalePools(counts: Readonly<Record<string, number>>): void {
    for (const [name, count] of Object.entries(counts)) {
      scalePool(this.cloud, name, count);
    }
  }

  /** Upgrades the cluster and its pools, as a channel of automatic upgrades does. */
  upgradeCluster(version: string): void {
    upgradeClusters(this.cloud, version);
  }

  /** Gives the database server another administrator's password, past whoever made it. */
  async setAdministratorPassword(password: string): Promise<void> {
    const [server] = this.cloud.resources.all("Microsoft.DBforPostgreSQL/flexibleServers");
    const inputs = { ...server!.inputs, administratorLoginPassword: password };
    await this.cloud.resources.put(server!.type, inputs, "update");
  }

  /** The database server that the program made. */
  database(): PostgresServer {
    const [server] = this.cloud.databases.values();
    if (!(server instanceof PostgresServer)) {
      throw new Error("There is no database server in the twin yet.");
    }
    return server;
  }

  /** Every version of every secret in the program's vaults, oldest first. */
  credentials(): KnownCredential[] {
    return [...this.cloud.vaults]
      .filter(([vaultName]) => vaultName !== GIVEN.vault)
      .map(([, { service }]) => service.secrets)
      .flatMap((secrets) =>
        secrets.list().flatMap(({ name: secretName }) =>
          secrets.versions(secretName).map(({ version, value, attributes }) => ({
            name: `${secretName} ${version}`,
            secretName,
            version,
            value,
            enabled: attributes.enabled,
          })),
        ),
      );
  }

  /** Ends everything; nothing of the twin runs afterwards. */
  async stop(): Promise<void> {
    await Promise.all(this.parts.served.map((provider) => provider.close()));
    await this.reads.stop();
    await this.cloud.stop();
    await this.parts.standalone.stop();
    await this.world.journal.close();
    await this.parts.releaseBlock();
  }
}

function toolsFolder({ directory }: World): string {
  return join(directory, "bin");
}

async function startCluster(
  world: World,
  settings: ConstructorParameters<typeof Cluster>[1],
  options: ClusterOptions = {},
): Promise<Cluster> {
  const cluster = new Cluster(world, settings, options);
  await cluster.start();
  return cluster;
}

function clustersOf(cloud: AzureCloud): Cluster[] {
  return [...cloud.clusters.values()].flatMap(({ handle }) =>
    handle instanceof Cluster ? [handle] : [],
  );
}

function versionOf(name: string): string {
  const range = packages.dependencies[`@pulumi/${name}` as keyof typeof packages.dependencies];
  return range.replace(/^\D*/, "");
}

/** 127.0.x.x and what lies next to it is in use on many machines; the tests use what lies above. */
const FIRST_BLOCK = 10;
const LAST_BLOCK = 199;

/**
 * Takes a block of loopback addresses that no other twin of this machine uses: the listener is
 * the claim, and ends with the process at the latest.
 */
async function claimBlock(): Promise<{ block: number; release: () => Promise<void> }> {
  // Not always the first: a twin that was killed may have left servers behind in its block.
  const begin = randomInt(FIRST_BLOCK, LAST_BLOCK + 1);
  for (let tried = 0; tried <= LAST_BLOCK - FIRST_BLOCK; tried++) {
    const block = FIRST_BLOCK + ((begin + tried) % (LAST_BLOCK - FIRST_BLOCK + 1));
    const claim = createServer();
    try {
      claim.listen(1, `127.${block}.255.254`);
      await once(claim, "listening");
      return {
        block,
        release: async () => {
          claim.close();
          await once(claim, "close");
        },
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") {
        throw error;
      }
    }
  }
  throw new Error("Every block of loopback addresses is taken by another twin: stop one of them.");
}
