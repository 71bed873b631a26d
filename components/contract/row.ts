import type { ChartKeys } from "../chart";
import type { Strategy } from "../plan";
import type { Subject } from "./subject";

/** What a shortfall means: the chart cannot be used, or somebody has to know. */
export type Level = "fails" | "warns";

/** One thing that is missing in a chart, or wrong with it. */
export interface Shortfall {
  /** What it is, in a sentence or two that name the object. */
  readonly why: string;
  /** What repairs it: values of the chart where there are some, else what to do. */
  readonly repair: string;
  /** What it means, where that is not what the row says. */
  readonly level?: Level;
}

/** A row of the contract. */
export interface Row {
  /** As docs/contract.md names it, such as `C1`. */
  readonly id: string;
  /** What holds when nothing falls short, in a few words. */
  readonly holds: string;
  /** What a shortfall means with each strategy; a row that is missing does not matter there. */
  readonly level: Partial<Readonly<Record<Strategy, Level>>>;
  /** Everything that falls short. */
  readonly judge: (subject: Subject) => Shortfall[];
}

/** What a text says with the strategy of a chart. */
export function withStrategy(
  { declared: { strategy } }: Subject,
  texts: Readonly<Record<Strategy, string>>,
): string {
  return texts[strategy];
}

/** A key of the configuration and its value as people set them: `rotation:actAs owner`, or the option. */
export function setting({ saidIn }: Subject, key: keyof ChartKeys, value: number | string): string {
  const name =
    saidIn === "configuration"
      ? `rotation:${key}`
      : `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  return `${name} ${value}`;
}
