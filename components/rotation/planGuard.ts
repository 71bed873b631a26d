import * as pulumi from "@pulumi/pulumi";
import { judge, judgeBeforePlanning, type Refusal, type Run } from "./moves";
import type { Plan } from "./rotationPlan";

export interface PlanGuardArgs {
  /** The plan that the configuration asks for. */
  readonly plan: Plan;
  /** Digest of everything configured that is not the plan. */
  readonly settings: string;
  /** The last run that completed, from {@link lastCompleted}; undefined on a new stack. */
  readonly completed: Run | undefined;
}

/**
 * Refuses every `up` that is not one move away from what is recorded, in the preview already.
 *
 * ```ts
 * const guard = new PlanGuard("guard", { plan, settings, completed: await lastCompleted() });
 * new Rotation("rotation", args, { dependsOn: guard.started });
 * export const completed = guard.complete([rotation]);
 * ```
 *
 * When the counter grows, the started record changes first of all and the completed record last
 * of all; a run that stops in between leaves the two apart, and the next one is judged by both.
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
    this.attempt = this.startAttempt(name, args.plan);
    this.run = { plan: args.plan, settings: args.settings, attempt: this.attempt };
    this.started = this.recordStart(name, args.completed);
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
      { input: new Date().toISOString() },
      {
        parent: this,
        ignoreChanges: ["input"],
        replacementTrigger: [counter, live, retired].join("/"),
      },
    );
    return stash.output as pulumi.Output<string>;
  }

  private recordStart(name: string, completed: Run | undefined): pulumi.Resource {
    const judgeUpdate = new pulumi.ResourceHook(
      `${name}-judge`,
      (args) => {
        const started = (args.oldInputs as { input: Run }).input;
        const target = (args.newInputs as { input: Run }).input;
        const verdict = judge(completed, started, target);
        if ("refusal" in verdict) {
          throw new Error(text(verdict.refusal));
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

/** The completed record of this very stack, as its last successful run left it. */
export async function lastCompleted(): Promise<Run | undefined> {
  const self = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
  const reference = new pulumi.StackReference("last-completed", { name: self });
  const details = await reference.getOutputDetails("completed");
  return details.value as Run | undefined;
}

function text({ reason, help }: Refusal): string {
  return `${reason}\n${help}`;
}
