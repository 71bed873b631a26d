import { Provider as AzureProvider } from "@pulumi/azure-native/provider";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import {
  admissionProblem,
  adviseOnFailure,
  Application,
  changedActAsProblem,
  endingSeconds,
  factsBefore,
  goesWith,
  lastRun,
  movedFromPlatform,
  newDatabaseProblem,
  nextMoves,
  ownHosts,
  PlanGuard,
  Platform,
  renamedProblem,
  Rotation,
  transition,
  WITHOUT_IMAGES,
  withoutImagesProblem,
} from "../components";
import { loadSettings } from "./config";
import { skipDebugMessages } from "./debugMessages";
import { skipPromiseTraces } from "./promiseTraces";

skipDebugMessages();
skipPromiseTraces();

/** The program: guard, platform, application, rotation, record. The same under the CLI and in rehearsals. */
export = async () => {
  const settings = loadSettings();
  const { hosts, location, plan } = settings;

  const last = await lastRun();
  const host = last.connections?.database.host;
  const isWithoutImages = settings.images.app === "";
  const problem =
    renamedProblem(settings, host) ??
    newDatabaseProblem(settings, host) ??
    (isWithoutImages ? withoutImagesProblem(last.completed) : undefined) ??
    changedActAsProblem(settings, last.completed) ??
    (settings.admittedImages &&
      admissionProblem(settings.admittedImages, Object.values(last.live?.images ?? {})));
  if (problem !== undefined) {
    throw new pulumi.RunError(problem);
  }
  const run = transition(last.completed?.plan, plan);
  const guard = new PlanGuard("guard", {
    plan: { counter: plan.counter, live: plan.live, retired: plan.retired },
    settings: settings.record,
    template: settings.release.template,
    trial: settings.release.trial,
    acceptsSettings: settings.accepted.includes("settings"),
    completed: last.completed,
    facts: factsBefore({ ...settings, own: ownHosts(settings, location) }, last),
    endingSeconds: endingSeconds(settings.release),
  });

  const azure = new AzureProvider("azure", { location }, { dependsOn: guard.started });
  // Explicit, so that the stack may forbid default providers (`pulumi:disable-default-providers`).
  const generator = new random.Provider("random", {}, { dependsOn: guard.started });
  const platform = new Platform(
    "platform",
    // No traffic passes the gateway of a stack whose first deployment never completed.
    { ...settings, maintenance: settings.maintenance || last.completed === undefined },
    { providers: { "azure-native": azure, random: generator }, dependsOn: guard.started },
  );

  const application = new Application(
    "application",
    {
      ...settings,
      ...settings.alerts,
      ...settings.pods,
      serving: settings.release.shape,
      images: settings.admittedImages,
      platform,
    },
    {
      providers: { "azure-native": azure, random: generator },
      dependsOn: guard.started,
      transformations: [movedFromPlatform("application", platform)],
    },
  );

  const made = {
    gatewayAddress: platform.gateway.address,
    registry: platform.registry.loginServer,
    hosts,
    connections: { ...application.connections, objects: settings.release.shape.slots },
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
      settings: settings.digest,
      kept: guard.kept,
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
        adviseOnFailure("advice", run, { image: last.live?.images?.app }),
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
