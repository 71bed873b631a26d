import { namesOf } from "../../plan";
import { podRelease } from "../release";
import type { StrategyArgs, StrategyResources } from "../strategy";

/** Two releases, of which one serves: traffic moves by one field of an Ingress. */
export function blueGreen({
  name,
  environment,
  parent,
  proofs,
  trafficSwitch,
  trial,
}: StrategyArgs): StrategyResources {
  return {
    holdersServe: false,
    standBy: (pods, { isActive, isLive }, { dependsOn, ...opts }) => [
      podRelease(
        `${name}-${pods.slot}-release`,
        {
          release: namesOf(environment.application).slot(pods.slot).release,
          environment,
          pods,
          replicas: isActive ? environment.release.replicas : 0,
        },
        {
          ...opts,
          dependsOn: [...dependsOn, ...(isLive && trial ? [trial(pods, dependsOn)] : [])],
        },
      ),
    ],
    promote: (live, after) => [
      trafficSwitch(
        `${name}-traffic`,
        { environment, live: live.slot },
        { parent, dependsOn: [...live.standing, proofs.rolled(live, live.standing), ...after] },
      ),
    ],
  };
}
