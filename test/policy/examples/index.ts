import { CLUSTER_EXAMPLES } from "./cluster";
import { COMMON_EXAMPLES } from "./common";
import { DATABASE_EXAMPLES } from "./database";
import { DATABASE_PARAMETER_EXAMPLES } from "./databaseParameters";
import { DIAGNOSTICS_EXAMPLES } from "./diagnostics";
import type { Examples } from "./example";
import { GATEWAY_EXAMPLES } from "./gateway";
import { KUBERNETES_EXAMPLES } from "./kubernetes";
import { MAINTENANCE_EXAMPLES } from "./maintenance";
import { MONITORING_EXAMPLES } from "./monitoring";
import { NETWORK_EXAMPLES } from "./network";
import { NODE_POOL_EXAMPLES } from "./nodePools";
import { REGISTRY_EXAMPLES } from "./registry";
import { VAULT_EXAMPLES } from "./vault";

export type { Example } from "./example";

/** What each rule lets pass and what it finds, by the rule's id. */
export const EXAMPLES: Examples = {
  ...COMMON_EXAMPLES,
  ...CLUSTER_EXAMPLES,
  ...NODE_POOL_EXAMPLES,
  ...MAINTENANCE_EXAMPLES,
  ...GATEWAY_EXAMPLES,
  ...VAULT_EXAMPLES,
  ...DATABASE_EXAMPLES,
  ...DATABASE_PARAMETER_EXAMPLES,
  ...NETWORK_EXAMPLES,
  ...REGISTRY_EXAMPLES,
  ...DIAGNOSTICS_EXAMPLES,
  ...MONITORING_EXAMPLES,
  ...KUBERNETES_EXAMPLES,
};
