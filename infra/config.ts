import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import {
  ACCEPTABLE,
  type Acceptable,
  type ActAs,
  type Adopted,
  applicationNameProblem,
  isDescribed,
  autoscalingProblem,
  BOUNDS,
  type Chart,
  CHART_DEFAULTS,
  connectionProblem,
  databaseSize,
  drainProblem,
  type Delivery,
  type Egress,
  type AdmittedImages,
  egressOf,
  egressProblem,
  type Hosts,
  imageFolder,
  imageProblem,
  leavingProblems,
  type LeftStrategy,
  LEGACY,
  nameProblems,
  type NodeDemand,
  nodeRoomProblem,
  noTrialProblem,
  OWN_CHART,
  type Plan,
  planProblems,
  type PlatformArgs,
  POSTGRES_DATABASES,
  replicasOf,
  type PostgresDatabase,
  PROOF_PATH,
  type ProofBy,
  PROOFS_BY,
  proofStatusProblem,
  Reader,
  type RotationPlan,
  rolloutProblem,
  rotationPlan,
  settingsRecord,
  type Strategy,
  stageRangeProblem,
  type SettingsRecord,
  templateDigest,
  type Trial,
  trialProblem,
  valuesBeside,
} from "../components";
import { NOT_ADOPTED, readAdopted } from "./adopted";
import { type ChartSettings, readChartSettings, ROOT } from "./chart";
import { type NewPlatform, type PlatformSettings, readPlatform } from "./platform";

/** Everything a stack is configured with, checked. */
export type Settings = ApplicationSettings & PlatformSettings;

interface ApplicationSettings extends Pick<PlatformArgs, "application" | "stack"> {
  /** Ranges, besides the cluster's own address, that may reach the stage hosts. */
  readonly stageRanges: readonly string[];
  readonly plan: RotationPlan;
  /** Everything but the plan, for the guard's records; a move must not change it. */
  readonly record: SettingsRecord;
  /** Both, or both empty, because the registry that they are pushed to comes first. */
  readonly images: { readonly app: string; readonly tools: string };
  readonly release: {
    readonly replicas: number;
    readonly autoscaling:
      { readonly minReplicas: number; readonly maxReplicas: number } | undefined;
    readonly minReadySeconds: number;
    readonly trial: Trial;
    readonly template: string;
    readonly serverConnections: number;
    readonly poolSize: number;
    readonly preStopSeconds: number;
    readonly rolloutSeconds: number;
    /** Whether answers tell anybody who sent them. */
    readonly describe: boolean;
  } & Chart;
  /** What the application asks of the nodes; undefined where the contract's file does not say. */
  readonly demand: NodeDemand | undefined;
  /** What the gateway asks its pods. */
  readonly probe: ChartSettings["probe"];
  /** What the network policy and Pod Security say of its pods. */
  readonly pods: ChartSettings["pods"];
  /** How pods get their credential; undefined for a file called `password`. */
  readonly delivery: Delivery | undefined;
  /** What the application's pods may have as images; undefined while there are none. */
  readonly admittedImages: AdmittedImages | undefined;
  /** Further destinations of the application's pods. */
  readonly egress: readonly Egress[];
  /** Whether every role can connect to the server's database `postgres`. */
  readonly postgresDatabase: PostgresDatabase;
  /** As whom the slots' sessions act. */
  readonly actAs: ActAs;
  /** What the stack takes over; undefined where it begins with a database of its own. */
  readonly adopted: Adopted | undefined;
  /** Days until a credential counts as expired. */
  readonly validityDays: number;
  readonly proof: {
    readonly by: ProofBy;
    /** What the proofs ask for where statuses tell; `/` if not set. */
    readonly path: string | undefined;
    /** Which statuses they take; 200 if not set. */
    readonly statuses: readonly number[] | undefined;
    readonly answers: number;
    readonly seconds: number;
    readonly drainSeconds: number;
    /** What the proofs connect to instead of the gateway's public address. */
    readonly address: string | undefined;
    /** PEM of the authority that signed the hosts' certificate; a public one if not set. */
    readonly authority: string | undefined;
  };
  /** Manual changes that do not stop a move in this run. */
  readonly accepted: readonly Acceptable[];
  readonly hosts: Hosts;
  /** How production moves from one credential to the next. */
  readonly strategy: Strategy;
  /** A strategy that the stack leaves. */
  readonly leaving: LeftStrategy | undefined;
}

/** Keys of the plan: a rotation changes these and no others. */
const PLAN_KEYS = ["counter", "live", "retired"] as const;

/** What is declared for one run only. */
const ONCE_KEYS = ["accept", "maintenance"] as const;

/** What a run waits for while it creates a platform; no move depends on it. */
const WAITED_FOR = ["grantSeconds"] as const;

/**
 * Keys that earlier versions did not know, with their defaults: those are in no record of theirs, so
 * that they are no change.
 */
const ADDED_KEYS: Readonly<Record<string, unknown>> = {
  ...CHART_DEFAULTS,
  chart: OWN_CHART,
  chartRepository: "",
  values: valuesBeside(OWN_CHART),
  probePort: 0,
  probeStatus: [],
  proofStatus: [],
  connections: 0,
  peers: [],
  platform: "new",
  namespace: "",
  ingress: "",
  ...NOT_ADOPTED,
};

const HOST = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/;
const ADDRESS = /^(\d{1,3}(\.\d{1,3}){3}|([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63})$/;
const PEM = /^-----BEGIN CERTIFICATE-----\n[\s\S]+-----END CERTIFICATE-----\s*$/;

/**
 * Reads and checks the configuration of the stack; the only code that does.
 *
 * @throws pulumi.RunError that lists every problem at once
 */
export function loadSettings(): Settings {
  const stack = pulumi.getStack();
  const reader = new Reader(new pulumi.Config("rotation"), pulumi.RunError);
  const plan = readPlan(reader);
  const platform = readPlatform(reader);
  const application = reader.checked("application", "app", applicationNameProblem);
  const { actAs, chart, connections, delivery, left, probe, pods, room, strategy } =
    readChartSettings(reader, stack, application);
  const statuses = reader.list("proofStatus", proofStatusProblem).map(Number);
  // Of a server that is there, others use this one, too.
  const postgresDatabase = reader.choice(
    "postgresDatabase",
    platform.existing === undefined ? "closed" : "open",
    POSTGRES_DATABASES,
  );
  const settings = {
    stack,
    application,
    ...platform,
    postgresDatabase,
    adopted: platform.existing && readAdopted(reader, application, { actAs, postgresDatabase }),
    hosts: readHosts(reader, [strategy, ...(left ? [left.strategy] : [])]),
    strategy,
    images: readImages(
      reader,
      !reader.hasProblemWith(["profile"]) && platform.profile.imagesByDigest,
    ),
    probe,
    pods,
    release: readRelease(
      reader,
      { chart, connections },
      platform.existing === undefined ? ownServer(platform) : "shared",
    ),
    delivery,
    actAs,
    proof: {
      by: reader.choice<ProofBy>("proofBy", "credential", PROOFS_BY),
      path: reader.optional("proofPath", PROOF_PATH.pattern, PROOF_PATH.rule),
      statuses: statuses.length > 0 ? statuses : undefined,
      answers: reader.integer("proofAnswers", 100, ...BOUNDS.proofAnswers),
      seconds: reader.integer("proofSeconds", 600, ...BOUNDS.proofSeconds),
      drainSeconds: reader.integer("drainSeconds", 300, ...BOUNDS.drainSeconds),
      address: reader.optional("proofAddress", ADDRESS, "an IP address or a host name"),
      authority: reader.optional("proofAuthority", PEM, "a certificate as PEM text"),
    },
    validityDays: reader.integer("validityDays", 90, ...BOUNDS.validityDays),
  };
  const demand = room && {
    room,
    replicas: settings.release.replicas,
    maxReplicas: settings.release.autoscaling?.maxReplicas,
  };
  if (
    platform.existing === undefined &&
    !reader.hasProblemWith(["profile", "nodeSize", "replicas", "maxReplicas"])
  ) {
    const { user } = platform.profile.cluster;
    const size = { ...user, nodeSize: platform.nodeSize ?? user.nodeSize };
    reader.problem(nodeRoomProblem(demand, size));
  }
  if (left !== undefined && chart.chart !== "" && left.chart.chart !== "") {
    leavingProblems({ ...settings, left: left.chart.shape }).forEach((problem) =>
      reader.problem(problem),
    );
  }
  const drain = drainProblem(settings);
  reader.problem(drain && `rotation:drainSeconds ${drain}`);
  const tried = trialProblem(settings);
  reader.problem(tried && `rotation:trial ${tried}`);
  const stageRanges =
    platform.existing === undefined ? reader.list("stageRanges", stageRangeProblem) : [];
  const { address } = settings.proof;
  if (
    platform.existing === undefined &&
    address !== undefined &&
    strategy === "blueGreen" &&
    !reader.hasProblemWith(["proofAddress"]) &&
    stageRanges.length === 0
  ) {
    reader.missing(
      "stageRanges",
      "the ranges that the proofs come from via rotation:proofAddress, such as 147.243.0.0/16 " +
        "(Front Door), because the stage hosts answer only those",
    );
  }
  const named = reader.list("egress", (text) =>
    egressProblem(text, "ranges" in platform ? platform.ranges : {}),
  );
  const egress = named.map(egressOf);
  const further = reader.list("admittedImages", (image) => imageProblem(image));
  const accepted = reader.list("accept", acceptProblem) as Acceptable[];
  if (!reader.hasProblemWith(["application"])) {
    nameProblems(settings).forEach((problem) => reader.problem(problem));
  }
  reader.throwProblems(stack);
  const record = settingsRecord(
    {
      ...settings,
      maintenance: undefined,
      grantSeconds: undefined,
      // Records from before there was a choice do not say it.
      strategy: strategy === "blueGreen" ? undefined : strategy,
    },
    {
      ...reader.readBesides([...PLAN_KEYS, ...ONCE_KEYS, ...WAITED_FOR], ADDED_KEYS),
      // What the program derives from them, which may differ in another version.
      "rotation:profile": settings.profile,
      [settings.release.chart.replace("./", "")]: settings.release.chartDigest,
    },
  );
  const templateOf = (values: string) =>
    templateDigest({
      ...settings.release,
      values,
      image: settings.images.app,
      describe: isDescribed(settings),
      delivery: settings.delivery,
    });
  return {
    ...settings,
    leaving: left && {
      strategy: left.strategy,
      values: left.chart.values,
      shape: left.chart.shape,
      template: templateOf(left.chart.values),
    },
    admittedImages: admittedImages(settings.images, platform.profile.imagesByDigest, further),
    demand,
    egress,
    stageRanges,
    release: {
      ...settings.release,
      template: templateOf(settings.release.values),
    },
    accepted,
    plan: rotationPlan(plan),
    record,
  };
}

/** Connections of a server that one application has alone: Azure's default for its size, if known. */
function ownServer({ database }: NewPlatform): number {
  return databaseSize(database.size)?.maxConnections ?? BOUNDS.serverConnections[1];
}

/** @param most connections of a server that others do not use */
function readRelease(
  reader: Reader,
  { chart, connections }: Pick<ChartSettings, "chart" | "connections">,
  most: number | "shared",
) {
  const [, mostPods] = BOUNDS.replicas;
  const minReplicas = reader.integer("minReplicas", 0, 0, mostPods);
  const maxReplicas = reader.integer("maxReplicas", 0, 0, mostPods);
  const share = reader.integer("serverConnections", 0, 0, BOUNDS.serverConnections[1]);
  if (most === "shared" && share === 0 && !reader.hasProblemWith(["serverConnections"])) {
    reader.missing(
      "serverConnections",
      "how many of the server's connections this application may have, because others use it, too",
      "200",
    );
  }
  const release = {
    replicas: replicasOf(reader.integer("replicas", 0, 0, mostPods), maxReplicas),
    autoscaling: maxReplicas > 0 ? { minReplicas: minReplicas || 1, maxReplicas } : undefined,
    describe: reader.optional("describe", /^true$/, "true or not set") !== undefined,
    minReadySeconds: reader.integer("minReadySeconds", 15, ...BOUNDS.minReadySeconds),
    trial: reader.choice<Trial>("trial", "pod", ["pod", "none"]),
    poolSize: reader.integer("poolSize", 5, ...BOUNDS.poolSize),
    serverConnections: share || (most === "shared" ? BOUNDS.serverConnections[1] : most),
    preStopSeconds: reader.integer("preStopSeconds", 90, ...BOUNDS.preStopSeconds),
    rolloutSeconds: reader.integer("rolloutSeconds", 600, ...BOUNDS.rolloutSeconds),
    ...chart,
  };
  if (minReplicas > 0 && maxReplicas === 0) {
    reader.missing(
      "maxReplicas",
      "the maximum number of live pods, because rotation:minReplicas is set",
    );
  }
  const named = (key: string, problem: string | undefined) =>
    reader.problem(problem && `rotation:${key} ${problem}`);
  if (chart.chart !== "") {
    const folder = chart.chart.replace("./", "");
    const problem = noTrialProblem(join(ROOT, folder), release.trial);
    reader.problem(problem && `${folder}: ${problem}`);
  }
  named("replicas", autoscalingProblem(release));
  named("rolloutSeconds", rolloutProblem(release));
  reader.problem(
    connectionProblem({
      ...release,
      connections,
      maxReplicas: release.autoscaling?.maxReplicas,
      maxConnections: release.serverConnections,
    }),
  );
  return release;
}

/** Both images, or none. */
function readImages(reader: Reader, byDigest: boolean): Settings["images"] {
  const problemOf = (image: string) =>
    image === "" ? undefined : imageProblem(image, { byDigest });
  const images = {
    app: reader.checked("appImage", "", problemOf),
    tools: reader.checked("toolsImage", "", problemOf),
  };
  if ((images.app === "") !== (images.tools === "")) {
    reader.missing(images.app === "" ? "appImage" : "toolsImage", "an image with a tag or digest");
  }
  return images;
}

/** Images of the folders that the two lie in, and further ones. */
function admittedImages(
  { app, tools }: Settings["images"],
  byDigest: boolean,
  further: readonly string[],
): AdmittedImages | undefined {
  const folders = [...new Set([app, tools].map(imageFolder))];
  return app === "" ? undefined : { folders, byDigest, further };
}

function readPlan(reader: Reader): Plan {
  // Below 0 is the login that an adopting stack takes over.
  const least = reader.isSet("legacyRole") ? LEGACY : 0;
  const counter = reader.integer("counter", 0, least);
  const live = reader.integer("live", counter, least);
  const retired = reader.integer("retired", LEGACY, least - 1);
  const plan = { counter, live, retired };
  if (!reader.hasProblemWith(PLAN_KEYS)) {
    planProblems(plan).forEach((problem) => reader.problem(problem));
  }
  return plan;
}

/** @returns what is wrong with a change to accept */
function acceptProblem(name: string): string | undefined {
  return ACCEPTABLE.some((known) => known === name)
    ? undefined
    : `must be a comma-separated list of ${ACCEPTABLE.join(", ")}, not "${name}".`;
}

/** @param strategies that the stack has or leaves: two slots alone have pods, and with them hosts, of their own */
function readHosts(reader: Reader, strategies: readonly Strategy[]): Hosts {
  const host = (key: string, example: string) =>
    reader.text(key, undefined, HOST, `a host name such as ${example}`);
  const isOptional = !strategies.includes("blueGreen");
  const production =
    isOptional && !reader.isSet("productionHost")
      ? undefined
      : host("productionHost", "app.example.com");
  if (isOptional) {
    for (const key of ["stageBlueHost", "stageGreenHost", "stageRanges"]) {
      if (reader.isSet(key)) {
        reader.superfluous(
          key,
          `does not apply: with rotation:strategy ${strategies.join()} no slot has pods of its own`,
        );
      }
    }
    return { production };
  }
  const hosts = {
    production: production ?? "",
    blue: host("stageBlueHost", "blue.app.example.com"),
    green: host("stageGreenHost", "green.app.example.com"),
  };
  const names = Object.values(hosts).filter((name) => name !== "");
  if (new Set(names).size !== names.length) {
    reader.problem(
      "rotation:productionHost, rotation:stageBlueHost and rotation:stageGreenHost must " +
        "differ: each routes to a different gateway pool.",
    );
  }
  return hosts;
}
