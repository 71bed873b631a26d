/** What a killed engine can leave behind. */
export type Area = "process" | "lock" | "state" | "cluster" | "release" | "job" | "operation";

/** One thing that was found, in words. */
export interface Finding {
  readonly area: Area;
  /** What it is. */
  readonly found: string;
  /** What was done about it, or what a person has to do. */
  readonly done: string;
  /** Whether a person has to do something. */
  readonly left: boolean;
}

/** Something was found, and is in order now. */
export function mended(area: Area, found: string, done: string): Finding {
  return { area, found, done, left: false };
}

/** Something was found that only a person can decide. */
export function leftOver(area: Area, found: string, done: string): Finding {
  return { area, found, done, left: true };
}
