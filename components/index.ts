/**
 * Everything that a program of one's own needs; see docs/components.md. Nothing in here reads
 * configuration.
 */
export { certificateReference, type CertificateReference } from "./platform/certificate";
export type { ApiServer, ConnectionOutputs, Connections } from "./facts/connections";
export type { Database } from "./platform/database";
export * from "./application/databaseRoles";
export type { Gateway } from "./platform/gateway";
export { GATEWAY_CERTIFICATE } from "./platform/gatewayPlaceholder";
export type { KubeLogin } from "./platform/kubeconfig";
export * from "./platform/platform";
export * from "./platform/profiles";
export { publicRangeProblem, rangeProblems, type Ranges } from "./platform/ranges";
export type { Registry } from "./platform/registry";
export type { DeployerType, PlatformScope } from "./platform/scope";
export * from "./application/slotIdentities";
export type { Vault } from "./platform/vault";
export type { Acceptable, ACCEPTABLE, Expectation } from "./facts/changesByHand";
export { connectionProblem, type ConnectionDemand } from "./rotation/connectionBudget";
export * from "./rotation/digests";
export * from "./rotation/environment";
export type * from "./facts/facts";
export * from "./rotation/failureAdvice";
export * from "./rotation/inDoubt";
export * from "./rotation/lastRun";
export * from "./plan/moveInWords";
export * from "./plan/moves";
export * from "./rotation/planGuard";
export * from "./rotation/rotation";
export * from "./plan/rotationPlan";
export { REVISIONS, SURGE } from "./rotation/slot";
export * from "./rotation/trafficSwitch";
