import type * as pulumi from "@pulumi/pulumi";
import type { RotationEnvironment } from "./environment";
import type { Proofs } from "./proofs";
import type { Pods } from "./release";
import type { Slot } from "./slot";

/** What a strategy makes its resources of. */
export interface StrategyArgs {
  /** Name of the rotation. */
  readonly name: string;
  readonly environment: RotationEnvironment;
  readonly proofs: Proofs;
  /** Creates what is tried before pods of the live slot are replaced; undefined if nothing needs a trial. */
  readonly trial: ((pods: Pods, after: readonly pulumi.Resource[]) => pulumi.Resource) | undefined;
  /** The rotation. */
  readonly parent: pulumi.Resource;
}

/**
 * What strategies differ in. Credentials, guard, route, record, retirement and the order of steps are the
 * same for all, and in `Rotation`: docs/adr/0058.
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
   * Brings pods to the live slot's credential. When it is ready, every one of them is as it was told.
   *
   * @param after what proves the credential first, where pods that serve production are replaced
   */
  roll(live: Slot, after: readonly pulumi.Resource[]): readonly pulumi.Resource[];
  /**
   * Whether pods that hold a credential have no traffic once another one is live, so that they may be
   * stopped with it: otherwise they are production, and nothing of it changes before they have gone.
   */
  readonly holdersServe: boolean;
}
