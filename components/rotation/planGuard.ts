import * as pulumi from "@pulumi/pulumi";
import {
  changesByHand,
  type FactsBefore,
  handChangesText,
  stopping,
  unseenChanges,
} from "../facts";
import {
  judge,
  judgeBeforePlanning,
  moveInWords,
  type Plan,
  type Refusal,
  type Run,
  samePlan,
  settingsDifference,
  type SettingsRecord,
  type Transition,
  transition,
} from "../plan";
import { runTime } from "./runTime";

export interface PlanGuardArgs {
  /** The plan that the configuration asks for. */
  readonly plan: Plan;
  /** Everything configured that is not the plan, from `settingsRecord` or `settingsDigest`. */
  readonly settings: SettingsRecord;
  /** Whether an emergency may change settings, too. */
  readonly acceptsSettings?: boolean;
  /** The last run that completed, from `lastRun`; undefined on a new stack. */
  readonly completed: Run | undefined;
  /** How to see what is there before a move begins; undefined where nobody looks. */
  readonly facts?: FactsBefore;
}

/**
 * Refuses every `up` that is not one move away from what is recorded, in the preview already.
 *
 * ```ts
 * const guard = new PlanGuard("guard", { plan, settings, completed: (await lastRun()).completed });
 * new Rotation("rotation", args, { dependsOn: guard.started });
 * export const completed = guard.complete([rotation]);
 * ```
 *
 * When the counter grows, the started record changes first of all and the completed record last
 * of all; a run that stops in between leaves the two apart, and the next one is judged by both.
 * A move from a completed plan begins only when the facts are as that plan left them.
 */
export class PlanGuard extends pulumi.ComponentResource {
  /** The started record: whatever a move may touch comes after it. */
  readonly started: pulumi.Resource;
  /** When the plan that this run works on was started, ISO 8601; another plan, another time. */
  readonly attempt: pulumi.Output<string>;
  private readonly run: pulumi.Input<Record<keyof Run, unknown>>;

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
    const { completed, plan, settings } = args;
    const difference = completed && settingsDifference(completed.settings, settings);
    void pulumi.log.info(moveInWords(transition(completed?.plan, plan), difference), this);
    this.attempt = this.startAttempt(name, args.plan);
    this.run = { plan: args.plan, settings: recordedSettings(args), attempt: this.attempt };
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
        const target = (args.newInputs as { input: Run }).input;
        const verdict = judge(completed, started, { ...target, acceptsSettings });
        if ("refusal" in verdict) {
          throw new Error(text(verdict.refusal));
        }
        // On the way on from a run that stopped, the facts are somewhere between two plans.
        const isCertain = started.attempt === completed?.attempt;
        if (facts !== undefined && isCertain && verdict.move !== "nothing") {
          await requireUnchanged(facts, completed.plan, transition(completed.plan, target.plan));
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

/** @throws Error that names every change by hand which stops the move */
async function requireUnchanged(
  { accepted, expected, look }: FactsBefore,
  from: Plan,
  run: Transition,
): Promise<void> {
  const facts = await look();
  const stops = (changes: ReturnType<typeof changesByHand>) => stopping(changes, run, accepted);
  const changed = stops(changesByHand(facts, { ...expected, plan: from }));
  const unseen = stops(unseenChanges(facts));
  // A preview may run where nothing private is reached; what it cannot see stops the `up`.
  const problems = pulumi.runtime.isDryRun() ? changed : [...changed, ...unseen];
  if (problems.length > 0) {
    throw new Error(handChangesText(problems, from));
  }
  unseen.forEach(({ found }) => void pulumi.log.warn(`${found} \`up\` will stop there.`));
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
