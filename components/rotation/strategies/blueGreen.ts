import { namesOf } from "../../plan";
import { podRelease } from "../release";
import type { StrategyArgs, StrategyResources } from "../strategy";

/** Two releases, of which one serves: traffic moves by one field of an Ingress. */
export function blueGreen({ name, environment, proofs, trial }: StrategyArgs): StrategyResources {
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
    roll: (live) => [...live.standing, proofs.rolled(live, environment, live.standing)],
  };
}
