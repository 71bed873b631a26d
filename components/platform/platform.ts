import * as authorization from "@pulumi/azure-native/authorization";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { type InputProblem, refuseInputs } from "../arguments/inputProblems";
import { applicationNameProblem, type Hosts } from "../plan";
import type { Audit } from "./audit";
import { nameProblems, SUFFIX_LENGTH } from "./azureNames";
import type { CertificateReference } from "./certificate";
import { Cluster } from "./cluster";
import { Database } from "./database";
import { databaseSizeProblem } from "./databaseSizes";
import { databaseVersionProblem } from "./databaseVersions";
import { Gateway } from "./gateway";
import type { KubeLogin } from "./kubeconfig";
import { USUAL_GRANT_SECONDS } from "./lateGrants";
import { Logs } from "./logs";
import { Monitoring } from "./monitoring";
import { Network } from "./network";
import type { Profile } from "./profiles";
import { publicRangeProblem, rangeProblems, type Ranges, stageRangeProblem } from "./ranges";
import { regionProblem } from "./regions";
import { Registry } from "./registry";
import { resourceGroup } from "./resourceGroup";
import type { DeployerType, PlatformScope } from "./scope";
import type { SharedPlatform } from "./sharedPlatform";
import { Vault } from "./vault";

export interface PlatformArgs {
  /** Short name of the application, e.g. `shop`: a part of Azure names. A change replaces nearly all. */
  readonly application: string;
  /** Name of the stack, e.g. `prod`: a part of Azure names. A change replaces nearly all. */
  readonly stack: string;
  /** How much of everything there is: one of `PROFILES`. */
  readonly profile: Profile;
  /** Azure region with availability zones, e.g. `swedencentral`. A change replaces nearly all. */
  readonly location: string;
  /**
   * Somebody asked the subscription what the region has for databases, so Microsoft's table does not
   * count.
   * @default false
   */
  readonly regionChecked?: boolean;
  /** Address ranges, CIDR. A change of one that is in use is refused by Azure. */
  readonly ranges: Ranges;
  /** The certificate of all three hosts. */
  readonly certificate: CertificateReference;
  /**
   * Host names of the slots, which the gateway answers where the proofs come from only.
   * @default the gateway answers everybody
   */
  readonly hosts?: Pick<Hosts, "blue" | "green">;
  /**
   * Ranges, besides the nodes' own public address, that these hosts answer, e.g. `203.0.113.0/24`.
   * @default none
   */
  readonly stageRanges?: readonly string[];
  /** Who runs `pulumi up`, and from where. */
  readonly deployer: {
    /** A person or a pipeline. */
    readonly type: DeployerType;
    /**
     * Its object id, so that somebody else may preview. Another one gets the rights of the old one, which
     * loses them: the two role assignments are replaced.
     * @default that of whoever is logged in
     */
    readonly objectId?: string | undefined;
    /**
     * Object id of an identity that only previews. It is granted nothing; alerts count what it reads in
     * runs as theirs.
     * @default none
     */
    readonly previewId?: string | undefined;
    /** How it gets a token for the API server, e.g. `workloadidentity`. */
    readonly kubeLogin: KubeLogin;
    /** Public ranges, e.g. `203.0.113.7/32`; empty where everything is private. */
    readonly ranges: readonly string[];
    /**
     * Resource id of the virtual network of the runners, which is peered with ours.
     * @default none, where the deployer's ranges reach all
     */
    readonly runnerNetworkId: string | undefined;
    /**
     * Resource id of the group of the private zones that the runners' network is linked to already.
     * @default none: the zones are made
     */
    readonly privateZonesGroupId?: string | undefined;
  };
  /** Entra group of the people who administer cluster and database. */
  readonly administrators: { readonly groupId: string; readonly groupName: string };
  /**
   * VM size of the applications' nodes, e.g. `Standard_D4ds_v5`. A change replaces them.
   * @default the profile's
   */
  readonly nodeSize: string | undefined;
  readonly database: {
    /** Major version of PostgreSQL, e.g. `18`. */
    readonly version: string;
    /** Size of the server, e.g. `Standard_D2ds_v5`. A change restarts it. */
    readonly size: string;
    /**
     * Who decides what the server loads: the program, which loads pgaudit, or whoever keeps other
     * libraries there.
     * @default pgaudit
     */
    readonly audit?: Audit;
  };
  /** Who is notified of problems: an e-mail address such as `on-call@example.com`. */
  readonly alerts: { readonly email: string };
  /** This run may write the gateway, which interrupts its traffic. */
  readonly maintenance: boolean;
  /**
   * Seconds after which a role assignment works; what needs a new one waits for so long.
   * @default 600, Azure's own bound
   */
  readonly grantSeconds?: number;
}

/**
 * What teams share and what changes rarely: network, gateway, cluster, vault, database server,
 * registry, monitoring.
 *
 * When the counter grows nothing in here has an operation.
 */
export class Platform extends pulumi.ComponentResource implements SharedPlatform {
  readonly scope: PlatformScope;
  readonly gateway: Gateway;
  readonly cluster: Cluster;
  readonly vault: Vault;
  readonly databaseServer: Database;
  readonly registry: Registry;
  readonly watch: Monitoring;

  constructor(name: string, args: PlatformArgs, opts?: pulumi.ComponentResourceOptions) {
    super("rotation:platform:Platform", name, {}, opts);
    refuseInputs(name, problemsOf(args));
    const parent = { parent: this };
    const scope = this.makeScope(name, args);
    this.scope = scope;
    const suffix = new random.RandomString(
      `${name}-suffix`,
      { length: SUFFIX_LENGTH, special: false, upper: false },
      parent,
    ).result;

    const logs = new Logs(`${name}-logs`, { scope }, parent);
    const network = new Network(
      `${name}-network`,
      {
        scope,
        ranges: args.ranges,
        runnerNetworkId: args.deployer.runnerNetworkId,
        privateZonesGroupId: args.deployer.privateZonesGroupId,
      },
      parent,
    );
    const { blue, green } = args.hosts ?? {};
    const stageHosts = blue !== undefined && green !== undefined ? [blue, green] : undefined;
    this.gateway = new Gateway(
      `${name}-gateway`,
      {
        scope,
        subnetId: network.gatewaySubnetId,
        certificate: args.certificate,
        stage: stageHosts && {
          hosts: stageHosts,
          from: [network.outboundAddress, ...(args.stageRanges ?? [])],
        },
        maintenance: args.maintenance,
      },
      parent,
    );
    this.cluster = new Cluster(
      `${name}-cluster`,
      {
        scope,
        network,
        gateway: this.gateway,
        logs,
        ranges: args.ranges,
        nodeSize: args.nodeSize,
        kubeLogin: args.deployer.kubeLogin,
      },
      parent,
    );
    this.registry = new Registry(
      `${name}-registry`,
      { scope, network, suffix, kubeletId: this.cluster.kubeletId },
      parent,
    );
    this.vault = new Vault(`${name}-vault`, { scope, network, suffix }, parent);
    this.databaseServer = new Database(
      `${name}-database`,
      { scope, network, suffix, ...args.database },
      parent,
    );
    this.watch = new Monitoring(
      `${name}-monitoring`,
      {
        scope,
        logs,
        cluster: this.cluster,
        gateway: this.gateway,
        vault: this.vault,
        database: this.databaseServer,
        registry: this.registry,
        email: args.alerts.email,
      },
      parent,
    );
    this.registerOutputs({ gatewayAddress: this.gateway.address });
  }

  private makeScope(name: string, args: PlatformArgs): PlatformScope {
    const { profile, deployer, administrators, grantSeconds = USUAL_GRANT_SECONDS } = args;
    const { scope } = resourceGroup(name, args, { parent: this });
    const login = authorization.getClientConfigOutput({ parent: this });
    const { objectId = login.objectId, previewId, type, ranges } = deployer;
    return {
      ...scope,
      profile,
      deployer: { objectId, previewId, tenantId: login.tenantId, type, ranges },
      grantSeconds,
      administrators,
    };
  }
}

function problemsOf(args: PlatformArgs): InputProblem[] {
  const { application, database, deployer, location, profile, ranges, regionChecked } = args;
  const needs = { ...profile.database, size: database.size };
  const badName = applicationNameProblem(application);
  return [
    ["application", badName],
    ...all("application", badName === undefined ? nameProblems(args) : []),
    ["location", regionProblem(location, regionChecked ? undefined : needs)],
    ...all("ranges", rangeProblems(ranges)),
    ["database.version", databaseVersionProblem(database.version)],
    ["database.size", databaseSizeProblem(database.size, profile.database)],
    ...all("stageRanges", (args.stageRanges ?? []).map(stageRangeProblem)),
    ...all("deployer.ranges", deployer.ranges.map(publicRangeProblem)),
    ...reachProblems(profile.cluster.privateApi, deployer),
  ];
}

/** From where `pulumi up` reaches vault, database and API server. */
function reachProblems(
  isPrivate: boolean,
  { ranges, runnerNetworkId }: PlatformArgs["deployer"],
): InputProblem[] {
  const problems: InputProblem[] = [];
  if (isPrivate && runnerNetworkId === undefined) {
    problems.push([
      "deployer.runnerNetworkId",
      "is missing: the network that `pulumi up` runs in. This profile allows no access from " +
        "outside it.",
    ]);
  }
  if (isPrivate && ranges.length > 0) {
    problems.push(["deployer.ranges", "must be empty: in this profile everything is private."]);
  }
  if (!isPrivate && ranges.length === 0) {
    problems.push([
      "deployer.ranges",
      "must contain the public ranges that `pulumi up` runs from.",
    ]);
  }
  return problems;
}

function all(path: string, reasons: readonly (string | undefined)[]): InputProblem[] {
  return reasons.map((reason) => [path, reason]);
}
