import type { Recorded } from "../../support/comparison";

export type Inputs = { [property: string]: Recorded };

/** What is asked about one property. */
export interface Probe {
  /** The first is created, the others follow as updates, and in the end the property is taken away. */
  readonly values: readonly Recorded[];
  /** What the property needs beside it. */
  readonly with?: Inputs;
  /** Values of which some are refused; how, the answers say. */
  readonly odd?: readonly Recorded[];
}

/** What is asked about one type. */
export interface TypeProbes {
  /** Inputs of every case. */
  readonly base: Inputs;
  /** Asks what the server holds, after every write. */
  readonly sql?: string;
  /** By path; what is nested has the values of the property around it. */
  readonly properties: Readonly<Record<string, Probe>>;
  /** Inputs that get in each other's way, or do not. */
  readonly combinations?: Readonly<Record<string, Inputs>>;
}

/** By type token. */
export type Probes = Readonly<Record<string, TypeProbes>>;

/** `policies.role` is looked at within `policies`. */
export function outerProperty(path: string): string {
  return path.split(".")[0] as string;
}
