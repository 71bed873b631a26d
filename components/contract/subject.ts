import type { DeliveryKind, PodSecurity, Twice } from "../chart";
import type { ActAs, SlotName } from "../plan";
import type { Rendered } from "./rendered";

export type Strategy = "blueGreen" | "rolling";

/** Who writes the Secret of `delivery: secret`: the program, or the CSI driver from the vault. */
export type SecretSource = "program" | "vault";

/** What the team says of its chart: what cannot be read from it. */
export interface Declared {
  readonly delivery: DeliveryKind;
  readonly from: SecretSource;
  readonly podSecurity: PodSecurity;
  /** Service that the gateway sends traffic to. */
  readonly service: { readonly name: Readonly<Record<SlotName, string>>; readonly port: number };
  /** Path that the gateway's probe asks, where it is not that of the readiness probe. */
  readonly probePath?: string | undefined;
  /** Connections that all pods of a slot together open at most. */
  readonly connections?: number | undefined;
  readonly actAs?: ActAs | undefined;
  readonly twice?: Twice | undefined;
}

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

/** The renders that the contract is judged by. */
export const RENDERS = ["blue", "green", "again", "otherVersion", "atZero", "retired"] as const;

export type RenderName = (typeof RENDERS)[number];

/** A chart with its values, as the rows see it once all renders are there. */
export interface Subject {
  readonly declared: Declared;
  readonly names: Readonly<Record<SlotName, SlotNames>>;
  readonly renders: Readonly<Record<RenderName, readonly Rendered[]>>;
  /** Texts of the templates, by file, those of the chart's dependencies included. */
  readonly templates: Readonly<Record<string, string>>;
}
