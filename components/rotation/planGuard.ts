import * as pulumi from "@pulumi/pulumi";
import { type Beginning, type FactsBefore, handChangesText, needsFacts, obstacles } from "../facts";
import {
  judge,
  judgeBeforePlanning,
  type Kept,
  keptFrom,
  type Leaving,
  moveInWords,
  type Plan,
  type Refusal,
  type Run,
  samePlan,
  settingsDifference,
  type SettingsRecord,
  type Strategy,
  transition,
  type Trial,
} from "../plan";
import { runTime } from "./runTime";

export interface PlanGuardArgs {
  /** The configured plan. */
  readonly plan: Plan;
  /** Everything configured besides the plan, from `settingsRecord` or `settingsDigest`. */
  readonly settings: SettingsRecord;
  /** Digest of the settings that define a slot's pods, 12 hex digits. */
  readonly template: string;
  /** Whether one pod of a changed template is tried before the live slot gets it. */
  readonly trial: Trial;
  /** Whether an emergency may change settings, too. */
  readonly acceptsSettings?: boolean;
  /** Whether who still holds a credential that ends is cut off in this run. */
  readonly acceptsSessions?: boolean;
  /**
   * Under `rolling` a move that did not complete may be finished or left with other settings.
   * @default "blueGreen"
   */
  readonly strategy?: Strategy;
  /**
   * Set while a strategy is left.
   * @default none is
   */
  readonly leaving?: Leaving | undefined;
  /** The last run that completed, from `lastRun`; undefined on a new stack. */
  readonly completed: Run | undefined;
  /**
   * How to read the facts before a run starts; undefined if nothing is read, and then every slot
   * counts as whole.
   */
  readonly facts?: FactsBefore;
  /** Seconds that a pod may take to stop, for the preview. */
  readonly endingSeconds?: number;
}

/**
 * Refuses every `up` that is not one move away from what is recorded, in the preview already.
 *
 * ```ts
 * const { completed } = await lastRun();
 * const guard = new PlanGuard("guard", { plan, settings, template, trial: "pod", completed });
 * new Rotation("rotation", args, { dependsOn: guard.started });
 * export const completed = guard.complete([rotation]);
 * ```
 *
 * When the counter grows, the started record changes first of all and the completed record last
 * of all; a run that stops in between leaves the two apart, and the next one is judged by both.
 * A move from a completed plan begins only when the facts are as that plan left them; one after an
 * update that did not complete, and a withdraw from a move that did not or under `rolling`, only where
 * the slot that serves is whole.
 */
export class PlanGuard extends pulumi.ComponentResource {
  /** The started record: whatever a move may touch comes after it. */
  readonly started: pulumi.Resource;
  /** When the plan that this run works on was started, ISO 8601; another plan, another time. */
  readonly attempt: pulumi.Output<string>;
  /** What of the run before this one keeps, for the rotation. */
  readonly kept: Kept;
  private readonly run: pulumi.Input<Partial<Record<keyof Run, unknown>>>;

  /**
   * @throws pulumi.RunError when no recorded run could justify the plan
   */
  constructor(
    private readonly name: string,
    args: PlanGuardArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    // Before anything is registered, so that a refused preview shows nothing but the refusal.
    const early = judgeBeforePlanning(args.completed, args);
    if (early !== undefined) {
      throw new pulumi.RunError(text(early));
    }
    super("rotation:index:PlanGuard", name, { plan: args.plan }, opts);
    this.kept = keptFrom(args.completed, args);
    void pulumi.log.info(inWords(args, this.kept), this);
    this.attempt = this.startAttempt(name, args.plan);
    this.run = {
      plan: args.plan,
      settings: recordedSettings(args),
      attempt: this.attempt,
      template: args.template,
      tried: this.kept.trial !== undefined,
      vacated: this.kept.vacates,
      ...(args.strategy !== undefined &&
        args.strategy !== "blueGreen" && { strategy: args.strategy }),
      ...(args.leaving && { leaving: args.leaving.strategy, marker: args.leaving.marker }),
      ...(this.kept.gone !== undefined && { gone: this.kept.gone }),
      ...(this.kept.cutsOff && { cutsOff: true as const }),
    };
    this.started = this.recordStart(name, args);
    this.registerOutputs({ attempt: this.attempt });
  }

  /**
   * Records that the plan is in force, after everything else.
   *
   * @returns the completed run, to be exported as the stack output `completed`
   */
  complete(after: pulumi.Input<pulumi.Resource>[]): pulumi.Output<Run> {
    const stash = new pulumi.Stash(
      `${this.name}-completed`,
      { input: this.run },
      { parent: this, dependsOn: after },
    );
    return stash.input as pulumi.Output<Run>;
  }

  private startAttempt(name: string, { counter, live, retired }: Plan): pulumi.Output<string> {
    const stash = new pulumi.Stash(
      `${name}-attempt`,
      { input: runTime().apply((now) => new Date(now).toISOString()) },
      {
        parent: this,
        ignoreChanges: ["input"],
        replacementTrigger: [counter, live, retired].join("/"),
      },
    );
    return stash.output as pulumi.Output<string>;
  }

  private recordStart(
    name: string,
    { acceptsSettings = false, completed, facts }: PlanGuardArgs,
  ): pulumi.Resource {
    const judgeUpdate = new pulumi.ResourceHook(
      `${name}-judge`,
      async (args) => {
        const started = (args.oldInputs as { input: Run }).input;
        const target = { ...(args.newInputs as { input: Run }).input, acceptsSettings };
        const anyTemplate = () => target.template ?? "";
        const verdict = judge(completed, started, target, anyTemplate);
        if ("refusal" in verdict) {
          throw new Error(text(verdict.refusal));
        }
        if (completed !== undefined && facts !== undefined) {
          await requireNoObstacles({ completed, started, target }, facts);
        }
      },
      { onDryRun: true },
    );
    return new pulumi.Stash(
      `${name}-started`,
      { input: this.run },
      { parent: this, hooks: { beforeUpdate: [judgeUpdate] } },
    );
  }
}

/**
 * The problem with a plan that nothing leads to, whatever the settings are; undefined if there is none.
 * For what comes before the guard and costs time, such as looking a platform up.
 */
export function unreachableProblem(completed: Run | undefined, plan: Plan): string | undefined {
  const refusal = completed && judgeBeforePlanning(completed, { ...completed, plan });
  return refusal && text(refusal);
}

/** @throws Error that names everything which stops the run */
async function requireNoObstacles(beginning: Beginning, facts: FactsBefore): Promise<void> {
  if (!needsFacts(beginning, facts)) {
    return;
  }
  const { changes, refusal, unseen } = obstacles(beginning, await facts.look(), facts);
  if (refusal !== undefined) {
    throw new Error(text(refusal));
  }
  // A preview may run where nothing private is reached; what it cannot see stops the `up`.
  const problems = pulumi.runtime.isDryRun() ? changes : [...changes, ...unseen];
  if (problems.length > 0) {
    throw new Error(handChangesText(problems, beginning.completed.plan));
  }
  unseen.forEach(({ found }) => void pulumi.log.warn(`${found} \`up\` will stop there.`));
}

/** What the run will do, for the people who read its preview. */
function inWords(
  { completed, endingSeconds, facts, plan, settings, strategy, template }: PlanGuardArgs,
  { cutsOff, trial, vacates }: Kept,
): string {
  return moveInWords(transition(completed?.plan, plan), {
    difference: completed && settingsDifference(completed.settings, settings),
    images: facts && { from: facts.expected.image, to: facts.image },
    replacesPods: completed?.template !== template,
    tries: trial?.isSettled === false,
    vacates,
    cutsOff,
    endingSeconds,
    strategy,
    pods: facts?.expected.maxReplicas === undefined ? facts?.expected.replicas : undefined,
  });
}

/** The same settings stay as an older version of this program wrote them, until the next move. */
function recordedSettings({ completed, plan, settings }: PlanGuardArgs): SettingsRecord {
  const isUnchanged =
    completed !== undefined &&
    samePlan(completed.plan, plan) &&
    settingsDifference(completed.settings, settings) === undefined;
  return isUnchanged ? completed.settings : settings;
}

function text({ reason, help }: Refusal): string {
  return `${reason}\n${help}`;
}
