import type { PulumiFn } from "@pulumi/pulumi/automation";
import { plainNameOf, slotOf, type StepName } from "../../components/plan";
import { Rig, type RigSettings } from "../rig/rig";
import { ScenarioStack } from "../scenarios/stack/scenarioStack";
import { program } from "../up/workspace";
import { type Cuts, cutsBetween, graphOf } from "./graph";
import { reversed } from "./reversed";
import { type NamedStep, ORDER, position } from "./steps";
import { type Emergency, failingTrial, fairTrial, nextEmergency } from "./trials";
import { badUpdate, goodUpdate } from "./updates";

/** What came of the program in which `then` is done before `first`. */
export interface Row {
  readonly first: StepName | typeof TRIAL.name;
  readonly then: StepName;
  /**
   * `value` when the later step needs a value of the earlier one, so that no program could have
   * them otherwise; `missed` when no trial saw a difference.
   */
  readonly outcome: "found" | "missed" | "value";
  /** What is not as promised, in a sentence; empty when nothing is. */
  readonly what: string;
  readonly seconds: number;
}

export interface OrderSettings {
  readonly rig: RigSettings;
  /** Requests per second. */
  readonly rate: number;
  /** Whether the program as it is goes through the trials in which a step fails. */
  readonly control: boolean;
  readonly isWanted: (first: Row["first"], then: StepName) => boolean;
  readonly onControl: (trial: string, problem: string | undefined) => void;
  readonly onRow: (row: Row) => void;
}

/** Two steps, and what holds the later one back; undefined when a value does. */
interface Pair {
  readonly first: NamedStep;
  readonly then: NamedStep;
  readonly cuts: Cuts | undefined;
}

/** What an update does before its slot's release; an emergency has none. */
const TRIAL = { name: "trial", resources: ["kubernetes:Release rotation-trial"] } as const;

/** The program of an emergency, as it is or with something taken away. */
type Changed = (emergency: Emergency) => PulumiFn;

/** Short, so that what can never happen is given up soon. */
const PATIENCE = {
  "rotation:proofSeconds": 15,
  "rotation:rolloutSeconds": 60,
  // As long as a slow request that the old slot may still have.
  "rotation:drainSeconds": 30,
  "rotation:preStopSeconds": 3,
};

/** Steps that wait for what they want to see, so that a fair trial shows that they never do. */
const WAITING: readonly StepName[] = [
  "release",
  "proof before promotion",
  "proof after promotion",
  "drained",
  "proof of refusal",
];

/**
 * Takes away the order between any two steps, one pair after another, and looks whether anything
 * notices. Before that the program as it is goes through the same trials.
 */
export class OrderCheck {
  private stack: ScenarioStack | undefined;

  constructor(private readonly settings: OrderSettings) {}

  async run(): Promise<void> {
    try {
      const pairs = await this.pairs();
      await this.control();
      for (const pair of pairs) {
        this.settings.onRow(await this.judged(pair));
      }
      if (this.settings.isWanted(TRIAL.name, "release")) {
        await this.update();
      }
    } finally {
      await this.close();
    }
  }

  /** Every wanted pair, by what a first emergency leaves in the state. */
  private async pairs(): Promise<Pair[]> {
    const stack = await this.ready();
    const { newSlot, plan } = nextEmergency(stack);
    await stack.up(plan);
    // Before any other run: in that one the slot serves already, and other edges are in its state.
    const graph = graphOf(await stack.rig.workspace.stateResources(), (urn) =>
      plainNameOf(urn, newSlot),
    );
    return ORDER.flatMap((first, index) =>
      ORDER.slice(index + 1)
        .filter(
          (then) =>
            this.settings.isWanted(first.name, then.name) && !first.beside?.includes(then.name),
        )
        .map((then) => ({ first, then, cuts: cutsBetween(graph, first, then) })),
    );
  }

  /** The program as it is, in the same trials. */
  private async control(): Promise<void> {
    const { onControl } = this.settings;
    onControl("nothing fails", await this.fair(() => program));
    for (const { name } of ORDER.filter((step) => this.settings.control && this.isFirst(step))) {
      onControl(`${name} fails`, await this.failing(name, () => program));
    }
  }

  /** Whether any pair begins with this step; there is nothing after the last. */
  private isFirst({ name }: NamedStep): boolean {
    return ORDER.some(
      (then) => position(then.name) > position(name) && this.settings.isWanted(name, then.name),
    );
  }

  private async judged({ first, then, cuts }: Pair): Promise<Row> {
    const began = Date.now();
    const row = (outcome: Row["outcome"], what = ""): Row => ({
      first: first.name,
      then: then.name,
      outcome,
      what,
      seconds: (Date.now() - began) / 1000,
    });
    if (cuts === undefined) {
      return row("value");
    }
    const changed: Changed = ({ newSlot }) => reversed(program, { first, then, cuts }, newSlot);
    const trials = [() => this.fair(changed), () => this.failing(first.name, changed)];
    for (const trial of WAITING.includes(then.name) ? trials : trials.reverse()) {
      const what = await trial();
      if (what !== undefined) {
        return row("found", what);
      }
    }
    return row("missed");
  }

  /** An update whose trial fails, by the program as it is and by one that rolls the slot first. */
  private async update(): Promise<void> {
    const { onControl, onRow } = this.settings;
    const stack = await this.ready();
    const began = Date.now();
    await goodUpdate(stack);
    const live = slotOf(stack.plan.live);
    const graph = graphOf(await stack.rig.workspace.stateResources(), (urn) =>
      plainNameOf(urn, live),
    );
    const then = ORDER[position("release")]!;
    const cuts = cutsBetween(graph, TRIAL, then);
    onControl("trial fails", await badUpdate(stack, program));
    const changed = reversed(program, { first: TRIAL, then, cuts: cuts ?? new Map() }, live);
    const what = await badUpdate(stack, changed);
    onRow({
      first: TRIAL.name,
      then: then.name,
      outcome: what === undefined ? "missed" : "found",
      what: what ?? "",
      seconds: (Date.now() - began) / 1000,
    });
    await this.close();
  }

  private async fair(changed: Changed) {
    const stack = await this.ready();
    const emergency = nextEmergency(stack);
    const problem = await fairTrial(stack, emergency, changed(emergency));
    this.settings.rig.signal.throwIfAborted();
    if (problem !== undefined) {
      await this.putRight(stack, emergency);
    }
    return problem;
  }

  private async failing(name: StepName, changed: Changed) {
    const stack = await this.ready();
    const emergency = nextEmergency(stack);
    const problem = await failingTrial(stack, emergency, name, changed(emergency));
    this.settings.rig.signal.throwIfAborted();
    await this.putRight(stack, emergency);
    return problem;
  }

  /** Finishes the run with the program as it is; where that is not possible the stack is given up. */
  private async putRight(stack: ScenarioStack, { plan }: Emergency): Promise<void> {
    try {
      await stack.up(plan);
      await stack.assertInForce();
    } catch {
      await this.close();
    }
  }

  private async ready(): Promise<ScenarioStack> {
    this.settings.rig.signal.throwIfAborted();
    if (this.stack === undefined) {
      const rig = await Rig.start(this.settings.rig);
      try {
        for (const [key, value] of Object.entries(PATIENCE)) {
          await rig.workspace.set(key, value);
        }
        this.stack = await ScenarioStack.deploy(rig, this.settings.rate);
      } catch (error) {
        await rig.close();
        throw error;
      }
    }
    return this.stack;
  }

  private async close(): Promise<void> {
    await this.stack?.rig.close();
    this.stack = undefined;
  }
}
