import * as pulumi from "@pulumi/pulumi";
import { autoscaler } from "./autoscaler";
import type { RotationEnvironment } from "./environment";
import { environmentProblems } from "./environmentProblems";
import { adviceAfter } from "./failureAdvice";
import { Proofs } from "./proofs";
import { Rotator } from "./rotator";
import { refuseInputs } from "../arguments/inputProblems";
import { type Kept, namesOf, type SlotPlan, type Transition } from "../plan";
import { Slot, type SlotArgs } from "./slot";
import { trial } from "./trial";
import { agicTrafficSwitch, type TrafficSwitch } from "./trafficSwitch";

export interface RotationArgs {
  /** From the plan in force to the requested plan. */
  readonly run: Transition;
  /** When this plan was started; every new start verifies production again. */
  readonly attempt: pulumi.Input<string>;
  /** Digest of all settings, from `recordDigest`; a change verifies production again. */
  readonly settings: string;
  /** What remains from earlier runs, from the guard. */
  readonly kept: Kept;
  readonly environment: RotationEnvironment;
  /** @default the Ingress of the Application Gateway Ingress Controller */
  readonly trafficSwitch?: TrafficSwitch;
}

/**
 * Both slots, the switch that moves traffic between them, and the proofs in between.
 *
 * ```ts
 * const run = transition(completed?.plan, { counter: 8, live: 8, retired: 6 });
 * new Rotation("rotation", { run, attempt: guard.attempt, kept: guard.kept, settings, environment });
 * ```
 *
 * The order is always the same: a trial of new settings, the live slot, its proofs before promotion,
 * the switch, the proof after promotion, and only then anything of the other slot. So whichever slot
 * has the traffic when a run starts, the other one is not touched until the live one is proved to
 * serve production. When the counter rises, the new generation's slot is the live one.
 */
export class Rotation extends pulumi.ComponentResource {
  /**
   * What is in force, for operators and auditors, without secret values. Known once all of it is
   * proved.
   */
  readonly record: pulumi.Output<Record<string, unknown>>;

  private readonly proofs: Proofs;

  /** @throws pulumi.InputPropertiesError that names every wrong value of the environment */
  constructor(
    private readonly name: string,
    private readonly args: RotationArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    refuseInputs(name, environmentProblems(args.environment));
    const { environment, run, trafficSwitch = agicTrafficSwitch } = args;
    const { counter, live: liveGeneration, retired, liveSlot, standbySlot } = run.to;
    super("rotation:index:Rotation", name, { counter, live: liveGeneration, retired }, opts);
    const rotator = new Rotator(`${name}-rotator`, { environment, counter }, { parent: this });
    this.proofs = new Proofs(`${name}-proof`, { ...args, rotator }, { parent: this });

    const vacates = (slot: SlotPlan) => args.kept.vacates && slot.generation === counter;
    const vacated = (slot: SlotPlan, after: pulumi.Resource[]) =>
      vacates(slot) ? [this.proofs.vacated(slot.generation, after)] : [];

    const live = this.slot(liveSlot, vacated(liveSlot, []), this.trial(args.kept.trial));
    const rolled = this.proofs.rolled(live);
    const provesBefore = run.proof === "before the switch";
    const gate = provesBefore ? [this.proofs.beforePromotion(live, [])] : [];
    const traffic = trafficSwitch(
      `${name}-traffic`,
      { environment, live: live.slot },
      { parent: this, dependsOn: [live.release, rolled, ...gate] },
    );
    const provesAfter = run.proof === "after the switch";
    const late = provesAfter ? [this.proofs.beforePromotion(live, [traffic])] : [];
    const answered = this.proofs.afterPromotion(live, [traffic, ...late]);
    const { autoscaling } = environment.release;
    if (autoscaling !== undefined) {
      autoscaler(
        `${name}-autoscaler`,
        { environment, ...autoscaling, live: live.slot },
        { parent: this, dependsOn: [answered] },
      );
    }
    const standby = this.slot(standbySlot, [answered, ...vacated(standbySlot, [answered])]);
    const provesStandby = run.proof === "on stage";
    const staged = provesStandby ? [this.proofs.beforePromotion(standby, [answered])] : [];
    if (standbySlot.state === "active") {
      this.proofs.keepNone();
    }

    this.record = this.keepRecord(live, [answered, standby.last, ...staged]);
    this.registerOutputs({ record: this.record });
  }

  /** What a slot's pods with changed settings wait for; undefined if nothing needs a trial. */
  private trial(kept: Kept["trial"]): SlotArgs["trial"] {
    const { environment } = this.args;
    return (
      kept &&
      ((pods, dependsOn) =>
        trial(this.name, { environment, ...kept, pods }, { parent: this, dependsOn }))
    );
  }

  private slot(plan: SlotPlan, after: pulumi.Resource[], tried?: SlotArgs["trial"]): Slot {
    return new Slot(
      `${this.name}-${plan.slot}`,
      {
        plan,
        after,
        trial: tried,
        moved: this.args.run.moved.includes(plan.slot),
        advice: adviceAfter(this.args.run),
        environment: this.args.environment,
        retirement: {
          drained: (release) => this.proofs.drained(plan, release),
          refused: (credential, role) => this.proofs.refused(plan, credential, role),
        },
      },
      // Includes the slot itself: not even its state entry changes while it may be serving.
      { parent: this, dependsOn: after },
    );
  }

  /** Records what is in force once everything in the run is proved. */
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
          // What a pod outside the release, such as a cron job's, needs to log in as well.
          ...(environment.delivery?.by === "secret"
            ? { secret: live.mount }
            : { secretProviderClass: live.mount }),
          serviceAccount: namesOf(environment.application).slot(live.slot).account,
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

/** Seconds since 1970 as ISO 8601. */
function fromSeconds(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
