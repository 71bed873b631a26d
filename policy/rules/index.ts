import { CLUSTER_RULES } from "./cluster";
import { COMMON_RULES } from "./common";
import { DATABASE_RULES } from "./database";
import { DATABASE_PARAMETER_RULES } from "./databaseParameters";
import { DIAGNOSTICS_RULES } from "./diagnostics";
import { GATEWAY_RULES } from "./gateway";
import { KUBERNETES_RULES } from "./kubernetes";
import { MAINTENANCE_RULES } from "./maintenance";
import { MONITORING_RULES } from "./monitoring";
import { NETWORK_RULES } from "./network";
import { NODE_POOL_RULES } from "./nodePools";
import { REGISTRY_RULES } from "./registry";
import type { Rule } from "./rule";
import { VAULT_RULES } from "./vault";

export { type Finding, findings, type Resource, type Rule, type Values } from "./rule";

/** The table: every rule that the platform and what is in its cluster are held to. */
export const RULES: readonly Rule[] = [
  ...COMMON_RULES,
  ...CLUSTER_RULES,
  ...NODE_POOL_RULES,
  ...MAINTENANCE_RULES,
  ...GATEWAY_RULES,
  ...VAULT_RULES,
  ...DATABASE_RULES,
  ...DATABASE_PARAMETER_RULES,
  ...NETWORK_RULES,
  ...REGISTRY_RULES,
  ...DIAGNOSTICS_RULES,
  ...MONITORING_RULES,
  ...KUBERNETES_RULES,
];
