import type { Strategy, Subject } from "./subject";

/** What a shortfall means: the chart cannot be used, or somebody has to know. */
export type Level = "fails" | "warns";

/** One thing that a chart lacks. */
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
