import { type Left, leftOf } from "../../../rehearsal/scenarios/longRun/longRun";
import type { Cost } from "../cost";
import { RotationStack } from "./stack";

/** A rotation, the retirement that follows it, and what there is after both. */
export interface Rotation {
  readonly counter: number;
  readonly rotate: Cost;
  readonly retire: Cost;
  /** Bytes of the state file. */
  readonly state: number;
  /** Bytes that the backend keeps of all earlier runs. */
  readonly history: number;
  /** Bytes of them that these two runs added. */
  readonly added: number;
  readonly left: Left;
}

/** Rotates and retires so many times in a row, each by an `up` of its own. */
export async function manyRotations(
  count: number,
  progress: (text: string) => void,
): Promise<Rotation[]> {
  progress("deploying at counter 0");
  const stack = await RotationStack.deploy();
  try {
    const rotations: Rotation[] = [];
    let before = (await stack.kept()).history;
    for (let counter = 1; counter <= count; counter++) {
      progress(`rotation ${counter} of ${count} in a row`);
      const rotate = await stack.up({ counter, live: counter, retired: counter - 2 });
      const retire = await stack.up({ counter, live: counter, retired: counter - 1 });
      const left = await leftOf(stack.twin);
      const { state, history } = await stack.kept();
      rotations.push({ counter, rotate, retire, state, history, added: history - before, left });
      before = history;
    }
    return rotations;
  } finally {
    await stack.close();
  }
}
