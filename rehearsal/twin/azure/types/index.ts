import type { ResourceType } from "../resourceType";
import { authorizationTypes } from "./authorization";
import { clusterTypes } from "./clusters";
import { databaseTypes } from "./databases";
import { gatewayTypes } from "./gateways";
import { groupTypes } from "./groups";
import { identityTypes } from "./identities";
import { networkTypes } from "./network";
import { otherTypes } from "./others";
import { vaultTypes } from "./vaults";

/** The table of types by token. */
export const RESOURCE_TYPES: ReadonlyMap<string, ResourceType> = new Map(
  [
    groupTypes,
    networkTypes,
    gatewayTypes,
    identityTypes,
    authorizationTypes,
    vaultTypes,
    databaseTypes,
    clusterTypes,
    otherTypes,
  ]
    .flat()
    .map((type) => [type.token, type]),
);
