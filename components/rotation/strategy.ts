import type * as pulumi from "@pulumi/pulumi";
import type { RotationEnvironment } from "./environment";
import type { Proofs } from "./proofs";
import type { Pods } from "./release";
import type { Slot } from "./slot";
import type { TrafficSwitch } from "./trafficSwitch";

/** What a strategy makes its resources of. */
export interface StrategyArgs {
  /** Name of the rotation. */
  readonly name: string;
  readonly environment: RotationEnvironment;
  readonly proofs: Proofs;
  readonly trafficSwitch: TrafficSwitch;
  /** Creates what is tried before pods of the live slot are replaced; undefined if nothing needs a trial. */
  readonly trial: ((pods: Pods, after: readonly pulumi.Resource[]) => pulumi.Resource) | undefined;
  /** The rotation. */
  readonly parent: pulumi.Resource;
}

/**
 * What strategies differ in. Credentials, guard, record, retirement and the order of steps are the same
 * for all, and in `Rotation`: docs/adr/0058.
 */
export interface StrategyResources {
  /**
   * Creates what a slot has besides its credential, before that is proved.
   *
   * @param to isActive: a retired one has no pods; isLive: whether its pods are to serve production
   */
  standBy(
    pods: Pods,
    to: { readonly isActive: boolean; readonly isLive: boolean },
    opts: { readonly parent: pulumi.Resource; readonly dependsOn: pulumi.Resource[] },
  ): readonly pulumi.Resource[];
  /**
   * Makes the pods with the live slot's credential serve. When it is ready, the cluster has been told, and
   * every pod is as it was told.
   */
  promote(live: Slot, after: readonly pulumi.Resource[]): readonly pulumi.Resource[];
  /**
   * Whether pods that hold a credential have no traffic once another one is live, so that they may be
   * stopped with it: otherwise they are production, and nothing of it changes before they have gone.
   */
  readonly holdersServe: boolean;
}
