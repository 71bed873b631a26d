import { type ActAs, connectionLimit, type Hosts, namespaceOf, type Run } from "../plan";
import type { Acceptable, Expectation } from "./handChange";
import type { Connections } from "./connections";
import type { Facts } from "./facts";
import { gatherFacts } from "./gather";
import { type OwnHosts, ownConnections } from "./own";
import { officialSources } from "./sources";

/** This stack's own outputs, as its last successful run left them. */
export interface LastRun {
  /** The completed record; undefined before the first completed run. */
  readonly completed?: Run;
  /** The record of what is in force. */
  readonly live?: {
    readonly secretVersion: string;
    readonly images?: { readonly app: string };
  };
  readonly connections?: Connections;
  readonly gatewayAddress?: string;
}

/** What a move builds on, and how to check that it still holds. */
export interface FactsBefore {
  readonly expected: Omit<Expectation, "plan">;
  /** The configured image of the application. */
  readonly image: string;
  /** What this run accepts although it differs. */
  readonly accepted: readonly Acceptable[];
  readonly look: () => Promise<Facts>;
}

/** The settings that say what is expected, and where to look. */
export interface FactsSettings {
  readonly accepted: readonly Acceptable[];
  readonly application: string;
  readonly namespace?: string | undefined;
  readonly ingress?: string | undefined;
  readonly actAs?: ActAs | undefined;
  readonly hosts: Hosts;
  /** What an adopted application logged in as before, and the Service that served it. */
  readonly legacy?: Expectation["legacy"];
  /** Where this process may log in, whatever the state says; for a `Platform` from `ownHosts`. */
  readonly own: OwnHosts;
  readonly images: { readonly app: string };
  readonly release: {
    readonly replicas: number;
    readonly autoscaling?:
      { readonly minReplicas: number; readonly maxReplicas: number } | undefined;
    /** `max_connections` of the server, or this application's share of them. */
    readonly serverConnections: number;
  };
}

/** What the next move builds on, from the last run; undefined on a stack without one. */
export function factsBefore(
  {
    accepted,
    actAs,
    application,
    hosts,
    images,
    ingress,
    legacy,
    namespace,
    own,
    release,
  }: FactsSettings,
  { completed, connections: said, gatewayAddress, live }: LastRun,
): FactsBefore | undefined {
  if (completed === undefined) {
    return undefined;
  }
  const { connections, foreign } = ownConnections(said ?? {}, own);
  return {
    accepted,
    image: images.app,
    expected: {
      application,
      actAs,
      namespace: connections.namespace ?? namespaceOf({ application, namespace }),
      ...(ingress !== undefined && { ingress }),
      vault: connections.vault?.name ?? "",
      secretVersion: live?.secretVersion ?? "",
      image: live?.images?.app,
      template: completed.template,
      hosts,
      replicas: release.replicas,
      minReplicas: release.autoscaling?.minReplicas,
      maxReplicas: release.autoscaling?.maxReplicas,
      connections: connectionLimit(release.serverConnections),
      ...(legacy && { legacy }),
      ...(connections.objects && { objects: connections.objects }),
    },
    async look() {
      const sources = await officialSources({
        hosts,
        connections,
        ...(gatewayAddress !== undefined && { gatewayAddress }),
        otherwise: (place) =>
          foreign[place] ??
          "the stack has no output `connections` yet; run `pulumi up` without a move first",
      });
      return gatherFacts(sources, application, {
        objects: connections.objects,
        ingress,
        legacy,
      });
    },
  };
}
