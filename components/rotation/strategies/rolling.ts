import { namesOf } from "../../plan";
import { podRelease } from "../release";
import type { StrategyArgs, StrategyResources } from "../strategy";

/**
 * One release, which rolls from one credential to the other. Nothing that a credential needs is in it, so
 * that pods of both start and run while it does; where requests go never changes.
 */
export function rolling({
  name,
  environment,
  parent,
  proofs,
  trial,
}: StrategyArgs): StrategyResources {
  return {
    holdersServe: true,
    standBy: () => [],
    roll: (live, after) => {
      const pods = live.pods();
      const dependsOn = [...live.standing, ...after];
      const { autoscaling, replicas } = environment.release;
      const release = podRelease(
        `${name}-release`,
        {
          release: namesOf(environment.application).release,
          environment,
          pods,
          // Helm sets this number in each upgrade, whatever an autoscaler has made of it meanwhile, and
          // these pods serve.
          replicas: autoscaling?.maxReplicas ?? replicas,
        },
        { parent, dependsOn: [...dependsOn, ...(trial ? [trial(pods, dependsOn)] : [])] },
      );
      return [proofs.rolled(live, environment, [release])];
    },
  };
}
