import type { Plan } from "../../../components";
import { type Graph, graphOf } from "../../../rehearsal/order/graph";
import { type Call, portsOf, Recorder } from "./recorder";
import { type ExportedResource, Script, type Taken } from "./script";
import { DEPLOYED, RotationStack, type Up } from "./stack";
import type { Step } from "./waits";

/** A rotation by the engine and by a plain script, on the same twin. */
export interface Comparison {
  /** Of each round. */
  readonly engine: readonly Up[];
  /** What each call took, of each round. */
  readonly script: readonly (readonly Taken[])[];
  /** Resources by URN, after a rotation. */
  readonly graph: Graph;
}

/** The rotation that is measured, of a stack as it was deployed. */
export const ROTATED: Plan = { counter: 1, live: 1, retired: -1 };
/** Roll back, withdraw: what was deployed is in force again, and the next rotation is the same one. */
const BACK: readonly Plan[] = [{ ...ROTATED, live: 0 }, DEPLOYED];

/**
 * Rotates and goes back in turn. The first rotation that finds what such a turn leaves is recorded, by
 * way of proxies; those that count go without.
 *
 * @param rounds rotations by the engine, and as many by the script after those: of what a script has
 * done an engine knows nothing
 */
export async function againstScript(
  rounds: number,
  progress: (text: string) => void,
): Promise<Comparison> {
  progress("deploying at counter 0");
  const stack = await RotationStack.deploy();
  try {
    progress("a turn that does not count");
    await turn(stack);
    progress("recording a turn");
    const { recording, resources } = await recorded(stack);
    const engine: Up[] = [];
    for (let round = 1; round <= rounds; round++) {
      progress(`rotation ${round} of ${rounds} by the engine`);
      const { steps, ...cost } = await turn(stack);
      engine.push({ ...cost, steps: steps.filter(isOnItsOwn(resources)) });
    }
    const script = new Script(new Map(portsOf(stack.providers)), await stack.exported());
    const taken: (readonly Taken[])[] = [];
    for (let round = 1; round <= rounds; round++) {
      progress(`rotation ${round} of ${rounds} by the script`);
      taken.push(await played(script, recording));
    }
    return { engine, script: taken, graph: graphOf(resources, (urn) => urn) };
  } finally {
    await stack.close();
  }
}

/** There and back; returns what the rotation took. */
async function turn(
  stack: RotationStack,
  { afterEach = () => Promise.resolve(), providers = stack.providers } = {},
): Promise<Up> {
  const rotated = await stack.up(ROTATED, providers);
  await afterEach();
  for (const plan of BACK) {
    await stack.up(plan, providers);
    await afterEach();
  }
  return rotated;
}

/** The calls of each `up` of a turn, and the resources after its rotation. */
async function recorded(stack: RotationStack) {
  const recorder = await Recorder.before(stack.providers);
  try {
    const recording: Call[][] = [];
    const states: Awaited<ReturnType<RotationStack["exported"]>>[] = [];
    const afterEach = async () => {
      recording.push(recorder.taken());
      states.push(await stack.exported());
    };
    await turn(stack, { afterEach, providers: recorder.providers });
    return { recording, resources: states[0]! };
  } finally {
    recorder.close();
  }
}

/** Plays a turn; returns what the calls of its rotation took. */
async function played(script: Script, recording: readonly (readonly Call[])[]): Promise<Taken[]> {
  script.rewind();
  const taken: Taken[][] = [];
  for (const calls of recording) {
    taken.push(await script.play(calls));
  }
  return taken[0]!;
}

/** A component goes on as long as what is in it, and a replacement has two halves that are steps. */
function isOnItsOwn(resources: readonly ExportedResource[]): (step: Step) => boolean {
  const components = new Set(resources.filter(({ custom }) => !custom).map(({ urn }) => urn));
  return ({ op, urn }) => op !== "replace" && !components.has(urn);
}
