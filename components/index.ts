export * from "./platform/platform";
export * from "./rotation/lastRun";
export * from "./rotation/moves";
export * from "./rotation/planGuard";
export * from "./rotation/rotation";
export * from "./rotation/rotationPlan";
export * from "./rotation/trafficSwitch";
