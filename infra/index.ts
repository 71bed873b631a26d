import { Provider as AzureProvider } from "@pulumi/azure-native/provider";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import {
  admissionProblem,
  adoptionProblem,
  adviseOnFailure,
  adviseOnUnknownName,
  Application,
  asExisting,
  changedActAsProblem,
  changedPlaceProblem,
  changedPlatformProblem,
  changedStrategyProblem,
  endingSeconds,
  ExistingPlatform,
  factsBefore,
  foundHosts,
  goesWith,
  lastRun,
  lookUpPlatform,
  markerSlot,
  movedFromPlatform,
  newDatabaseProblem,
  nextMoves,
  ownHosts,
  PlanGuard,
  Platform,
  platformIdentities,
  recordDigest,
  recordWith,
  renamedDatabaseProblem,
  renamedProblem,
  resourceIdOf,
  Rotation,
  transition,
  unreachableProblem,
  WITHOUT_IMAGES,
  withoutImagesProblem,
} from "../components";
import { adoptionNeeds } from "./adopted";
import { loadSettings } from "./config";
import { skipDebugMessages } from "./debugMessages";
import { placeNeeds } from "./place";
import { skipPromiseTraces } from "./promiseTraces";

skipDebugMessages();
skipPromiseTraces();

/** The program: guard, platform, application, rotation, record. The same under the CLI and in rehearsals. */
export = async () => {
  const settings = loadSettings();
  const { hosts, leaving, location, plan } = settings;
  const serving = leaving ?? settings.release;

  const last = await lastRun();
  const host = last.connections?.database.host;
  const isWithoutImages = settings.images.app === "";
  const problem =
    changedPlatformProblem(settings.existing !== undefined, last.completed) ??
    (settings.existing === undefined
      ? (renamedProblem(settings, host) ?? newDatabaseProblem(settings, host))
      : renamedDatabaseProblem(settings, last.connections?.database.name)) ??
    (isWithoutImages ? withoutImagesProblem(last.completed) : undefined) ??
    unreachableProblem(last.completed, plan) ??
    adoptionProblem(settings, last.completed) ??
    changedPlaceProblem(settings, last) ??
    changedActAsProblem(settings, last.completed) ??
    changedStrategyProblem(settings, last.completed) ??
    (settings.admittedImages &&
      admissionProblem(settings.admittedImages, Object.values(last.live?.images ?? {})));
  if (problem !== undefined) {
    throw new pulumi.RunError(problem);
  }
  const found =
    settings.existing &&
    (await lookUpPlatform(settings.existing, {
      kubeLogin: settings.deployer.kubeLogin,
      connections: settings.release.serverConnections,
      demand: settings.demand,
      egress: settings.egress,
      adoption: adoptionNeeds(settings, last.completed),
      ...placeNeeds(settings, last.completed),
    }));
  const record =
    found === undefined
      ? settings.record
      : recordWith(settings.record, platformIdentities(found, settings.adopted !== undefined));
  const run = transition(last.completed?.plan, plan);
  const guard = new PlanGuard("guard", {
    plan: { counter: plan.counter, live: plan.live, retired: plan.retired },
    settings: record,
    template: serving.template,
    trial: settings.release.trial,
    acceptsSettings: settings.accepted.includes("settings"),
    acceptsSessions: settings.accepted.includes("sessions"),
    strategy: settings.strategy,
    leaving: leaving && { strategy: leaving.strategy, marker: hosts[markerSlot(plan)] ?? "" },
    completed: last.completed,
    facts: factsBefore(
      {
        ...settings,
        // While a strategy is left, stage hosts lead elsewhere than to their slots.
        hosts: leaving ? { production: hosts.production } : hosts,
        legacy: settings.adopted && {
          ...settings.adopted,
          role: settings.adopted.legacyRole,
          service: settings.adopted.legacyService.name,
        },
        own: found ? foundHosts(found) : ownHosts(settings, location),
      },
      last,
    ),
    endingSeconds: endingSeconds(settings.release),
  });

  const subscriptionId = found && resourceIdOf(found.reference.clusterId)?.subscriptionId;
  const azure = new AzureProvider(
    "azure",
    { location, ...(subscriptionId && { subscriptionId }) },
    { dependsOn: guard.started },
  );
  // Explicit, so that the stack may forbid default providers (`pulumi:disable-default-providers`).
  const generator = new random.Provider("random", {}, { dependsOn: guard.started });
  const opts = {
    providers: { "azure-native": azure, random: generator },
    dependsOn: guard.started,
  };
  const platform =
    settings.existing === undefined
      ? new Platform(
          "platform",
          // No traffic passes the gateway of a stack whose first deployment never completed.
          { ...settings, maintenance: settings.maintenance || last.completed === undefined },
          opts,
        )
      : new ExistingPlatform("platform", { ...settings, found: found! }, opts);

  const application = new Application(
    "application",
    {
      ...settings,
      ...settings.alerts,
      ...settings.pods,
      serving: settings.release.shape,
      images: settings.admittedImages,
      ranges: settings.existing === undefined ? settings.ranges : found!.ranges,
      platform,
    },
    {
      ...opts,
      transformations: [movedFromPlatform("application", platform), adviseOnUnknownName("names")],
    },
  );

  const made = {
    gatewayAddress: platform.gateway.address,
    registry: platform.registry.loginServer,
    hosts,
    connections: { ...application.connections, objects: serving.shape.slots },
    ...(platform instanceof Platform && { platform: asExisting(platform) }),
    ...(settings.grants === "existing" && { grants: application.grants }),
  };
  if (isWithoutImages) {
    await pulumi.log.warn(WITHOUT_IMAGES);
    return made;
  }

  const rotation = new Rotation(
    "rotation",
    {
      run,
      attempt: guard.attempt,
      settings: recordDigest(record),
      kept: guard.kept,
      endsLegacySessions: settings.accepted.includes("legacy"),
      environment: { ...settings, ...application.environment },
    },
    {
      providers: {
        "azure-native": azure,
        random: generator,
        kubernetes: platform.cluster.provider,
        ...application.providers,
      },
      dependsOn: [guard.started, platform, application],
      transformations: [
        adviseOnFailure("advice", run, {
          image: last.live?.images?.app,
          strategy: settings.strategy,
        }),
        goesWith(platform.databaseServer.resource, platform.vault.resource),
      ],
    },
  );

  return {
    ...made,
    completed: guard.complete([rotation]),
    live: rotation.record,
    nextMoves: nextMoves(plan),
  };
};
