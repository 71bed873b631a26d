import type { FactsBefore } from "..";
import type { LastRun } from "../rotation/lastRun";
import { gatherFacts } from "./gather";
import { officialSources } from "./sources";
import type { Settings } from "../../infra/config";

/** What the next move builds on, by the last run; undefined on a stack that has none. */
export function factsBefore(
  { accepted, application, hosts, release }: Settings,
  { completed, connections, gatewayAddress, live }: LastRun,
): FactsBefore | undefined {
  if (completed === undefined) {
    return undefined;
  }
  return {
    accepted,
    expected: {
      application,
      namespace: connections?.namespace ?? application,
      vault: connections?.vault.name ?? "",
      secretVersion: live?.secretVersion ?? "",
      replicas: release.replicas,
    },
    async look() {
      const sources = await officialSources({
        hosts,
        ...(connections && { connections }),
        ...(gatewayAddress !== undefined && { gatewayAddress }),
        otherwise: () =>
          "the stack has no output `connections` yet, run `pulumi up` without a move first",
      });
      return gatherFacts(sources, application);
    },
  };
}
