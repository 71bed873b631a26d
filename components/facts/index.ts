/** The facts in vault, database, cluster and gateway, and which of them stop a move. */
export * from "./before";
export * from "./beginning";
export * from "./changesByHand";
export * from "./connections";
export { sqlstateOf, withDatabase } from "./databaseSession";
export * from "./facts";
export * from "./gather";
export * from "./handChange";
export * from "./own";
export { ownStack } from "./ownStack";
export { scaledDown } from "./podChanges";
export { throughProxy } from "./proxy";
export * from "./sources";
export * from "./whole";
