/** What a rotation is, without Pulumi: the plan, its moves and steps, and the names of its things. */
export * from "./adopted";
export * from "./connectionBudget";
export * from "./judge";
export * from "./keptFrom";
export * from "./moveInWords";
export * from "./moves";
export * from "./names";
export * from "./reader";
export * from "./nodeRoom";
export * from "./rotationPlan";
export * from "./settings";
export * from "./slotRights";
export * from "./steps";
export * from "./strategy";
export * from "./transition";
