import type { KillableUp, Step, UpEnd, UpStarter } from "../killableUp";
import { type EngineOperation, keyOf } from "../twin/interruptions";
import type { Entry } from "../twin/journal";
import type { TwinClient } from "../twinClient";

/** Where an engine is killed: before an operation, after it, or while Helm is at work. */
type Moment = "before" | "during" | "after";

/** Points at which an engine is killed. */
export interface Wanted {
  readonly moment: Moment;
  /** Part of the URN; empty for every resource. */
  readonly urn: string;
}

/** Right before and right after every operation, and in the middle of those of Helm. */
export const EVERYWHERE: readonly Wanted[] = [
  { moment: "before", urn: "" },
  { moment: "during", urn: "" },
  { moment: "after", urn: "" },
];

/** What the engine does by itself, without a provider. */
const BUILT_IN = "pulumi:index:Stash";
/** Steps that change nothing, and the name of a replacement as a whole. */
const NO_OPERATION = new Set(["same", "replace", "read", "refresh"]);

/** Kills engines, each at a point of one move at which none has been killed before. */
export class KillPoints {
  private readonly tried: Readonly<Record<Moment, Set<string>>> = {
    before: new Set(),
    during: new Set(),
    after: new Set(),
  };
  private run: { up: KillableUp; killed: string[] } | undefined;
  /** Ends the watch on the twin. */
  readonly close: () => void;

  constructor(
    private readonly twin: TwinClient,
    private readonly starter: UpStarter,
    private readonly wanted: readonly Wanted[],
  ) {
    this.close = twin.onEntry((entry) => this.note(entry));
  }

  /** Number of points at which an engine was killed. */
  get count(): number {
    return Object.values(this.tried).reduce((sum, { size }) => sum + size, 0);
  }

  /**
   * Runs `up` until it comes to a point that was not tried, and kills it there. What it had asked
   * for goes on to its end, as with a plugin that outlives its engine; what was held never happens.
   *
   * @returns the points in words, none when the `up` came to an end by itself; and that end
   */
  async up(): Promise<{ killed: readonly string[]; end: UpEnd }> {
    for (const { moment, urn } of this.wanted) {
      const except = [...this.tried[moment]];
      await this.twin.call("interrupt", { kind: "hold", when: moment, urn, nth: 0, except });
    }
    const run = { up: this.starter.start(), killed: [] };
    this.run = run;
    run.up.onStep((step) => this.step(step));
    const end = await run.up.ended();
    this.run = undefined;
    await this.twin.call("release");
    await this.twin.call("settled");
    return { killed: run.killed, end };
  }

  /** The twin holds an operation: the engine waits for its answer. */
  private note({ source, event, detail }: Entry): void {
    if (source === "engine" && event === "operation hold") {
      const { when, ...operation } = detail as unknown as EngineOperation & { when: Moment };
      this.kill(when, operation);
    }
  }

  private step({ moment, op, urn }: Step): void {
    const own = urn.split("::")[2]?.endsWith(BUILT_IN) === true && !NO_OPERATION.has(op);
    if (own && this.wanted.some((w) => w.moment === moment && urn.includes(w.urn))) {
      this.kill(moment, { op, urn });
    }
  }

  private kill(moment: Moment, { op, urn }: { op: string; urn: string }): void {
    const key = keyOf({ op, urn });
    if (this.run === undefined || this.tried[moment].has(key)) {
      return;
    }
    this.tried[moment].add(key);
    this.run.killed.push(`${moment} the ${op} of ${urn.split("::").at(-1) ?? urn}`);
    void this.run.up.kill();
  }
}
