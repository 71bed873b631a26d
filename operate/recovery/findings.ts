/** What a killed engine can leave behind. */
export type Area = "process" | "state" | "lock" | "cluster" | "release" | "job" | "operation";

/** One thing that was found, in words. */
export interface Finding {
  readonly area: Area;
  /** What it is. */
  readonly found: string;
  /** What was done about it, or what a person must do. */
  readonly done: string;
  /** Whether a person must do something. */
  readonly left: boolean;
}

/** Something was found and fixed. */
export function mended(area: Area, found: string, done: string): Finding {
  return { area, found, done, left: false };
}

/** Something was found that needs a person's decision. */
export function leftOver(area: Area, found: string, done: string): Finding {
  return { area, found, done, left: true };
}
