import type { KillableUp, Step, UpEnd, UpStarter } from "../../up/killableUp";
import type { RehearsalResult } from "../../result/result";
import { type EngineOperation, keyOf } from "../../../twin/plugin/interruptions";
import type { Entry } from "../../../twin/world/journal";
import type { TwinClient } from "../../../twin/client";

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

/** The same of a run that changes no release, and so has no middle of one. */
export const AROUND = EVERYWHERE.filter(({ moment }) => moment !== "during");

/** What the engine does by itself, without a provider. */
const BUILT_IN = "pulumi:index:Stash";
const RELEASE = "kubernetes:helm.sh/v3:Release";

/** What a provider is asked for in a step of the engine; the other steps change nothing. */
const OPERATIONS: Readonly<Record<string, EngineOperation["op"]>> = {
  create: "create",
  "create-replacement": "create",
  update: "update",
  delete: "delete",
  "delete-replaced": "delete",
};

/** Kills engines, each at a point of one move at which none has been killed before. */
export class KillPoints {
  private readonly tried: Readonly<Record<Moment, Set<string>>> = {
    before: new Set(),
    during: new Set(),
    after: new Set(),
  };
  /** Every operation that an engine began, by its key, and whether the last one to do so ended it. */
  private readonly begun = new Map<string, EngineOperation & { ended: boolean }>();
  private run: { up: KillableUp; killed: string[] } | undefined;
  /** Ends the watch on the twin. */
  readonly close: () => void;

  constructor(
    private readonly twin: TwinClient,
    private readonly starter: UpStarter,
    private readonly wanted: readonly Wanted[],
    private readonly providers: RehearsalResult["providers"],
  ) {
    this.close = twin.onEntry((entry) => this.note(entry));
  }

  /** Number of points at which an engine was killed. */
  get count(): number {
    return Object.values(this.tried).reduce((sum, { size }) => sum + size, 0);
  }

  /**
   * The points that were wanted and at which no engine was killed, in words: of what no engine began
   * there are none, which is one too. An operation that was under way when its engine was killed for
   * another one, and that no engine had to begin again, was killed after it.
   */
  get missed(): string[] {
    const all = [...this.begun].map(([key, operation]) => ({ key, ...operation }));
    return this.wanted.flatMap(({ moment, urn }) => {
      const fitting = all.filter(
        (operation) => operation.urn.includes(urn) && (moment !== "during" || hasMiddle(operation)),
      );
      const missed = fitting.filter(
        ({ key, ended }) => !this.tried[moment].has(key) && (ended || moment !== "after"),
      );
      return fitting.length === 0
        ? [`${moment} anything of "${urn}"`]
        : missed.map((operation) => inWords(moment, operation));
    });
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

  private step({ moment, op: step, urn }: Step): void {
    const op = OPERATIONS[step];
    const type = typeOf(urn);
    const server = this.providers[type.slice(0, type.indexOf(":"))];
    if (op === undefined || (server === undefined && type !== BUILT_IN)) {
      return;
    }
    this.begun.set(keyOf({ op, urn }), { op, urn, ended: moment === "after" });
    // What the twin does, it holds exactly before and after.
    if (server !== "twin" && this.wanted.some((w) => w.moment === moment && urn.includes(w.urn))) {
      this.kill(moment, { op, urn });
    }
  }

  private kill(moment: Moment, operation: EngineOperation): void {
    const key = keyOf(operation);
    if (this.run === undefined || this.tried[moment].has(key)) {
      return;
    }
    this.tried[moment].add(key);
    this.run.killed.push(inWords(moment, operation));
    void this.run.up.kill();
  }
}

/** Type at the end of the types in a URN. */
function typeOf(urn: string): string {
  return urn.split("::")[2]?.split("$").at(-1) ?? "";
}

function hasMiddle({ op, urn }: EngineOperation): boolean {
  return op !== "delete" && typeOf(urn) === RELEASE;
}

function inWords(moment: Moment, { op, urn }: EngineOperation): string {
  return `${moment} the ${op} of ${urn.split("::").at(-1) ?? urn}`;
}
