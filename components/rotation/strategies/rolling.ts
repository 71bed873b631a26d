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
  trafficSwitch,
  trial,
}: StrategyArgs): StrategyResources {
  const { application, hosts, release } = environment;
  return {
    holdersServe: true,
    standBy: () => [],
    promote: (live, after) => {
      const pods = live.pods();
      const dependsOn = [...live.standing, ...after];
      const rolled = proofs.rolled(live, [
        podRelease(
          `${name}-release`,
          {
            release: namesOf(application).release,
            environment,
            pods,
            replicas: release.replicas,
          },
          { parent, dependsOn: [...dependsOn, ...(trial ? [trial(pods, dependsOn)] : [])] },
        ),
      ]);
      return hosts.production === undefined
        ? [rolled]
        : [
            trafficSwitch(
              `${name}-traffic`,
              { environment, live: live.slot },
              { parent, dependsOn: [rolled] },
            ),
          ];
    },
  };
}
