/**
 * Everything that a program of one's own needs; see docs/components.md. Nothing in here reads
 * configuration.
 */
export { nameProblems } from "./platform/azureNames";
export * from "./platform/certificate";
export { databaseSize } from "./platform/databaseSizes";
export { databaseVersionProblem } from "./platform/databaseVersions";
export type { Database } from "./platform/database";
export * from "./application/databaseRoles";
export type { Gateway } from "./platform/gateway";
export { GATEWAY_CERTIFICATE } from "./platform/gatewayPlaceholder";
export { KUBE_LOGINS, type KubeLogin } from "./platform/kubeconfig";
export * from "./platform/platform";
export * from "./platform/profiles";
export { publicRangeProblem, rangeProblems, type Ranges } from "./platform/ranges";
export type { Registry } from "./platform/registry";
export { regionProblem } from "./platform/regions";
export { DEPLOYER_TYPES, type DeployerType, type PlatformScope } from "./platform/scope";
export * from "./application/slotIdentities";
export type { Vault } from "./platform/vault";
export * from "./facts";
export { connectionProblem, type ConnectionDemand } from "./rotation/connectionBudget";
export * from "./rotation/digests";
export * from "./rotation/environment";
export * from "./rotation/failureAdvice";
export * from "./rotation/lastRun";
export * from "./plan";
export * from "./rotation/planGuard";
export * from "./rotation/rotation";
export { REVISIONS, SURGE } from "./rotation/slot";
export * from "./rotation/trafficSwitch";
