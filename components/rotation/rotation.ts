import * as pulumi from "@pulumi/pulumi";
import type { RotationEnvironment } from "./environment";
import { Proofs } from "./proofs";
import { Rotator } from "./rotator";
import type { RotationPlan, SlotName, SlotPlan } from "../plan/rotationPlan";
import { Slot } from "./slot";
import { agicTrafficSwitch, type TrafficSwitch } from "./trafficSwitch";

export interface RotationArgs {
  readonly plan: RotationPlan;
  /** When this plan was started; every new start asks production again who answers. */
  readonly attempt: pulumi.Input<string>;
  readonly environment: RotationEnvironment;
  /**
   * Whether nothing has been live yet. Then there is no stage host to test through before the
   * switch, and no traffic to protect: the switch comes before the proof.
   */
  readonly first: boolean;
  /**
   * Whether the live generation was live in the last run that completed. Then nothing is promoted:
   * no proof may end its sessions or stand in the way of the switch.
   * @default false
   */
  readonly serving?: boolean;
  /**
   * The slots that this run changes, from `movedSlots`: a role of theirs that is in doubt is made
   * anew.
   * @default none
   */
  readonly moved?: readonly SlotName[];
  /** @default the Ingress of the Application Gateway Ingress Controller */
  readonly trafficSwitch?: TrafficSwitch;
}

/**
 * Both slots, the switch that moves traffic between them, and the proofs on the way.
 *
 * ```ts
 * new Rotation("rotation", { plan: rotationPlan(8), attempt: guard.attempt, environment });
 * ```
 *
 * The order is always the same: the live slot, its proof before promotion, the switch, the proof
 * after promotion, and only then anything of the other slot. So whichever slot has the traffic
 * when a run begins, the other one is not touched before production was seen to be answered by
 * the live one. When the counter grows, the new generation's slot is the live one.
 */
export class Rotation extends pulumi.ComponentResource {
  /** What is in force, for people and auditors; no values. Known when all of it is proved. */
  readonly record: pulumi.Output<Record<string, unknown>>;

  private readonly proofs: Proofs;

  constructor(
    private readonly name: string,
    private readonly args: RotationArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    const { environment, plan, trafficSwitch = agicTrafficSwitch } = args;
    const { counter, live: liveGeneration, retired } = plan;
    super("rotation:index:Rotation", name, { counter, live: liveGeneration, retired }, opts);
    const rotator = new Rotator(`${name}-rotator`, { environment, counter }, { parent: this });
    this.proofs = new Proofs(
      `${name}-proof`,
      { ...args, serving: args.serving === true, rotator },
      { parent: this },
    );

    const live = this.slot(plan.liveSlot, []);
    const promotes = live.generation === counter;
    const promoted = args.first || args.serving === true;
    const gate = promotes && !promoted ? [this.proofs.beforePromotion(live, [])] : [];
    const traffic = trafficSwitch(
      `${name}-traffic`,
      { environment, live: live.slot },
      { parent: this, dependsOn: [live.release, ...gate] },
    );
    const late = promotes && promoted ? [this.proofs.beforePromotion(live, [traffic])] : [];
    const answered = this.proofs.afterPromotion(live, [traffic, ...late]);
    const standby = this.slot(plan.standbySlot, [answered]);
    const staged = promotes ? [] : [this.proofs.beforePromotion(standby, [answered])];
    if (plan.standbySlot.state === "active") {
      this.proofs.keepRetired("none", standby.expires);
    }

    this.record = this.keepRecord(live, [answered, standby.last, ...staged]);
    this.registerOutputs({ record: this.record });
  }

  private slot(plan: SlotPlan, after: pulumi.Resource[]): Slot {
    return new Slot(
      `${this.name}-${plan.slot}`,
      {
        plan,
        after,
        moved: this.args.moved?.includes(plan.slot) === true,
        environment: this.args.environment,
        retirement: {
          drained: (release) => this.proofs.drained(plan, release),
          refused: (credential, role) => this.proofs.refused(plan, credential, role),
        },
      },
      // The slot itself as well: not even its entry in the state changes while it may be serving.
      { parent: this, dependsOn: after },
    );
  }

  /** Step 9. */
  private keepRecord(
    live: Slot,
    dependsOn: pulumi.Resource[],
  ): pulumi.Output<Record<string, unknown>> {
    const { environment, attempt } = this.args;
    const record = new pulumi.Stash(
      `${this.name}-record`,
      {
        input: {
          slot: live.slot,
          generation: live.generation,
          role: live.roleName,
          secretVersion: live.secretVersion,
          created: live.created,
          expires: pulumi.output(live.expires).apply(fromSeconds),
          started: attempt,
          images: environment.images,
          chart: environment.release.chartDigest,
        },
      },
      { parent: this, dependsOn },
    );
    return record.input as pulumi.Output<Record<string, unknown>>;
  }
}

/** Seconds since 1970 as people and logs read a time. */
function fromSeconds(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
