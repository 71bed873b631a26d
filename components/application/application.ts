import * as dbforpostgresql from "@pulumi/azure-native/dbforpostgresql";
import * as postgresql from "@pulumi/postgresql";
import * as pulumi from "@pulumi/pulumi";
import type { ConnectionOutputs } from "../facts";
import { ownStack } from "../facts/ownStack";
import { type ChartShape, type Delivery, isHeld, type PodSecurity } from "../chart";
import { type InputProblem, refuseInputs } from "../arguments/inputProblems";
import {
  type Adopted,
  applicationNameProblem,
  type Hosts,
  namespaceOf,
  namesOf,
  SERVER_DATABASE,
  slotRights,
  type Strategy,
} from "../plan";
import { assignment, grant, type GrantsBy, listed, type ListedGrant } from "../platform/access";
import { rangeProblem } from "../platform/ranges";
import type { SharedPlatform } from "../platform/sharedPlatform";
import type { RotationEnvironment } from "../rotation/environment";
import type { AdmittedImages } from "../rotation/imageReference";
import { applicationNamespace, type ApplicationRanges } from "./applicationNamespace";
import { type Egress, egressProblem } from "./egress";
import { AdoptedRoles } from "./adoptedRoles";
import { DatabaseRoles, type PostgresDatabase } from "./databaseRoles";
import { goesWith } from "./goesWith";
import { imageAdmission } from "./imageAdmission";
import { SlotIdentities } from "./slotIdentities";
import { watch } from "./watch";

/** The part of a rotation's environment that an application provides. */
export type ApplicationEnvironment = Pick<
  RotationEnvironment,
  "database" | "gateway" | "identities" | "isShared" | "namespace" | "vault"
>;

export interface ApplicationArgs {
  /**
   * Short name, e.g. `shop`; also the database and the prefix of roles and secrets.
   * A change replaces the database with its data.
   */
  readonly application: string;
  /**
   * The login and the database that are there, and that the application goes on with.
   * @default none: it gets a database of its own
   */
  readonly adopted?: Adopted | undefined;
  /** The platform, which the application may share with others. */
  readonly platform: SharedPlatform;
  /**
   * Namespace that is there and belongs to others: nothing of it is changed, and which images its pods
   * may have is for them to say.
   * @default one is made, named after the application
   */
  readonly namespace?: string | undefined;
  /**
   * Name of an Ingress of others in that namespace, which the rotation takes over.
   * @default one of its own
   */
  readonly ingress?: string | undefined;
  /**
   * How production moves from one credential to the next.
   * @default "blueGreen"
   */
  readonly strategy?: Strategy | undefined;
  /**
   * A strategy that is left: production is served by its pods.
   * @default none
   */
  readonly leaving?: { readonly strategy: Strategy } | undefined;
  /** Where traffic to its pods comes from, and where its database and vault are, CIDR. */
  readonly ranges: ApplicationRanges;
  /** The host name that clients use, where there is one; errors there raise an alert. */
  readonly hosts: Pick<Hosts, "production">;
  /**
   * What its pods may have as images; the cluster refuses others.
   * @default any
   */
  readonly images?: AdmittedImages | undefined;
  /**
   * Further destinations of its pods: a cache, a telemetry collector, another service.
   * @default nowhere
   */
  readonly egress?: readonly Egress[];
  /** The pods that the gateway reaches, and their port; of a chart, from `readContract`. */
  readonly serving: Pick<ChartShape, "podLabels" | "port" | "probe" | "slots">;
  /**
   * Ports on which its pods reach each other, such as a cluster's of its own: both slots' are one.
   * @default none
   */
  readonly peers?: readonly number[];
  /**
   * What the namespace asks of its pods.
   * @default restricted
   */
  readonly podSecurity?: PodSecurity;
  /**
   * How its pods get the credential, as in a rotation's environment.
   * @default a file called `password`
   */
  readonly delivery?: Delivery | undefined;
  /** What the gateway probes, as in a rotation's environment. */
  readonly probe?: { readonly port?: number | undefined } | undefined;
  readonly proof?: {
    /**
     * What the proofs connect to, an IPv4 address or a host name; they reach nothing else over HTTPS.
     * @default the gateway's address
     */
    readonly address?: string | undefined;
  };
  /**
   * Address that gets the events of the vault, all of them, e.g. `https://events.example.com/vault`.
   * @default none
   */
  readonly eventEndpoint: string | undefined;
  /**
   * Whether every role can connect to the server's database `postgres`.
   * @default closed
   */
  readonly postgresDatabase?: PostgresDatabase;
  /**
   * Who grants its identities their secrets: this program, or whoever the vault belongs to, by the list
   * in `grants`.
   * @default program
   */
  readonly grants?: GrantsBy | undefined;
}

/**
 * What belongs to one application and no rotation touches: namespace, identities with their rights,
 * database, roles, and what watches it. Rights take minutes to work in Azure, so they are here.
 *
 * ```ts
 * const hosts = { production: "shop.example.com" };
 * new Application("application", { application: "shop", platform, ranges, hosts, eventEndpoint: undefined });
 * ```
 *
 * When the counter grows nothing in here has an operation.
 */
export class Application extends pulumi.ComponentResource {
  readonly roles: AdoptedRoles | DatabaseRoles;
  readonly identities: SlotIdentities;
  /** Namespace of the application. */
  readonly namespace: pulumi.Output<string>;
  /** Where the commands besides the program find the facts. */
  readonly connections: ConnectionOutputs;
  /** Who needs which role on what: with `grants: "existing"` somebody else assigns them. */
  readonly grants: readonly ListedGrant[];
  /** What a rotation needs to know about it. */
  readonly environment: ApplicationEnvironment;
  /** For roles and what is inside of databases, as the server's administrator. */
  readonly providers: { readonly postgresql: postgresql.Provider };

  constructor(
    private readonly name: string,
    private readonly args: ApplicationArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super(
      "rotation:application:Application",
      name,
      {},
      pulumi.mergeOptions(
        { transformations: [goesWith(args.platform.databaseServer.resource)] },
        opts,
      ),
    );
    refuseInputs(name, problemsOf(args));
    const { application, platform, ranges, hosts, egress = [], eventEndpoint } = args;
    const { grants = "program", peers = [], podSecurity = "restricted", serving } = args;
    const { cluster, databaseServer, scope, vault } = platform;
    const parent = { parent: this };
    const database = args.adopted === undefined ? this.database() : undefined;
    this.providers = { postgresql: this.provider(database ?? databaseServer.reachable) };
    this.roles = this.makeRoles(database);
    this.identities = new SlotIdentities(
      `${name}-identities`,
      {
        scope,
        issuer: cluster.issuer,
        namespace: namespaceOf(args),
        vaultId: vault.id,
        grants,
        isHeld: isHeld(args.delivery),
        strategy: args.strategy,
        leaving: args.leaving?.strategy,
      },
      parent,
    );
    const retired = assignment("deployer-retired", {
      principalId: scope.deployer.objectId,
      ...(scope.deployer.type && { principalType: scope.deployer.type }),
      scope: pulumi.interpolate`${vault.id}/secrets/${namesOf(application).secrets.retired}`,
    });
    if (grants === "program") {
      grant(retired.key, retired.args, parent);
    }
    this.grants = [...this.identities.grants, retired].map(listed);
    this.namespace = applicationNamespace(
      name,
      {
        application,
        shared: args.namespace,
        ranges,
        egress,
        serving,
        peers,
        podSecurity,
        probePort: args.probe?.port,
        isHeld: isHeld(args.delivery),
        proofAddress: args.proof?.address ?? platform.gateway.address,
      },
      { parent: this, provider: cluster.provider },
    );
    // A policy of the whole cluster over pods of others is not an application's to make.
    if (args.images !== undefined && args.namespace === undefined) {
      imageAdmission(
        name,
        { application, namespace: this.namespace, images: args.images },
        { parent: this, provider: cluster.provider },
      );
    }
    const { clientIds } = this.identities;
    watch(
      `${name}-watch`,
      {
        scope,
        ...platform.watch,
        namespace: namespaceOf(args),
        watched: pulumi.output({
          readers: {
            ...clientIds,
            deployer: scope.deployer.objectId,
            previewer: scope.deployer.previewId,
          },
          productionHost: hosts.production ?? "",
        }),
        hasHost: hosts.production !== undefined,
        eventEndpoint,
      },
      parent,
    );
    this.environment = this.describe();
    this.connections = {
      namespace: this.namespace,
      vault: pulumi.output({ name: vault.name, uri: vault.uri }),
      database: pulumi.output({
        host: databaseServer.host,
        port: databaseServer.port,
        name: database?.name ?? slotRights(args).database,
      }),
      cluster: cluster.apiServer,
      ...(args.ingress !== undefined && { ingress: args.ingress }),
    };
    this.registerOutputs({ namespace: this.namespace });
  }

  private database(): dbforpostgresql.Database {
    const { application, platform } = this.args;
    const { name, resourceGroupName, reachable } = platform.databaseServer;
    return new dbforpostgresql.Database(
      `${this.name}-database`,
      {
        resourceGroupName,
        serverName: name,
        databaseName: namesOf(application).database,
        charset: "UTF8",
        collation: "en_US.utf8",
      },
      { parent: this, dependsOn: reachable ?? [] },
    );
  }

  /** @param database that the program makes; undefined for one that is there */
  private makeRoles(database: dbforpostgresql.Database | undefined): Application["roles"] {
    const { adopted, application, postgresDatabase = "closed" } = this.args;
    const name = `${this.name}-roles`;
    const opts = { parent: this, providers: this.providers };
    if (database !== undefined) {
      const { name: databaseName } = database;
      return new DatabaseRoles(name, { application, databaseName, postgresDatabase }, opts);
    }
    const { legacyRole } = adopted!;
    return new AdoptedRoles(name, { application, legacyRole, stack: ownStack() }, opts);
  }

  private provider(after: pulumi.Resource | undefined): postgresql.Provider {
    const { administrator, host, password, port } = this.args.platform.databaseServer;
    return new postgresql.Provider(
      `${this.name}-postgresql`,
      {
        host,
        port,
        // It locks a role by a number that every session of the same database may lock, and waits for
        // ever. No slot may enter this one; whatever is inside of another says so itself.
        database: SERVER_DATABASE,
        username: administrator,
        password,
        sslmode: "verify-full",
        superuser: false,
      },
      { parent: this, dependsOn: after ?? [] },
    );
  }

  private describe(): ApplicationEnvironment {
    const { adopted, platform } = this.args;
    const { databaseServer, gateway, vault } = platform;
    const { blue, green, proofs, retired } = this.identities.clientIds;
    return {
      namespace: this.namespace,
      isShared: this.args.namespace !== undefined,
      vault: {
        name: vault.name,
        tenantId: vault.tenantId,
        resourceGroupName: vault.resourceGroupName,
      },
      database: {
        host: databaseServer.host,
        port: databaseServer.port,
        name: slotRights(this.args).database,
        administrator: databaseServer.administrator,
        password: databaseServer.password,
        rotatorSchema: this.roles.rotatorSchema,
        ...(adopted && { rotatorDatabase: SERVER_DATABASE }),
      },
      gateway: { address: gateway.address, certificateName: gateway.certificateName },
      identities: {
        blue: { clientId: blue },
        green: { clientId: green },
        proofs: { clientId: proofs },
        retired: { clientId: retired },
      },
    };
  }
}

const HOST = /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/;

function problemsOf({
  application,
  egress = [],
  eventEndpoint,
  hosts,
  platform,
  ranges,
}: ApplicationArgs): InputProblem[] {
  const isAddress = eventEndpoint === undefined || /^https:\/\/\S+$/.test(eventEndpoint);
  return [
    ["application", applicationNameProblem(application)],
    ...[ranges.gateway]
      .flat()
      .map((range): InputProblem => ["ranges.gateway", rangeProblem(range)]),
    ...[ranges.endpoints ?? []]
      .flat()
      .map((range): InputProblem => ["ranges.endpoints", rangeProblem(range)]),
    ...egress.map(({ range, port }, index): InputProblem => [
      `egress[${index}]`,
      egressProblem(`${range}:${port}`, {}),
    ]),
    [
      "hosts.production",
      hosts.production === undefined || HOST.test(hosts.production)
        ? undefined
        : "must be a host name.",
    ],
    // Its query often contains a key, so the value is not printed.
    ["eventEndpoint", isAddress ? undefined : "must be an https address."],
    [
      "eventEndpoint",
      eventEndpoint !== undefined && platform.watch.eventTopicName === undefined
        ? "must not be set: the platform has no topic of the vault's events."
        : undefined,
    ],
  ];
}
