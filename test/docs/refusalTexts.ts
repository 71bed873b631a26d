import assert from "node:assert";
import { changedPlatformProblem } from "../../components/platform/changedPlatform";
import { judge, judgeBeforePlanning } from "../../components/plan/judge";
import type { Run } from "../../components/plan/moves";
import { Reader } from "../../components/plan/reader";
import { type Plan, planProblems } from "../../components/plan/rotationPlan";
import { STRATEGIES } from "../../components/plan/strategy";
import { readPlatform } from "../../infra/platform";
import { EXISTING_CONFIG, NEEDS, REFERENCE } from "../support/existingPlatform";
import { but, CALL, lookUp, refused, UNFIT } from "../support/lookUps";

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
      for (const strategy of STRATEGIES) {
        for (const settings of ["same", "other"]) {
          const target = { plan, settings, template: settings, strategy };
          note(judgeBeforePlanning({ ...completed, strategy }, target));
          for (const [left, begun] of records) {
            const [last, started] = [left && { ...left, strategy }, { ...begun, strategy }];
            for (const template of ["same", "half", undefined]) {
              const verdict = judge(last, started, target, () => template);
              note("refusal" in verdict ? verdict.refusal : undefined);
            }
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

/** What the program says of a platform that is there, by how a stack names it. */
function misnamedPlatforms(): string[] {
  const said = (values: Readonly<Record<string, string>>) => {
    const config: Readonly<Record<string, string | undefined>> = { ...EXISTING_CONFIG, ...values };
    const reader = new Reader({ get: (key) => config[key] });
    return textOf(() => {
      readPlatform(reader);
      reader.throwProblems("prod");
    });
  };
  const common = { profile: "prod", alertEmail: "a@example.com", location: "swedencentral" };
  const elsewhere = REFERENCE.vaultId.replace(/[0-9-]{36}/, "11111111-1111-1111-1111-111111111111");
  return [
    said({ ...common, vaultId: "" }),
    said({ ...common, vaultId: "kv-shared" }),
    said({ ...common, vaultId: elsewhere }),
    said({ ...common, nodeSize: "Standard_D4ds_v5" }),
    said({ ...common, platform: "new" }),
  ];
}

/** Every text that refuses a platform that is there, a sentence each. */
export async function refusedPlatforms(): Promise<string[]> {
  const others = [
    [{ ...REFERENCE, clusterHost: "aks.example.com" }, NEEDS, {}],
    [
      REFERENCE,
      { ...NEEDS, egress: [{ range: "10.90.0.4/32", port: 6432 }] },
      { [CALL.parameter]: but({ value: "true", name: "pgbouncer.enabled" }) },
    ],
    [
      REFERENCE,
      { ...NEEDS, demand: { room: [{ surge: "25%", cpu: 1000, memory: 512 }], replicas: 40 } },
      {
        [CALL.cluster]: but({
          agentPoolProfiles: [{ count: 1, maxPods: 30, vmSize: "Standard_D4s_v5" }],
        }),
      },
    ],
    [
      REFERENCE,
      { ...NEEDS, egress: [{ range: "10.244.3.0/24", port: 6379 }] },
      {
        [CALL.cluster]: but({
          networkProfile: { podCidr: "10.244.0.0/16", networkDataplane: "cilium" },
        }),
      },
    ],
    [REFERENCE, NEEDS, { [CALL.workspace]: refused(404, "ResourceNotFound") }],
  ] as const;
  const asked = [...UNFIT.map(([, answers]) => [REFERENCE, NEEDS, answers] as const), ...others];
  const texts: string[] = [];
  for (const [reference, needs, answers] of asked) {
    const text = await lookUp(answers, reference, needs).then(
      () => assert.fail("It was taken."),
      ({ message }: Error) => message,
    );
    const [, ...problems] = text.split(/^ {2}- /m);
    texts.push(text, ...problems.map((problem) => problem.split("\n")[0]!));
  }
  const plan = { counter: 0, live: 0, retired: -1 };
  const other = [" rotation:platform=existing", ""].map((settings, index) =>
    changedPlatformProblem(index === 1, { plan, settings, attempt: "a" }),
  );
  return [...misnamedPlatforms(), ...texts, ...other.map((text) => text!)];
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
