/** How far a pod of a StatefulSet is: ready for long enough, not yet, deleted, or ended by itself. */
export type MemberState = "available" | "unavailable" | "ending" | "over";

export interface Member {
  readonly ordinal: number;
  /** Name of the revision that it was made from. */
  readonly revision: string;
  readonly state: MemberState;
}

export interface StatefulSetRules {
  readonly replicas: number;
  /** One pod after another (`OrderedReady`), or all that can (`Parallel`). */
  readonly ordered: boolean;
  /** Name of the revision of the newest template. */
  readonly update: string;
  /** The lowest ordinal that gets it; undefined where pods keep theirs until somebody deletes them. */
  readonly partition: number | undefined;
}

/** Ordinals of pods. */
export interface StatefulSetSteps {
  readonly create: readonly number[];
  readonly remove: readonly number[];
}

/**
 * What comes next. Missing pods come first, from the lowest ordinal on, then those too many go, then
 * pods of former revisions, from the highest ordinal down, one at a time. In order each waits until
 * the pods before it are available: one that never is keeps a new template from replacing it.
 */
export function nextSteps(
  { replicas, ordered, update, partition }: StatefulSetRules,
  members: readonly Member[],
): StatefulSetSteps {
  const byOrdinal = new Map(members.map((member) => [member.ordinal, member]));
  const create: number[] = [];
  const remove: number[] = [];
  const steps = { create, remove };
  for (let ordinal = 0; ordinal < replicas; ordinal++) {
    const state = byOrdinal.get(ordinal)?.state;
    if (state === undefined) {
      create.push(ordinal);
    } else if (state === "over") {
      remove.push(ordinal);
    }
    if (ordered && state !== "available") {
      return steps;
    }
  }
  const spare = members
    .filter(({ ordinal }) => ordinal >= replicas)
    .sort((one, other) => other.ordinal - one.ordinal);
  const firstBroken = spare.findLast(({ state }) => state !== "available");
  for (const member of spare) {
    const mayGo = !ordered || member.state === "available" || member === firstBroken;
    if (mayGo && member.state !== "ending") {
      remove.push(member.ordinal);
    }
    if (ordered) {
      return steps;
    }
  }
  for (let ordinal = replicas - 1; ordinal >= (partition ?? replicas); ordinal--) {
    const member = byOrdinal.get(ordinal);
    if (member !== undefined && member.revision !== update && member.state !== "ending") {
      remove.push(ordinal);
      return steps;
    }
    if (member?.state !== "available") {
      return steps;
    }
  }
  return steps;
}
