import type { ChartKeys } from "../chart";
import type { SlotName, Strategy } from "../plan";
import type { Rendered } from "./rendered";

/** What the team says of its chart: what cannot be read from it. */
export interface Declared extends Omit<ChartKeys, "application" | "service"> {
  /** Service that the gateway sends traffic to. */
  readonly service: { readonly name: Readonly<Record<SlotName, string>>; readonly port: number };
}

/** Where the team says it: a stack's configuration, or options of the command. */
export type SaidIn = "configuration" | "options";

/** The names that a slot's render was made with. */
export interface SlotNames {
  readonly slot: SlotName;
  readonly role: string;
  readonly secret: string;
  readonly class: string;
  readonly account: string;
  readonly release: string;
}

/** What a render has, or why there is none. */
export type Render = { readonly objects: readonly Rendered[] } | { readonly error: string };

/** The renders that a contract is judged by, whatever the strategy. */
const USUAL = ["blue", "green", "again", "otherVersion", "atZero"] as const;

export type RenderName = (typeof USUAL)[number] | "retired" | "elsewhere";

/** The renders that a contract is judged by. A release that both slots have is never retired. */
export function rendersFor(strategy: Strategy): readonly RenderName[] {
  return [...USUAL, strategy === "blueGreen" ? "retired" : "elsewhere"];
}

/** A chart with its values, as the rows see it once all renders are there. */
export interface Subject {
  readonly declared: Declared;
  readonly saidIn: SaidIn;
  /** Text of the values, with placeholders. */
  readonly values: string;
  readonly names: Readonly<Record<SlotName, SlotNames>>;
  readonly renders: Readonly<Record<(typeof USUAL)[number], readonly Rendered[]>> & {
    /** As another release, which both slots would have. */
    readonly elsewhere?: readonly Rendered[] | undefined;
  };
  /** Texts of the templates, by file, those of the chart's dependencies included. */
  readonly templates: Readonly<Record<string, string>>;
}
