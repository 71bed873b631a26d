import type { Journal } from "../world/journal";
import { ProviderError } from "./provider";

/** What the engine asked a provider to do. */
export interface EngineOperation {
  readonly op: "create" | "update" | "delete";
  readonly urn: string;
}

/** What is done to an operation. */
export interface Interruption {
  /**
   * `hold` stops it until `release`; `fail` answers with `text` instead of its answer; `delay` lets
   * it wait for `seconds`.
   */
  readonly kind: "hold" | "fail" | "delay";
  /**
   * Before the operation takes effect, after it did and before its answer is sent, or in the middle
   * of one that has a middle: Helm's, which first write down that they began.
   */
  readonly when: "before" | "during" | "after";
  /** Part of the URN; any operation when not given. */
  readonly urn?: string;
  /** Operations that it does not fit, as {@link keyOf} names them. */
  readonly except?: readonly string[];
  /** Only the n-th operation that fits, counted from 1 since the rule was made; every one when 0. */
  readonly nth: number;
  /** Answer of `fail`. */
  readonly text?: string;
  /** Seconds of `delay`. */
  readonly seconds?: number;
}

/** Whoever ran the operation is gone, so that nothing is written down about its end. */
export class GivenUp extends ProviderError {}

interface Rule extends Interruption {
  seen: number;
}

/**
 * Interrupts what engines ask of the providers, at a point that is chosen beforehand: so an engine
 * can be killed exactly before or after an operation, or an answer can get lost.
 */
export class Interruptions {
  private rules: Rule[] = [];
  private releases: (() => void)[] = [];
  private underWay = 0;
  private idle: (() => void)[] = [];

  constructor(private readonly journal: Journal) {}

  add(interruption: Interruption): void {
    this.rules.push({ ...interruption, seen: 0 });
  }

  /** Forgets every rule and lets go what is held: that ends with an error, nobody waits for it. */
  release(): void {
    this.rules = [];
    this.releases.splice(0).forEach((release) => release());
  }

  /** Resolves when no operation is under way. */
  async settled(): Promise<void> {
    if (this.underWay > 0) {
      await new Promise<void>((resolve) => this.idle.push(resolve));
    }
  }

  /** Runs an operation with what the rules do to it. */
  async around<T>(operation: EngineOperation, run: () => Promise<T>): Promise<T> {
    const rules = this.due(operation, (when) => when !== "during");
    this.underWay++;
    try {
      await this.interrupt(operation, rules, "before");
      const answer = await run();
      await this.interrupt(operation, rules, "after");
      return answer;
    } finally {
      this.underWay--;
      if (this.underWay === 0) {
        this.idle.splice(0).forEach((resolve) => resolve());
      }
    }
  }

  /** Called by an operation in its middle. */
  midway(operation: EngineOperation): Promise<void> {
    const rules = this.due(operation, (when) => when === "during");
    return this.interrupt(operation, rules, "during");
  }

  private due(operation: EngineOperation, isTime: (when: Interruption["when"]) => boolean): Rule[] {
    return this.rules.filter(
      (rule) => isTime(rule.when) && fits(rule, operation) && isDue(++rule.seen, rule),
    );
  }

  private async interrupt(
    operation: EngineOperation,
    rules: readonly Rule[],
    moment: Interruption["when"],
  ): Promise<void> {
    for (const rule of rules) {
      const { kind, when, text, seconds = 0 } = rule;
      // One that was released while the operation was under way holds nobody: who would let it go?
      if (when !== moment || !this.rules.includes(rule)) {
        continue;
      }
      this.journal.write("engine", `operation ${kind}`, { ...operation, when });
      switch (kind) {
        case "hold":
          await new Promise<void>((resolve) => this.releases.push(resolve));
          throw new GivenUp("The operation was held, and then given up.");
        case "fail":
          throw new ProviderError(text ?? "The operation was made to fail.");
        case "delay":
          await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
      }
    }
  }
}

/** `update <urn>`. */
export function keyOf({ op, urn }: { op: string; urn: string }): string {
  return `${op} ${urn}`;
}

function fits({ urn = "", except = [] }: Rule, operation: EngineOperation): boolean {
  return operation.urn.includes(urn) && !except.includes(keyOf(operation));
}

function isDue(seen: number, { nth }: Interruption): boolean {
  return nth === 0 || seen === nth;
}
