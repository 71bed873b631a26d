/** What a chart has to hold to be rotated, judged by what it renders to. No Pulumi in here. */
export * from "./contract";
export type { Rendered } from "./rendered";
export type { Level, Shortfall } from "./row";
export * from "./situations";
export * from "./subject";
