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
    for (let counter = 1; counter <= count; counter++) {
      progress(`rotation ${counter} of ${count} in a row`);
      const rotate = await stack.up({ counter, live: counter, retired: counter - 2 });
      const retire = await stack.up({ counter, live: counter, retired: counter - 1 });
      const left = await leftOf(stack.twin);
      rotations.push({ counter, rotate, retire, ...(await stack.kept()), left });
    }
    return rotations;
  } finally {
    await stack.close();
  }
}
