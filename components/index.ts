/**
 * Everything that a program of one's own needs; see docs/components.md. Nothing in here reads
 * configuration.
 */
export { certificateReference, type CertificateReference } from "./platform/certificate";
export type { ApiServer, ConnectionOutputs, Connections } from "./platform/connections";
export type { Database } from "./platform/database";
export * from "./platform/databaseRoles";
export type { Gateway } from "./platform/gateway";
export { GATEWAY_CERTIFICATE } from "./platform/gatewayPlaceholder";
export type { KubeLogin } from "./platform/kubeconfig";
export * from "./platform/platform";
export * from "./platform/profiles";
export { publicRangeProblem, rangeProblems, type Ranges } from "./platform/ranges";
export type { Registry } from "./platform/registry";
export type { DeployerType, PlatformScope } from "./platform/scope";
export * from "./platform/slotIdentities";
export type { Vault } from "./platform/vault";
export type { Acceptable, ACCEPTABLE, Expectation } from "./rotation/changesByHand";
export { connectionProblem, type ConnectionDemand } from "./rotation/connectionBudget";
export * from "./rotation/digests";
export * from "./rotation/environment";
export type * from "./rotation/facts";
export * from "./rotation/failureAdvice";
export * from "./rotation/inDoubt";
export * from "./rotation/lastRun";
export * from "./rotation/moveInWords";
export * from "./rotation/moves";
export * from "./rotation/planGuard";
export * from "./rotation/rotation";
export * from "./rotation/rotationPlan";
export { SURGE } from "./rotation/slot";
export * from "./rotation/trafficSwitch";
