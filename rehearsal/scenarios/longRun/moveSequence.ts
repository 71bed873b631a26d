import * as fc from "fast-check";
import { type Move, movesFrom, type Plan } from "../../../components";

/** Something that can be moved: a stack, or what stands for one in a spec. */
export interface Movable {
  /** Does the move and checks what is promised of it. */
  move(move: Move, target: Plan): Promise<void>;
}

/** Where a stack should be, by the table of moves alone. */
export interface Model {
  plan: Plan;
  /** Newest generation that has had production. */
  newestLive: number;
  /** How often a new generation has taken production over, and how often it should. */
  rotations: number;
  readonly wanted: number;
  /** Moves since the last rotation. */
  between: number;
}

/** Longest way from one rotation to the next; afterwards only moves that lead to one are taken. */
const MOST_BETWEEN = 2;

/** How often each move is tried. */
const WEIGHTS: Readonly<Partial<Record<Move, number>>> = {
  rotate: 3,
  stage: 3,
  promote: 3,
  "roll back": 2,
  withdraw: 1,
  retire: 3,
  emergency: 1,
};

const LEADING: ReadonlySet<Move> = new Set(["rotate", "promote", "emergency"]);

class MoveCommand implements fc.AsyncCommand<Model, Movable> {
  constructor(private readonly name: Move) {}

  check({ plan, rotations, wanted, between }: Readonly<Model>): boolean {
    const patient = between < MOST_BETWEEN || LEADING.has(this.name);
    return rotations < wanted && patient && movesFrom(plan).has(this.name);
  }

  async run(model: Model, real: Movable): Promise<void> {
    const target = movesFrom(model.plan).get(this.name)!;
    await real.move(this.name, target);
    const rotated = target.live > model.newestLive;
    model.rotations += rotated ? 1 : 0;
    model.between = rotated ? 0 : model.between + 1;
    // A withdrawn generation will be made again.
    model.newestLive = Math.min(Math.max(model.newestLive, target.live), target.counter);
    model.plan = target;
  }

  toString(): string {
    return this.name;
  }
}

/**
 * Moves a stack at random, by the table of moves, until new generations have taken production over
 * so many times. The same seed is the same sequence.
 */
export async function moveAtRandom(
  real: Movable,
  { plan, rotations, seed }: { plan: Plan; rotations: number; seed: number },
): Promise<Plan> {
  const model: Model = {
    plan,
    newestLive: plan.counter,
    rotations: 0,
    wanted: rotations,
    between: 0,
  };
  const commands = Object.entries(WEIGHTS).map(([name, weight]) => ({
    weight,
    arbitrary: fc.constant(new MoveCommand(name as Move)),
  }));
  const length = rotations * 10;
  const [random = []] = fc.sample(
    fc.array(fc.oneof(...commands), { minLength: length, maxLength: length, size: "max" }),
    { seed, numRuns: 1 },
  );
  // Whatever was drawn, these lead to the last rotation.
  const rest = Array.from({ length: rotations }, () => ["promote", "rotate"] as const).flat();
  await fc.asyncModelRun(
    () => ({ model, real }),
    [...random, ...rest.map((name) => new MoveCommand(name))],
  );
  return model.plan;
}
