import {
  agicAnnotations,
  LEGACY,
  namesOf,
  ownStack,
  type PlatformNeeds,
  type Run,
  SLOTS,
} from "../components";
import type { Settings } from "./config";

/**
 * What a stack asks of what others have beside it on a platform that is there.
 *
 * @param completed the last completed run
 */
export function placeNeeds(
  settings: Settings,
  completed: Run | undefined,
): Pick<PlatformNeeds, "newSecrets" | "place"> {
  const { adopted, application, existing, hosts, ingress, namespace, pods, probe, release } =
    settings;
  const isFirst = completed === undefined;
  const names = namesOf(application);
  const secrets = [
    ...SLOTS.map((slot) => names.slot(slot).secret),
    ...Object.values(names.secrets),
  ];
  // What was there before the stack.
  const mayServe = [completed?.plan.live, settings.plan.live].includes(LEGACY);
  return {
    newSecrets: isFirst ? secrets : [],
    place:
      namespace === undefined || existing === undefined
        ? undefined
        : {
            application,
            namespace,
            podSecurity: pods.podSecurity,
            hosts: {
              ...(hosts.production && { productionHost: hosts.production }),
              ...(hosts.blue && { stageBlueHost: hosts.blue }),
              ...(hosts.green && { stageGreenHost: hosts.green }),
            },
            slots: release.shape.slots,
            ingress,
            annotations: agicAnnotations({
              hosts,
              probe,
              certificateName: existing.certificateName,
              shape: release.shape,
            }),
            legacyService: adopted?.legacyService,
            legacyServes: isFirst || mayServe,
            isFirst,
            stack: ownStack(),
          },
  };
}
