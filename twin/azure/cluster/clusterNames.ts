import { IN_GROUP } from "../arm/resourceType";

/** What the types of a cluster and its parts have in common. */
export const CLUSTERS_API_VERSION = "2025-09-01";
export const CLUSTER = "Microsoft.ContainerService/managedClusters";
export const CLUSTER_PATH = `${IN_GROUP}/providers/${CLUSTER}/{resourceName}`;
export const CLUSTER_NAME = {
  pattern: /^[a-zA-Z0-9]$|^[a-zA-Z0-9][-_a-zA-Z0-9]{0,61}[a-zA-Z0-9]$/,
  minLength: 1,
  maxLength: 63,
};
