import assert from "node:assert";
import { judge, judgeBeforePlanning } from "../../components/plan/judge";
import type { Run } from "../../components/plan/moves";
import { Reader } from "../../components/plan/reader";
import { type Plan, planProblems } from "../../components/plan/rotationPlan";

/** Counters up to this one; the rules look at differences only, so more would repeat them. */
const HIGHEST = 4;

/** All triples of numbers, whether they are a plan or not. */
function allNumbers(): Plan[] {
  const range = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, index) => from + index);
  return range(-1, HIGHEST).flatMap((counter) =>
    range(-1, HIGHEST).flatMap((live) =>
      range(-2, HIGHEST).map((retired) => ({ counter, live, retired })),
    ),
  );
}

/** The texts of all refusals of all targets, whatever was completed and started. */
function refusals(): string[] {
  const plans = allNumbers().filter((plan) => planProblems(plan).length === 0);
  const run = (plan: Plan, attempt: string, settings = "same"): Run => ({
    plan,
    attempt,
    settings,
    template: settings,
  });
  const texts = new Set<string>();
  const note = (refusal: { reason: string; help: string } | undefined) => {
    if (refusal !== undefined) {
      texts.add(`${refusal.reason}\n${refusal.help}`);
    }
  };
  for (const before of plans) {
    const completed = run(before, "first");
    const records = [
      [completed, completed],
      [completed, run(before, "first", "half")],
      [run(before, "first", "a rotation:x=1"), run(before, "first", "b rotation:x=2")],
      [undefined, run(before, "first")],
      ...plans.map((started) => [completed, run(started, "second")]),
    ] as const;
    for (const plan of plans) {
      for (const settings of ["same", "other"]) {
        const target = { plan, settings, template: settings };
        note(judgeBeforePlanning(completed, target));
        for (const [last, started] of records) {
          for (const template of ["same", "half", undefined]) {
            const verdict = judge(last, started, target, () => template);
            note("refusal" in verdict ? verdict.refusal : undefined);
          }
        }
      }
    }
  }
  return [...texts];
}

/** What the program says of a configuration with these values. */
export function refusedConfiguration(
  values: Readonly<Record<string, string>>,
  problems: readonly string[],
): string {
  const reader = new Reader({ get: (key) => values[key] });
  reader.integer("counter", 0, 0);
  reader.integer("live", 0, 0);
  reader.integer("retired", -1, -1);
  problems.forEach((problem) => reader.problem(problem));
  return textOf(() => reader.throwProblems("prod"));
}

/** What is thrown, as people read it. */
export function textOf(refuse: () => unknown): string {
  try {
    refuse();
  } catch (error) {
    return (error as Error).message;
  }
  return assert.fail("Nothing was refused.");
}

/** Every text that refuses a move, and every one that refuses numbers that are no plan. */
export function refusedMoves(): string[] {
  const mistyped = ["counter", "live", "retired"].map((key) =>
    refusedConfiguration({ [key]: "7a" }, []),
  );
  const problems = [...new Set(allNumbers().flatMap(planProblems))];
  return [
    ...refusals(),
    ...mistyped,
    ...problems.map((problem) => refusedConfiguration({}, [problem])),
  ];
}
