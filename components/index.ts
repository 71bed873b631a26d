/**
 * Everything that a program of one's own needs; see docs/components.md. Nothing in here reads
 * configuration.
 */
export * from "./application/application";
export * from "./application/databaseRoles";
export * from "./application/movedFromPlatform";
export * from "./application/slotIdentities";
export { certificateReference, type CertificateReference } from "./platform/certificate";
export type { ApiServer, ConnectionOutputs, Connections } from "./facts/connections";
export type { Cluster } from "./platform/cluster";
export type { Database } from "./platform/database";
export type { Gateway } from "./platform/gateway";
export { GATEWAY_CERTIFICATE } from "./platform/gatewayPlaceholder";
export type { KubeLogin } from "./platform/kubeconfig";
export type { Monitoring } from "./platform/monitoring";
export * from "./platform/platform";
export * from "./platform/profiles";
export { publicRangeProblem, rangeProblems, type Ranges } from "./platform/ranges";
export type { Registry } from "./platform/registry";
export type { DeployerType, PlatformScope, ResourceScope } from "./platform/scope";
export type * from "./platform/sharedPlatform";
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
export { SURGE } from "./rotation/slot";
export * from "./rotation/trafficSwitch";
