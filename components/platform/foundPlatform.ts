import * as pulumi from "@pulumi/pulumi";
import { type ApiServer, apiServerOf, hostOf } from "../facts/connections";
import type { OwnHosts } from "../facts/own";
import { ADMINISTRATOR_PART } from "../plan";
import { lookUpAdoption } from "./adoption";
import { deployerKubeconfig } from "./kubeconfig";
import {
  PLATFORM_TYPES,
  type PlatformNeeds,
  type PlatformReference,
  resourceIdOf,
} from "./platformIds";
import { platformProblems, rangesOf } from "./platformProblems";
import { askPlatform, type PlatformAnswers } from "./platformQuestions";
import { placeProblems } from "./placeProblems";
import { askPlace, clusterOf } from "./placeQuestions";
import { Readings } from "./readings";

/** A platform as it was found: all that is known of it before anything is registered. */
export interface FoundPlatform {
  readonly reference: PlatformReference;
  /** Object id of whoever is logged in. */
  readonly loginId: string;
  readonly cluster: {
    readonly issuer: string;
    /** With a login that it gets from outside. */
    readonly kubeconfig: string;
    readonly apiServer: ApiServer;
  };
  readonly vault: Place & { readonly uri: string; readonly tenantId: string };
  readonly databaseServer: Place & {
    readonly host: string;
    /** Major version of PostgreSQL, e.g. `18`. */
    readonly version: string;
    readonly administrator: string;
    /** The administrator's password; secret. */
    readonly password: pulumi.Output<string>;
  };
  readonly gateway: {
    /** IP address, the public one if there is one. */
    readonly address: string;
  };
  readonly ranges: {
    /** Subnet of the gateway, CIDR. */
    readonly gateway: readonly string[];
    /**
     * Where the server is reached, CIDR: the subnet that it is in, or those of its private endpoints.
     * Undefined where it has a public address as well, or endpoints in other subscriptions.
     */
    readonly endpoints: readonly string[] | undefined;
  };
  /** Host name that images are tagged with; undefined where no registry is named. */
  readonly registry: string | undefined;
}

interface Place {
  readonly name: string;
  readonly resourceGroupName: string;
}

/** What a login is taken over with. */
const ADOPTION_KEYS = [
  ...["legacyRole", "ownerRole", "databaseName"],
  ...["searchPath", "statementTimeout", "idleInTransactionTimeout"],
];

/** In this order their problems are told. */
const KEYS = [
  ...Object.keys(PLATFORM_TYPES),
  ...["clusterHost", "certificateName", "egress", "application", "namespace", "ingress"],
  ...["productionHost", "stageBlueHost", "stageGreenHost", "legacyService"],
  ...ADOPTION_KEYS,
];

/**
 * Looks up all that a stack needs to know of a platform that is there: it writes nothing, and what is
 * wrong is told at once. The guard has to know first whether it still is the same platform, so the
 * calls go through a provider of their own, which waits for nothing.
 *
 * @throws pulumi.RunError that lists everything that is wrong, or cannot be read
 */
export async function lookUpPlatform(
  reference: PlatformReference,
  needs: PlatformNeeds,
): Promise<FoundPlatform> {
  const readings = new Readings(KEYS);
  const answers = await askPlatform(reference, needs, readings);
  for (const [key, text] of platformProblems(reference, needs, answers)) {
    readings.problem(key, text);
  }
  await Promise.all([
    lookUpLogin(needs, { reference, answers, readings }),
    lookUpPlace(needs, { reference, answers, readings }),
  ]);
  const { problems } = readings;
  if (problems.length > 0) {
    throw new pulumi.RunError(
      "The platform does not fit an application, or cannot be read (rotation:platform existing):\n" +
        problems.map((problem) => `  - ${problem}\n`).join("") +
        "Nothing was changed. What is needed, and by whom, is in docs/existing-platform.md.",
    );
  }
  return foundIn(answers as Complete, reference, needs);
}

/** What more is looked at once Azure has answered. */
interface LookUp {
  readonly reference: PlatformReference;
  readonly answers: PlatformAnswers;
  readonly readings: Readings;
}

async function lookUpLogin(
  { adoption }: PlatformNeeds,
  { reference, answers: { password, server }, readings }: LookUp,
): Promise<void> {
  if (adoption !== undefined) {
    await lookUpAdoption(
      adoption,
      {
        id: reference.databaseServerId,
        host: server?.fullyQualifiedDomainName,
        version: server?.version,
        administrator: server?.administratorLogin,
        password,
      },
      readings,
    );
  }
}

async function lookUpPlace(
  { place }: PlatformNeeds,
  { reference, answers: { kubeconfig }, readings }: LookUp,
): Promise<void> {
  const apiServer = kubeconfig ? apiServerOf(kubeconfig) : undefined;
  // Nobody logs in to another one than the stack names; that it is another one is told already.
  if (place && apiServer && hostOf(apiServer) === reference.clusterHost) {
    const cluster = await clusterOf(apiServer);
    const found = await askPlace(cluster, reference.clusterId, place, readings);
    for (const [key, text] of placeProblems(place, found)) {
      readings.problem(key, text);
    }
  }
}

/** Where tokens and passwords of the stack may go, whatever its state says. */
export function foundHosts({ cluster, databaseServer, vault }: FoundPlatform): OwnHosts {
  const exactly = (host: string) => new RegExp(`^${host.replaceAll(".", "\\.")}$`);
  return {
    vault: exactly(new URL(vault.uri).hostname),
    database: exactly(databaseServer.host),
    cluster: exactly(new URL(cluster.apiServer.server).hostname),
  };
}

/**
 * What makes a platform another one, by part, for the guard's records: versions and sizes, which change
 * while it lives, do not.
 *
 * @param isAdopting whether the stack takes a login over: then the administrator's own has to stay, too
 */
export function platformIdentities(
  found: FoundPlatform,
  isAdopting = false,
): Readonly<Record<string, unknown>> {
  const { cluster, databaseServer, gateway, reference, vault } = found;
  const part = (id: string, ...others: readonly string[]) => [id.toLowerCase(), ...others];
  return {
    "platform:cluster": part(reference.clusterId, cluster.issuer),
    "platform:vault": part(reference.vaultId, vault.uri, vault.tenantId),
    "platform:database": part(
      reference.databaseServerId,
      databaseServer.host,
      databaseServer.version,
    ),
    "platform:gateway": part(reference.gatewayId, gateway.address),
    ...(isAdopting && { [ADMINISTRATOR_PART]: databaseServer.administrator }),
  };
}

/** Answers of which none is missing that is not optional. */
type Complete = {
  readonly [K in keyof PlatformAnswers]: K extends
    "pgbouncer" | "registry" | "serverSubnets" | "publicAddress"
    ? PlatformAnswers[K]
    : NonNullable<PlatformAnswers[K]>;
};

function foundIn(
  answers: Complete,
  reference: PlatformReference,
  { kubeLogin }: PlatformNeeds,
): FoundPlatform {
  const { cluster, gateway, kubeconfig, publicAddress, server, serverSubnets, vault } = answers;
  const endpoints = serverSubnets?.flatMap(rangesOf) ?? [];
  const privateAddress = gateway.frontendIPConfigurations?.find((each) => each.privateIPAddress);
  return {
    reference,
    loginId: answers.login.objectId,
    cluster: {
      issuer: cluster.oidcIssuerProfile?.issuerURL ?? "",
      kubeconfig: deployerKubeconfig(kubeconfig, kubeLogin),
      apiServer: apiServerOf(kubeconfig),
    },
    vault: {
      ...placeOf(reference.vaultId),
      uri: vault.properties.vaultUri,
      tenantId: vault.properties.tenantId,
    },
    databaseServer: {
      ...placeOf(reference.databaseServerId),
      host: server.fullyQualifiedDomainName,
      version: server.version?.split(".")[0] ?? "",
      administrator: server.administratorLogin ?? "",
      password: pulumi.secret(answers.password),
    },
    gateway: { address: publicAddress?.ipAddress ?? privateAddress?.privateIPAddress ?? "" },
    ranges: {
      gateway: rangesOf(answers.gatewaySubnet),
      endpoints: endpoints.length > 0 ? endpoints : undefined,
    },
    registry: answers.registry?.loginServer,
  };
}

function placeOf(id: string): Place {
  const { names, resourceGroupName } = resourceIdOf(id)!;
  return { name: names[0]!, resourceGroupName };
}
