import assert from "node:assert";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { type Move, type Plan, REVISIONS, SLOTS } from "../../../components";
import type { ObjectDump } from "../../../twin/inspection";
import { CredentialWatch } from "./credentialWatch";
import { moveAtRandom } from "./moveSequence";
import { outsideOf } from "./outside";
import type { Scenario, ScenarioOptions } from "../stack/scenario";
import type { ScenarioStack } from "../stack/scenarioStack";

/** How large the state may be after the last rotation, in parts of that after the first. */
const MOST_GROWTH = 1.1;
const ROTATIONS = 20;
/** The first and the last rotation are measured, so there has to be one of each. */
const FEWEST_ROTATIONS = 2;
const LARGEST_SEED = 0x7fffffff;

/** Pods come and go with their Deployments and Jobs, and ReplicaSets are a history of some length. */
const COME_AND_GO = /Pod|^ReplicaSet$/;
/** `revisionHistoryLimit` of the chart's Deployment. */
const OLD_REPLICA_SETS = 2;

export const longRun: Scenario = {
  name: "long-run",
  line: "20 rotations in a row with random moves between them; invariants are checked throughout",
  async run(stack, { rotations = ROTATIONS, seed = randomSeed(), step = () => undefined } = {}) {
    assert.ok(
      rotations >= FEWEST_ROTATIONS,
      `A long run needs at least ${FEWEST_ROTATIONS} rotations.`,
    );
    try {
      await new LongRun(stack, { rotations, seed, step }).play();
    } catch (error) {
      const { message } = error instanceof Error ? error : new Error(String(error));
      throw new assert.AssertionError({
        message: `${message}\nAgain: npm run rehearse -- --scenario long-run --rotations ${rotations} --seed ${seed}`,
      });
    }
  },
};

/** Counts of objects that are there. */
export type Left = Record<
  "jobs" | "secretProviderClasses" | "replicaSets" | "helmRevisions" | "objects" | "vaultVersions",
  number
>;

/** What a rotation took and left. */
interface Cost {
  readonly seconds: number;
  readonly bytes: number;
  readonly left: Left;
}

class LongRun {
  private moves = 0;
  private operations = 0;

  constructor(
    private readonly stack: ScenarioStack,
    private readonly options: Required<ScenarioOptions>,
  ) {}

  async play(): Promise<void> {
    const { rotations, seed } = this.options;
    const watch = new CredentialWatch(await outsideOf(this.stack.rig));
    this.stack.rig.workspace.onOperation(() => {
      this.operations++;
      watch.operation();
    });
    try {
      const first = await this.measured(watch);
      await moveAtRandom(
        { move: async (name, target) => void (await this.move(watch, name, target)) },
        { plan: this.stack.plan, rotations: rotations - 2, seed },
      );
      const last = await this.measured(watch);
      await this.stack.assertInForce();
      this.stack.noted.figures = {
        seed,
        rotations,
        moves: this.moves,
        operations: this.operations,
        looks: watch.looks,
        firstRotationSeconds: first.seconds,
        lastRotationSeconds: last.seconds,
        timeGrowth: last.seconds / first.seconds,
        firstStateBytes: first.bytes,
        lastStateBytes: last.bytes,
        stateGrowth: last.bytes / first.bytes,
        ...last.left,
      };
      assert.ok(
        last.bytes <= first.bytes * MOST_GROWTH,
        `The state grew from ${first.bytes} to ${last.bytes} bytes in ${rotations} rotations.`,
      );
      assertBounded(first.left, last.left);
    } finally {
      await watch.stop();
    }
  }

  /** One rotation that finds everything else retired, and what it costs. */
  private async measured(watch: CredentialWatch): Promise<Cost> {
    const { counter, retired } = this.stack.plan;
    if (retired < counter - 1) {
      await this.move(watch, "retire", { counter, live: counter, retired: counter - 1 });
    }
    const next = { counter: counter + 1, live: counter + 1, retired: counter - 1 };
    const seconds = await this.move(watch, "rotate", next);
    return { seconds, bytes: await stateSize(this.stack), left: await leftOf(this.stack) };
  }

  /** Returns the seconds of the `up`. */
  private async move(watch: CredentialWatch, name: Move, target: Plan): Promise<number> {
    this.moves++;
    const { counter, live } = target;
    this.options.step(`move ${this.moves}: ${name} to counter ${counter}, live ${live}`);
    try {
      const begin = Date.now();
      await this.stack.up(target);
      const seconds = (Date.now() - begin) / 1000;
      await watch.completed();
      assert.deepStrictEqual(watch.problems, []);
      return seconds;
    } catch (error) {
      const { message } = error instanceof Error ? error : new Error(String(error));
      throw new Error(`Move ${this.moves}, ${name}: ${message}`, { cause: error });
    }
  }
}

/** Bytes of the stack's state file. */
async function stateSize({ rig }: ScenarioStack): Promise<number> {
  const file = join(rig.workspace.stateDirectory, ".pulumi/stacks/rotation/rehearsal.json");
  return (await stat(file)).size;
}

/** What a rotation could leave behind, counted. */
export async function leftOf({ rig }: Pick<ScenarioStack, "rig">): Promise<Left> {
  const dumps = await rig.twin.call("objects");
  const count = (kind: string) => dumps.filter(({ object }) => object.kind === kind).length;
  const isRevision = ({ object }: ObjectDump) => object["type"] === "helm.sh/release.v1";
  return {
    jobs: count("Job"),
    secretProviderClasses: count("SecretProviderClass"),
    replicaSets: count("ReplicaSet"),
    helmRevisions: dumps.filter(isRevision).length,
    objects: dumps.filter((dump) => !isRevision(dump) && !COME_AND_GO.test(dump.object.kind))
      .length,
    vaultVersions: (await rig.twin.call("credentials")).length,
  };
}

/**
 * Versions of a vault secret cannot be deleted one by one; of the rest nothing piles up. A history
 * that has a length is not full yet after the first rotations of a stack.
 */
export function assertBounded(first: Left, last: Left): void {
  for (const what of ["jobs", "secretProviderClasses", "objects"] as const) {
    assert.strictEqual(last[what], first[what], `${what} after the last rotation`);
  }
  assert.ok(
    last.replicaSets <= (OLD_REPLICA_SETS + 1) * SLOTS.length,
    `There are ${last.replicaSets} ReplicaSets of two Deployments.`,
  );
  assert.ok(
    last.helmRevisions <= REVISIONS * SLOTS.length,
    `There are ${last.helmRevisions} revisions of two Helm releases.`,
  );
}

function randomSeed(): number {
  return Math.floor(Math.random() * LARGEST_SEED);
}
