import { movesFrom, waysOn } from "../../components/plan/moves";
import { type Plan, planProblems } from "../../components/plan/rotationPlan";

/** Counters up to this one; the rules look at differences only, so more would repeat them. */
const HIGHEST = 7;

export const planOf = (counter: number, live = counter, retired = -1): Plan => ({
  counter,
  live,
  retired,
});

/** Every plan with a counter up to the highest. */
export function allPlans(): Plan[] {
  const plans: Plan[] = [];
  for (let counter = 0; counter <= HIGHEST; counter++) {
    for (const live of [counter - 1, counter]) {
      for (let retired = -1; retired < live; retired++) {
        plans.push(planOf(counter, live, retired));
      }
    }
  }
  return plans.filter((candidate) => planProblems(candidate).length === 0);
}

/** What can be the case: the records, and every generation that may have the traffic. */
export interface Situation {
  readonly completed: Plan;
  readonly started: Plan;
  readonly finished: boolean;
  /** Live generations of the completed plan and of all that started since. */
  readonly serving: readonly number[];
}

export function accepted(situation: Situation): Plan[] {
  const ways = situation.finished
    ? movesFrom(situation.completed)
    : waysOn(situation.completed, situation.started);
  return [...ways.values()];
}

/** Every situation that moves, failures and ways on can lead to, from a first plan on. */
export function reachable(first = planOf(0)): Situation[] {
  const key = (s: Situation) => JSON.stringify(s);
  const begin: Situation = {
    completed: first,
    started: first,
    finished: true,
    serving: [first.live],
  };
  const found = new Map([[key(begin), begin]]);
  for (const situation of found.values()) {
    for (const target of accepted(situation)) {
      if (target.counter > HIGHEST) {
        continue;
      }
      const serving = [...new Set([...situation.serving, target.live])].sort((a, b) => a - b);
      const outcomes: Situation[] = [
        { completed: target, started: target, finished: true, serving: [target.live] },
        { completed: situation.completed, started: target, finished: false, serving },
      ];
      for (const outcome of outcomes) {
        found.set(key(outcome), found.get(key(outcome)) ?? outcome);
      }
    }
  }
  return [...found.values()];
}
