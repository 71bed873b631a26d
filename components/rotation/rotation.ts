import * as pulumi from "@pulumi/pulumi";
import { autoscaler } from "./autoscaler";
import { type RotationEnvironment, servingIn } from "./environment";
import { environmentProblems } from "./environmentProblems";
import { adviceAfter } from "./failureAdvice";
import { Proofs } from "./proofs";
import { Rotator } from "./rotator";
import { refuseInputs } from "../arguments/inputProblems";
import type { SlotShape } from "../chart";
import {
  type Kept,
  LEGACY,
  otherSlot,
  type Serving,
  type SlotName,
  SLOTS,
  type SlotPlan,
  type Strategy,
  type Transition,
} from "../plan";
import { legacyEnd } from "./legacyEnd";
import { accountOf } from "./release";
import { Slot } from "./slot";
import { blueGreen } from "./strategies/blueGreen";
import { rolling } from "./strategies/rolling";
import type { StrategyArgs, StrategyResources } from "./strategy";
import { trial } from "./trial";
import { agicTrafficSwitch, type TrafficSwitch } from "./trafficSwitch";

const STRATEGIES: Readonly<Record<Strategy, (args: StrategyArgs) => StrategyResources>> = {
  blueGreen,
  rolling,
};

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
  /**
   * Whether the sessions of a legacy login that are left when it is retired are ended.
   * @default they are not, and the run fails
   */
  readonly endsLegacySessions?: boolean;
  /** @default the Ingress of the Application Gateway Ingress Controller */
  readonly trafficSwitch?: TrafficSwitch;
}

/**
 * Both slots, what moves production from one credential to the other, and the proofs in between.
 *
 * ```ts
 * const run = transition(completed?.plan, { counter: 8, live: 8, retired: 6 });
 * new Rotation("rotation", { run, attempt: guard.attempt, kept: guard.kept, settings, environment });
 * ```
 *
 * The order is always the same: a trial of new settings, the live slot, its proofs before promotion,
 * the promotion, the proof after it, and only then anything of the other slot. So whichever slot
 * has the traffic when a run starts, the other one is not touched until the live one is proved to
 * serve production. When the counter rises, the new generation's slot is the live one.
 *
 * An adopted application's legacy login is a third holder of traffic, of which nothing is touched until
 * it is retired. While it serves, both slots wait until it is proved to.
 */
export class Rotation extends pulumi.ComponentResource {
  /**
   * What is in force, for operators and auditors, without secret values. Known once all of it is
   * proved.
   */
  readonly record: pulumi.Output<Record<string, unknown>>;

  private readonly proofs: Proofs;
  private readonly serving: StrategyResources;
  /** Set while a strategy is left. */
  private readonly entered: StrategyResources | undefined;

  /** @throws pulumi.InputPropertiesError that names every wrong value of the environment */
  constructor(
    private readonly name: string,
    private readonly args: RotationArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    refuseInputs(name, environmentProblems(args.environment));
    const { environment, run } = args;
    const { counter, live: liveGeneration, retired, liveSlot, standbySlot } = run.to;
    super("rotation:index:Rotation", name, { counter, live: liveGeneration, retired }, opts);
    const rotator = new Rotator(`${name}-rotator`, { environment, counter }, { parent: this });
    const serving = servingIn(environment);
    this.proofs = new Proofs(
      `${name}-proof`,
      {
        ...args,
        environment: serving,
        shapes: [...new Set([serving.release.shape, environment.release.shape])],
        rotator,
      },
      { parent: this },
    );
    const { leaving } = environment;
    this.serving = this.resourcesOf(serving, this.trial(args.kept.trial, serving));
    this.entered = leaving && this.resourcesOf(environment, undefined);

    const live = liveSlot && this.slot(liveSlot, this.unheld(liveSlot, []));
    const answered = live ? this.promote(live) : this.leaveToLegacy();
    const others = live ? [standbySlot] : SLOTS.map((slot) => run.to.slots[slot]);
    const standby = others.map((slot) =>
      this.slot(slot, [...answered, ...this.unheld(slot, answered)]),
    );
    const staged = standby
      .filter(({ generation }) => run.proof === "on stage" && generation === counter)
      .map((slot) => this.proofs.beforePromotion(slot, answered));
    const legacy = this.endLegacy(answered);
    if (!others.some((slot) => this.provesRefusal(slot)) && !this.provesLegacyRefusal) {
      this.proofs.keepNone();
    }

    const last = [...answered, ...standby.flatMap(({ last }) => last), ...staged, ...legacy];
    this.record = live ? this.keepRecord(live, last) : this.recordLegacy(last);
    this.registerOutputs({ record: this.record });
  }

  private resourcesOf(
    environment: RotationEnvironment,
    trial: StrategyArgs["trial"],
  ): StrategyResources {
    const { strategy = "blueGreen" } = environment;
    return STRATEGIES[strategy]({
      name: this.name,
      environment,
      proofs: this.proofs,
      trial,
      parent: this,
    });
  }

  /** @returns what shows that the live slot's credential serves production */
  private promote(live: Slot): pulumi.Resource[] {
    const { environment, run } = this.args;
    const before = (when: typeof run.proof, after: readonly pulumi.Resource[]) =>
      run.proof === when ? [this.proofs.beforePromotion(live, after)] : [];
    const proved = before("before the switch", []);
    const entered = this.entered?.roll(live, []) ?? [];
    const rolled = [...this.serving.roll(live, proved), ...proved, ...entered];
    const { production } = environment.hosts;
    const routed = production === undefined ? rolled : [this.route(live.slot, rolled)];
    const late = [...routed, ...before("after the switch", routed)];
    const answered =
      production === undefined
        ? late
        : [this.proofs.afterPromotion(live, late), ...this.enteredProofs(live, late)];
    const { autoscaling } = environment.release;
    if (autoscaling !== undefined) {
      autoscaler(
        `${this.name}-autoscaler`,
        { environment: servingIn(environment), ...autoscaling, live: live.slot },
        { parent: this, dependsOn: answered },
      );
    }
    return answered;
  }

  /** @returns the proof that the application with its legacy login answers production */
  private leaveToLegacy(): pulumi.Resource[] {
    return [this.proofs.legacyServes([this.route("legacy", [])])];
  }

  private route(live: Serving, dependsOn: pulumi.Resource[]): pulumi.Resource {
    const { environment, trafficSwitch = agicTrafficSwitch } = this.args;
    const entry = live === "legacy" ? undefined : this.entry(live);
    return trafficSwitch(
      `${this.name}-traffic`,
      {
        environment: servingIn(environment),
        live,
        ...(entry && { stage: { [entry.stage]: entry.service } }),
      },
      { parent: this, dependsOn },
    );
  }

  /** While a strategy is left: the stage host that leads to the pods of the one that is entered. */
  private entry(
    live: SlotName,
  ): { readonly stage: SlotName; readonly service: SlotShape["service"] } | undefined {
    const { environment } = this.args;
    const { service } = environment.release.shape.slots[live];
    return this.entered && { stage: this.entered.holdersServe ? otherSlot(live) : live, service };
  }

  private enteredProofs(live: Slot, after: readonly pulumi.Resource[]): pulumi.Resource[] {
    const entry = this.entry(live.slot);
    const host = entry && this.args.environment.hosts[entry.stage];
    return host === undefined ? [] : [this.proofs.entered(live, host, entry!.service.name, after)];
  }

  /** What shows that nobody holds a credential that a slot had before anything of the slot changes. */
  private unheld(slot: SlotPlan, after: readonly pulumi.Resource[]): pulumi.Resource[] {
    const { kept, run } = this.args;
    const { holdersServe } = this.serving;
    if (kept.vacates && slot.generation === run.to.counter) {
      return [
        holdersServe
          ? this.proofs.freeForNext(slot, after)
          : this.proofs.vacated(slot.generation, after),
      ];
    }
    return holdersServe && this.provesRefusal(slot) ? [this.proofs.free(slot, after)] : [];
  }

  /** Whether a slot's own credential is shown to be refused: generation -1 is a legacy login's. */
  private provesRefusal({ generation, state }: SlotPlan): boolean {
    const isLegacy = this.args.environment.adopted !== undefined && generation === LEGACY;
    return state === "retired" && !isLegacy;
  }

  /** As of any generation, while it is the one before the live one. */
  private get provesLegacyRefusal(): boolean {
    const { counter, retired } = this.args.run.to;
    return this.args.environment.adopted !== undefined && retired >= LEGACY && counter === 0;
  }

  /** What a retired legacy login is ended and refused by; nothing while it lives, or if there is none. */
  private endLegacy(after: pulumi.Resource[]): pulumi.Resource[] {
    const { environment, endsLegacySessions = false, run } = this.args;
    const { adopted } = environment;
    if (adopted === undefined || run.to.retired < LEGACY) {
      return [];
    }
    const { credential, ended } = legacyEnd(
      `${this.name}-legacy`,
      {
        advice: adviceAfter(run, undefined, { strategy: environment.strategy }),
        endsSessions: endsLegacySessions,
        environment,
        role: adopted.legacyRole,
      },
      { parent: this, dependsOn: after },
    );
    return [
      ended,
      ...(this.provesLegacyRefusal
        ? [this.proofs.legacyRefused(adopted.legacyRole, credential, [ended])]
        : []),
    ];
  }

  /** What pods with changed settings wait for; undefined if nothing needs a trial. */
  private trial(kept: Kept["trial"], environment: RotationEnvironment): StrategyArgs["trial"] {
    return (
      kept &&
      ((pods, dependsOn) =>
        trial(
          this.name,
          { environment, ...kept, pods },
          { parent: this, dependsOn: [...dependsOn] },
        ))
    );
  }

  private slot(plan: SlotPlan, after: pulumi.Resource[]): Slot {
    const { environment, run } = this.args;
    const to = {
      isActive: plan.state === "active",
      isLive: plan.slot === run.to.liveSlot?.slot,
    };
    return new Slot(
      `${this.name}-${plan.slot}`,
      {
        plan,
        after,
        standBy: (pods, opts) =>
          [this.serving, this.entered].flatMap((each) => each?.standBy(pods, to, opts) ?? []),
        moved: run.moved.includes(plan.slot),
        advice: adviceAfter(run, undefined, { strategy: environment.strategy }),
        environment,
        retirement: this.provesRefusal(plan)
          ? {
              drained: (standing) =>
                this.serving.holdersServe ? standing : [this.proofs.drained(plan, standing)],
              refused: (credential, role) => this.proofs.refused(plan, credential, role),
            }
          : undefined,
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
    const { environment } = this.args;
    return this.keep(
      {
        slot: live.slot,
        generation: live.generation,
        role: live.roleName,
        secretVersion: live.secretVersion,
        // What a pod outside the release, such as a cron job's, needs to log in as well.
        ...(environment.delivery?.by === "secret"
          ? { secret: live.mount }
          : { secretProviderClass: live.mount }),
        serviceAccount: accountOf(servingIn(environment), live),
        created: live.created,
        expires: pulumi.output(live.expires).apply(fromSeconds),
      },
      dependsOn,
    );
  }

  /** Of a legacy login nobody here knows more. */
  private recordLegacy(dependsOn: pulumi.Resource[]): pulumi.Output<Record<string, unknown>> {
    const { legacyRole } = this.args.environment.adopted!;
    return this.keep({ slot: "legacy", generation: LEGACY, role: legacyRole }, dependsOn);
  }

  private keep(
    inForce: Record<string, unknown>,
    dependsOn: pulumi.Resource[],
  ): pulumi.Output<Record<string, unknown>> {
    const { attempt, environment } = this.args;
    const record = new pulumi.Stash(
      `${this.name}-record`,
      {
        input: {
          ...inForce,
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
