/**
 * Everything that a program of one's own needs; see docs/components.md. Nothing in here reads
 * configuration.
 */
export * from "./plan";
export * from "./chart";
export * from "./facts";

export { GRANTS_BY, type GrantsBy, type ListedGrant } from "./platform/access";
export type { AdoptionNeeds } from "./platform/adoption";
export { asExisting } from "./platform/asExisting";
export { type Audit, AUDITS } from "./platform/audit";
export { nameProblems } from "./platform/azureNames";
export * from "./platform/certificate";
export { changedPlaceProblem } from "./platform/changedPlace";
export { changedPlatformProblem } from "./platform/changedPlatform";
export type { Cluster } from "./platform/cluster";
export type { Database } from "./platform/database";
export { databaseSize, databaseSizeProblem } from "./platform/databaseSizes";
export { databaseVersionProblem } from "./platform/databaseVersions";
export * from "./platform/existingPlatform";
export * from "./platform/foundPlatform";
export type { Gateway } from "./platform/gateway";
export { type AccessRow, ACCESS_ROWS, grantCondition } from "./platform/grantCondition";
export { allocatable, lessRoom, nodeRoomProblem } from "./platform/nodeSizes";
export { GATEWAY_CERTIFICATE } from "./platform/gatewayPlaceholder";
export { KUBE_LOGINS, type KubeLogin, serverOfDeployer } from "./platform/kubeconfig";
export { GRANT_SECONDS, USUAL_GRANT_SECONDS } from "./platform/lateGrants";
export type { Monitoring } from "./platform/monitoring";
export type { PlaceNeeds } from "./platform/place";
export {
  platformIdProblem,
  type PlatformIdKey,
  platformIdRule,
  type PlatformIds,
  type PlatformNeeds,
  type PlatformReference,
  resourceIdOf,
} from "./platform/platformIds";
export { existingHosts, ownHosts } from "./platform/ownHosts";
export * from "./platform/platform";
export * from "./platform/profiles";
export {
  publicRangeProblem,
  rangeProblems,
  type Ranges,
  stageRangeProblem,
} from "./platform/ranges";
export { newDatabaseProblem, regionProblem, type RegionNeeds } from "./platform/regions";
export { renamedDatabaseProblem, renamedProblem } from "./platform/renamed";
export type { Registry } from "./platform/registry";
export {
  DEPLOYER_TYPES,
  type DeployerType,
  type PlatformScope,
  type ResourceScope,
} from "./platform/scope";
export type * from "./platform/sharedPlatform";
export type { Vault } from "./platform/vault";

export * from "./application/adoptedRoles";
export * from "./application/application";
export * from "./application/databaseRoles";
export * from "./application/egress";
export * from "./application/goesWith";
export * from "./application/movedFromPlatform";
export * from "./application/unknownNames";
export * from "./application/slotIdentities";

export { adoptionProblem } from "./rotation/adoption";
export * from "./rotation/adoptionDue";
export * from "./rotation/changedActAs";
export * from "./rotation/changedStrategy";
export * from "./rotation/digests";
export * from "./rotation/environment";
export {
  autoscalingProblem,
  BOUNDS,
  drainProblem,
  PROOF_PATH,
  proofStatusProblem,
  rolloutProblem,
  trialProblem,
} from "./rotation/environmentProblems";
export * from "./rotation/failureAdvice";
export * from "./rotation/imageReference";
export * from "./rotation/lastRun";
export * from "./rotation/planGuard";
export * from "./rotation/rotation";
export { endingSeconds, REVISIONS } from "./rotation/release";
export * from "./rotation/trafficSwitch";
export * from "./rotation/withoutImages";
